import type { Pod } from '../../kubernetes/resources.ts';
import { IMAGE_REASONS, pullWords, schedulerWords } from './words.ts';
import { isEnding, isReady, type Observation } from './observe.ts';

/** What a pod is doing, in a few words that change only when it does something else. */
export function describePod(pod: Pod): string {
  if (isEnding(pod)) return 'ending: waits for its calls to end';
  if (pod.status.phase === 'Failed') return `failed: ${pod.status.message ?? pod.status.reason ?? 'no reason given'}`;
  if (isReady(pod)) return 'ready';
  for (const { state, restartCount } of [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]) {
    const { waiting } = state;
    if (waiting?.reason !== undefined && IMAGE_REASONS.includes(waiting.reason)) {
      return `its image cannot be pulled: ${pullWords(waiting.message ?? '')}`;
    }
    if (waiting?.reason === 'CrashLoopBackOff') return `waits to be started again (ended ${restartCount} times)`;
    if (waiting !== undefined && waiting.reason !== 'ContainerCreating' && waiting.reason !== 'PodInitializing') {
      return ['waiting', waiting.reason, waiting.message].filter((word) => word !== undefined).join(': ');
    }
    if (state.terminated !== undefined) return `ended with exit code ${state.terminated.exitCode}`;
    if (state.running !== undefined) {
      return restartCount === 0
        ? 'running, not ready yet'
        : `running, not ready yet (ended ${restartCount} times before)`;
    }
  }
  const scheduled = pod.status.conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `pending: ${schedulerWords(scheduled.message)}`;
  return pod.spec.nodeName === undefined ? 'pending' : 'starting';
}

/** Where the rollout stands, in one line. */
export function describeRollout({ deployment, newPods, oldPods }: Observation): string {
  const ready = newPods.filter((pod) => !isEnding(pod) && isReady(pod)).length;
  const ending = oldPods.filter(isEnding).length;
  const serving = oldPods.length - ending;
  return [
    `${ready} of ${deployment.spec.replicas} new pods ready`,
    ...(serving > 0 ? [`${serving} old serving`] : []),
    ...(ending > 0 ? [`${ending} old ending`] : []),
  ].join(', ');
}

/** The image with what the node really runs, where it says so. */
export function imageOf(pod: Pod): string {
  return pod.status.containerStatuses[0]?.image ?? pod.spec.containers[0]?.image ?? '';
}
