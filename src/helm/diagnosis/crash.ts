import type { Diagnosis } from './cause.ts';

/** How often a container may end before that is the verdict: a dependency that is a little late is forgiven. */
const FORGIVEN_RESTARTS = 2;

export const crash: Diagnosis = ({ newPods }) => {
  for (const pod of newPods) {
    for (const status of [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]) {
      const ended = status.state.terminated ?? status.lastState.terminated;
      if (ended === undefined || status.ready || pod.metadata.deletionTimestamp !== undefined) continue;
      const how = ended.reason === 'OOMKilled' ? 'out of memory' : `exit code ${ended.exitCode}`;
      const times = status.restartCount === 0 ? '' : `, ${status.restartCount} times so far`;
      return {
        kind: 'crash',
        what: `The container ${status.name} of the pod ${pod.metadata.name} on ${pod.spec.nodeName ?? '(no node)'} ends right after its start (${how}${times}).`,
        ...(ended.reason === 'OOMKilled' ? { fix: 'Raise `resources.limits.memory`.' } : {}),
        patienceSeconds: status.restartCount >= FORGIVEN_RESTARTS ? 0 : 120,
        pod,
        container: status.name,
      };
    }
  }
  return undefined;
};
