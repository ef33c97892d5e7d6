import type { Pod } from '../../kubernetes/resources.ts';
import { isEnding, isReady, type Observation } from './observe.ts';

/** What a pod is doing, in a few words that change only when it does something else. */
export function describePod(pod: Pod): string {
  if (isEnding(pod)) return 'ending: waits for its calls to end';
  if (pod.status.phase === 'Failed') return `failed: ${pod.status.message ?? pod.status.reason ?? 'no reason given'}`;
  if (isReady(pod)) return 'ready';
  for (const { state, restartCount } of [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]) {
    if (state.waiting !== undefined && state.waiting.reason !== 'ContainerCreating') {
      return ['waiting', state.waiting.reason, shorten(state.waiting.message)]
        .filter((word) => word !== undefined)
        .join(': ');
    }
    if (state.terminated !== undefined) return `ended with exit code ${state.terminated.exitCode}`;
    if (state.running !== undefined) {
      return restartCount === 0 ? 'running, not ready yet' : `running, not ready yet (restarted ${restartCount} times)`;
    }
  }
  const scheduled = pod.status.conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `pending: ${scheduled.message ?? 'not scheduled yet'}`;
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

/** Back-off counters and addresses in a message change at each look; what stays is the cause. */
function shorten(message: string | undefined): string | undefined {
  return message?.replace(/^(Back-off) \S+ (restarting failed container).*/, '$1 $2').slice(0, 300);
}
