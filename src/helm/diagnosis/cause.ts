import type { Pod } from '../../kubernetes/resources.ts';
import type { rolloutFailures } from '../failures.ts';
import type { Observation } from '../rollout/observe.ts';

/** Why a rollout does not get on. */
export interface Cause {
  readonly kind: keyof (typeof rolloutFailures)['kinds'];
  /** One sentence that names the object, the node, the image. */
  readonly what: string;
  /** More exact than the catalogue's, where it can be. */
  readonly fix?: string;
  /** For how long it may stand before the rollout has failed; Infinity when only the time-out decides. */
  readonly patienceSeconds: number;
  readonly pod: Pod | undefined;
  /** Whose log tells more. */
  readonly container?: string;
}

/** Knows one kind of cause. Pure: all that it may use is in the observation. */
export type Diagnosis = (observation: Observation) => Cause | undefined;

/** Reasons of a waiting container, and containers with their pods, of all pods that should be running. */
export function* waitingContainers({ newPods }: Observation) {
  for (const pod of newPods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    for (const status of [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]) {
      const { waiting } = status.state;
      if (waiting !== undefined) {
        yield { pod, status, reason: waiting.reason ?? '', message: waiting.message ?? '' };
      }
    }
  }
}
