import { GUARD_LEVELS, type GuardLevel } from './level.ts';
import type { Policy } from './policy/policy.ts';

/** Something in a plan that must not pass unseen. Its texts are redacted. */
export interface GuardFinding {
  readonly kind: 'protected' | 'max-destroy' | 'policy';
  /** The resource; `undefined` when the finding is about the whole plan. */
  readonly address: string | undefined;
  /** One sentence without the address: `The Redis instance would be destroyed.` */
  readonly message: string;
  readonly level: GuardLevel;
  /** Of `max-destroy`: the limit, and what would go. */
  readonly destroys?: { readonly most: number; readonly addresses: readonly string[] } | undefined;
}

export interface GuardRules {
  readonly protectedTypes: readonly string[];
  /** Destroyed and replaced resources together; `undefined` for no limit. */
  readonly maxDestroy: number | undefined;
  readonly policy: Policy | undefined;
  /** The label that allows what needs one. */
  readonly label: string;
}

/** The gravest first; within a level in the plan's order. */
export function byGravity(findings: readonly GuardFinding[]): GuardFinding[] {
  return findings.toSorted((a, b) => GUARD_LEVELS.indexOf(a.level) - GUARD_LEVELS.indexOf(b.level));
}
