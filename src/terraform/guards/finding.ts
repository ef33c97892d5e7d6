import { GUARD_LEVELS, type GuardLevel } from './level.ts';
import type { Policy } from './policy/policy.ts';

/** Something in a plan that must not pass unseen. Its texts are redacted. */
export interface GuardFinding {
  readonly kind: 'protected' | 'max-destroy' | 'policy';
  /** The resource; `undefined` when the finding is about the whole plan. */
  readonly address: string | undefined;
  /** What reads well after the address: `would be destroyed, and google_redis_instance is a protected type`. */
  readonly message: string;
  readonly level: GuardLevel;
  /** Of `max-destroy`: the limit, and what would go. */
  readonly destroys?: { readonly most: number; readonly addresses: readonly string[] } | undefined;
}

/** What is looked for in a plan. */
export interface FindingRules {
  readonly protectedTypes: readonly string[];
  /** Destroyed and replaced resources together; `undefined` for no limit. */
  readonly maxDestroy: number | undefined;
  readonly policy: Policy | undefined;
}

export interface GuardRules extends FindingRules {
  /** The label that allows what needs one. */
  readonly label: string;
}

/** The gravest first; within a level in the plan's order. */
export function byGravity(findings: readonly GuardFinding[]): GuardFinding[] {
  return findings.toSorted((a, b) => GUARD_LEVELS.indexOf(a.level) - GUARD_LEVELS.indexOf(b.level));
}
