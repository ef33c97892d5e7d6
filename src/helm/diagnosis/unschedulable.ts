import { schedulerWords } from '../rollout/words.ts';
import type { Diagnosis } from './cause.ts';

/** A pod that no node takes, in the scheduler's own words, with what the autoscaler thinks of it. */
export const unschedulable: Diagnosis = ({ newPods, events }) => {
  for (const pod of newPods) {
    const scheduled = pod.status.conditions.find(({ type }) => type === 'PodScheduled');
    if (scheduled?.status !== 'False' || pod.metadata.deletionTimestamp !== undefined) continue;
    const autoscaler = events.findLast(
      ({ involvedObject, reason }) => involvedObject.uid === pod.metadata.uid && /ScaleUp/.test(reason),
    );
    const refusesToGrow = autoscaler?.reason === 'NotTriggerScaleUp';
    const more = refusesToGrow ? ` The autoscaler adds no node: ${autoscaler.message.replace(/\.$/, '')}.` : '';
    return {
      kind: 'unschedulable',
      what: `No node takes the pod ${pod.metadata.name}: ${schedulerWords(scheduled.message)}.${more}`,
      // A new node takes a few minutes on GKE; without an autoscaler's word nobody knows whether one comes.
      patienceSeconds: autoscaler?.reason === 'TriggeredScaleUp' ? Infinity : 300,
      pod,
    };
  }
  return undefined;
};
