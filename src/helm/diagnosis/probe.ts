import type { Diagnosis } from './cause.ts';

/** Runs, and its check does not succeed. Only the time-out makes this a failure: some programs just take long. */
export const probe: Diagnosis = ({ newPods, events }) => {
  for (const pod of newPods) {
    const running = pod.status.containerStatuses.find(({ ready, state }) => !ready && state.running !== undefined);
    if (running === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const failed = events.findLast(
      ({ involvedObject, reason }) => involvedObject.uid === pod.metadata.uid && reason === 'Unhealthy',
    );
    if (failed === undefined) continue;
    return {
      kind: 'probe',
      what: `The container ${running.name} of the pod ${pod.metadata.name} on ${pod.spec.nodeName ?? '(no node)'} runs but is not ready: ${failed.message.replace(/\s+/g, ' ').replace(/\.$/, '')}.`,
      patienceSeconds: Infinity,
      pod,
      container: running.name,
    };
  }
  return undefined;
};
