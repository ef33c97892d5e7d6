import type { GitHubClient } from '../github/client.ts';
import { log } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import type { ApplyOptions } from './apply-plan.ts';
import type { GuardRules } from './guards/finding.ts';
import { findings } from './guards/findings.ts';
import { guardApply } from './guards/guard-apply.ts';
import { readGuardRules, type RuleInputs } from './guards/rules.ts';
import type { CoveredPlan } from './plan-anew.ts';

export interface AskGuards extends RuleInputs {
  readonly github: () => GitHubClient;
  /** The input `allow-destroy`, which counts only for a plan of the same run. */
  readonly allowDestroy: boolean;
  /** The GitHub environment of the job. */
  readonly gitHubEnvironment: () => Promise<string | undefined>;
}

/**
 * Gives what asks the guards of an apply: what the rules find in the plan that is about to be applied must be allowed by
 * the labels of the pull requests that it comes from. Throws LK-TF-038 for a policy that is not usable.
 */
export async function askGuards(options: AskGuards): Promise<ApplyOptions['guard']> {
  const { github, allowDestroy, gitHubEnvironment } = options;
  // The same as for the plan: what it asked for is what is asked for now.
  const rules = await readGuardRules(options);
  return async (final, covered) => {
    const found = findings({ ...final, redact }, rules);
    const asking = found.some(({ level }) => level === 'needs-label');
    const ofRun = covered.length > 0 && covered.every(({ pullRequest }) => pullRequest === undefined);
    for (const { address, message, level } of found)
      if (level === 'warn') log.warning(`${address === undefined ? '' : `${address}: `}${message}`);
    await guardApply({
      findings: found,
      label: rules.label,
      github,
      pullRequests: covered.flatMap((plan) => guarded(plan, covered.length > 1, rules)),
      ...(ofRun && asking ? { run: { allowDestroy, environment: await gitHubEnvironment() } } : {}),
    });
    return found;
  };
}

/** Of several pull requests, the label of each counts only for what its own plan does. */
function guarded({ pullRequest, stored, plan, model }: CoveredPlan, oneOfSeveral: boolean, rules: GuardRules) {
  if (pullRequest === undefined) return [];
  return {
    number: pullRequest.number,
    headSha: pullRequest.headSha,
    plannedAt: stored.envelope.createdAt,
    ...(oneOfSeveral ? { plan: { model, findings: findings({ plan, model, redact }, rules) } } : {}),
  };
}
