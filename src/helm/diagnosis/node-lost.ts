import { isEnding, isReady } from '../rollout/observe.ts';
import type { Diagnosis } from './cause.ts';

/**
 * The node of a new pod no longer reports. Kubernetes replaces the pod after five minutes, so only the time-out makes this a
 * failure; it stands before what the pod said while its node was there.
 */
export const nodeLost: Diagnosis = ({ newPods, events, silentNodes = [] }) => {
  for (const pod of newPods) {
    if (isEnding(pod) || isReady(pod) || pod.spec.nodeName === undefined) continue;
    const last = events.findLast(({ involvedObject }) => involvedObject.uid === pod.metadata.uid);
    if (last?.reason !== 'NodeNotReady' && !silentNodes.includes(pod.spec.nodeName)) continue;
    return {
      kind: 'nodeLost',
      what: `The node ${pod.spec.nodeName} no longer reports to the control plane, and the new pod ${pod.metadata.name} is on it.`,
      patienceSeconds: Infinity,
      pod,
    };
  }
  return undefined;
};
