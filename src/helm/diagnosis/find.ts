import type { Observation } from '../rollout/observe.ts';
import type { Cause, Diagnosis } from './cause.ts';
import { crash } from './crash.ts';
import { image } from './image.ts';
import { missingObject } from './missing-object.ts';
import { nodeLost } from './node-lost.ts';
import { probe } from './probe.ts';
import { refused } from './refused.ts';
import { unschedulable } from './unschedulable.ts';

/** The surest first: what one container says of itself before what may only be its consequence. */
const diagnoses: readonly Diagnosis[] = [nodeLost, image, missingObject, crash, refused, unschedulable, probe];

/** The one cause that stands in the way; `undefined` when nothing is known to. */
export function findCause(observation: Observation): Cause | undefined {
  for (const diagnosis of diagnoses) {
    const cause = diagnosis(observation);
    if (cause !== undefined) return cause;
  }
  return undefined;
}
