import type { Pod } from '../../kubernetes/resources.ts';
import type { Cause } from '../diagnosis/cause.ts';
import { isEnding, isReady, isSettled, type Observation, secondsBeforeEnd } from './observe.ts';

export type Verdict =
  | { readonly state: 'progressing' }
  /** All new pods ready, no old one left. */
  | { readonly state: 'deployed' }
  /** New pods ready; old ones still have calls. Nothing is wrong, and nobody need wait. */
  | { readonly state: 'draining' }
  | { readonly state: 'failed'; readonly cause: Cause | undefined };

/**
 * A LiveKit pod without calls is gone a few seconds after its SIGTERM, and so is one that never ran: these are waited for. One
 * that serves on before its SIGTERM is not: it is asked for its calls instead (drain.ts).
 */
export const LAST_PODS_SECONDS = 20;

/**
 * Judges one look. `settledSeconds` is for how long the new pods have all been ready; `cause` is what stands in the way at this moment and `sinceSeconds` for how long it has: each cause is
 * given its own time to pass by itself (an autoscaler adds a node, a registry stumbles once).
 */
export function judge(
  observation: Observation,
  cause: { readonly cause: Cause; readonly sinceSeconds: number } | undefined,
  time: { readonly settledSeconds: number; readonly isOver: boolean },
): Verdict {
  if (isSettled(observation)) {
    const mayGo = observation.oldPods.some((pod) => wasJustTold(pod, observation.at));
    if (mayGo && time.settledSeconds < LAST_PODS_SECONDS && !time.isOver) return { state: 'progressing' };
    return { state: observation.oldPods.some(isDraining) ? 'draining' : 'deployed' };
  }
  const isPatient = cause === undefined || cause.sinceSeconds < cause.cause.patienceSeconds;
  if (isPatient && !time.isOver) return { state: 'progressing' };
  return waitsForDrain(observation, cause?.cause) ? { state: 'draining' } : { state: 'failed', cause: cause?.cause };
}

/** What was told to end longer ago has calls: an earlier run has waited for it already. */
function wasJustTold(pod: Pod, now: Date): boolean {
  if (secondsBeforeEnd(pod) > 0) return false;
  const { metadata, spec } = pod;
  const grace = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  // Kubernetes writes the time at which the grace is over. A time that cannot be read is taken to be now.
  const toldAt = Date.parse(metadata.deletionTimestamp ?? '') - grace * 1000;
  return !(now.getTime() - toldAt >= LAST_PODS_SECONDS * 1000);
}

/** A draining LiveKit stays ready; an ending pod that is not was no good one, or its node is lost. */
function isDraining(pod: Pod): boolean {
  return isEnding(pod) && isReady(pod);
}

/** Without a spare node a new pod gets the old one's ports only when that has ended, which may take hours. */
function waitsForDrain({ oldPods }: Observation, cause: Cause | undefined): boolean {
  return cause?.kind === 'unschedulable' && oldPods.some(isDraining);
}
