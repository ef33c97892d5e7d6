import type { Diagnosis } from './cause.ts';

/** How often a container may end before that is the verdict: a dependency that is a little late is forgiven. */
const FORGIVEN_RESTARTS = 2;

export const crash: Diagnosis = ({ newPods, events }) => {
  for (const pod of newPods) {
    for (const status of [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]) {
      const ended = status.state.terminated ?? status.lastState.terminated;
      if (ended === undefined || status.ready || pod.metadata.deletionTimestamp !== undefined) continue;
      const where = `The container ${status.name} of the pod ${pod.metadata.name} on ${pod.spec.nodeName ?? '(no node)'}`;
      const times = status.restartCount < 2 ? '' : ` (${status.restartCount} times so far)`;
      const outOfMemory = ended.reason === 'OOMKilled';
      const liveness = events.findLast(
        ({ involvedObject, message }) =>
          involvedObject.uid === pod.metadata.uid && message.startsWith('Liveness probe failed'),
      );
      const how = outOfMemory ? 'for want of memory' : `with exit code ${ended.exitCode}`;
      return {
        kind: 'crash',
        // The kubelet's own SIGTERM or SIGKILL: the program did not end by itself.
        what:
          liveness !== undefined && [0, 137, 143].includes(ended.exitCode) && !outOfMemory
            ? `${where} is restarted, since it does not answer its liveness check${times}: ${inOneLine(liveness.message)}.`
            : `${where} ends ${how} after its start${times}.`,
        ...(outOfMemory ? { fix: 'Raise `resources.limits.memory`.' } : {}),
        patienceSeconds: status.restartCount >= FORGIVEN_RESTARTS ? 0 : 120,
        pod,
        container: status.name,
      };
    }
  }
  return undefined;
};

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\.$/, '');
}
