import type { Cause } from '../diagnosis/cause.ts';
import { isEnding, isReady, isSettled, type Observation } from './observe.ts';

export type Verdict =
  | { readonly state: 'progressing' }
  /** All new pods ready, no old one left. */
  | { readonly state: 'deployed' }
  /** New pods ready; old ones still have calls. Nothing is wrong, and nobody need wait. */
  | { readonly state: 'draining' }
  | { readonly state: 'failed'; readonly cause: Cause | undefined };

/**
 * Judges one look. `cause` is what stands in the way at this moment and `sinceSeconds` for how long it has: each cause is
 * given its own time to pass by itself (an autoscaler adds a node, a registry stumbles once).
 */
export function judge(
  observation: Observation,
  cause: { readonly cause: Cause; readonly sinceSeconds: number } | undefined,
  timeIsOver: boolean,
): Verdict {
  if (isSettled(observation)) {
    return { state: observation.oldPods.some(isEnding) ? 'draining' : 'deployed' };
  }
  if (cause !== undefined && cause.sinceSeconds >= cause.cause.patienceSeconds) {
    return { state: 'failed', cause: cause.cause };
  }
  if (!timeIsOver) return { state: 'progressing' };
  return waitsForDrain(observation, cause?.cause) ? { state: 'draining' } : { state: 'failed', cause: cause?.cause };
}

/**
 * Without a spare node a new pod gets the old one's ports only when that has ended, which may take hours. A draining LiveKit
 * stays ready; an ending pod that is not was no good one.
 */
function waitsForDrain({ oldPods }: Observation, cause: Cause | undefined): boolean {
  return cause?.kind === 'unschedulable' && oldPods.some((pod) => isEnding(pod) && isReady(pod));
}
