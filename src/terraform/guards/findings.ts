import type { PlanJson } from '../plan-json.ts';
import type { PlanModel } from '../plan-model.ts';
import { byGravity, type GuardFinding, type FindingRules } from './finding.ts';
import { maxDestroyFindings } from './max-destroy.ts';
import { policyFindings } from './policy/evaluate.ts';
import { protectedFindings } from './protected-types.ts';

export interface GuardedPlan {
  readonly plan: PlanJson;
  /** The same plan, redacted. */
  readonly model: PlanModel;
  /** Takes known secrets out of a text (`redact` of src/runner/mask). */
  readonly redact: (text: string) => string;
}

/** All that the rules find in a plan, the gravest first. Throws LK-TF-038 when a policy's pattern takes too long. */
export function findings({ plan, model, redact }: GuardedPlan, rules: FindingRules): GuardFinding[] {
  return byGravity([
    ...protectedFindings(model, rules.protectedTypes),
    ...maxDestroyFindings(model, rules.maxDestroy),
    ...(rules.policy === undefined ? [] : policyFindings(plan, rules.policy, redact)),
  ]);
}
