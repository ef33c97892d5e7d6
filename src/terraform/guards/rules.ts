import type { GuardRules } from './finding.ts';
import { readPolicy } from './policy/read.ts';
import { PROTECTED_TYPES } from './protected-types.ts';

export interface RuleInputs {
  readonly workspace: string;
  /** Path of the policy; without one the default file is read if it is there. */
  readonly policy: string | undefined;
  /** Types beside those that are protected anyway; `*` stands for any characters. */
  readonly protectedTypes: readonly string[];
  readonly maxDestroy: number | undefined;
  /** The label that allows it, unless it is the default one. */
  readonly label: string | undefined;
}

/** The label that allows what the guards ask about, unless an input names another one. */
export const DEFAULT_LABEL = 'allow-destroy';

/** The rules for plan and apply alike. Throws LK-TF-038. */
export async function readGuardRules({
  workspace,
  policy,
  protectedTypes,
  maxDestroy,
  label,
}: RuleInputs): Promise<GuardRules> {
  return {
    protectedTypes: [...new Set([...PROTECTED_TYPES, ...protectedTypes])],
    maxDestroy,
    policy: await readPolicy(workspace, policy),
    label: label ?? DEFAULT_LABEL,
  };
}
