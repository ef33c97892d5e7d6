import type { GitHubClient } from '../../github/client.ts';
import type { PlanModel } from '../plan-model.ts';
import type { GuardFinding } from './finding.ts';

/** A pull request whose reviewed plan is applied. */
export interface GuardedPullRequest {
  readonly number: number;
  /** The commit that was planned, which is the last one of its branch. */
  readonly headSha: string;
  /** When the plan was made (`createdAt` of its envelope). */
  readonly plannedAt: string;
  /**
   * Its own reviewed plan, needed when several pull requests are applied at once: the label of each counts only for what
   * its own plan does. Left away, its label counts for everything.
   */
  readonly plan?: { readonly model: PlanModel; readonly findings: readonly GuardFinding[] } | undefined;
}

export interface ApplyGuard {
  /** What was found in the plan that is about to be applied. */
  readonly findings: readonly GuardFinding[];
  readonly label: string;
  /** Asked only when something needs the label. */
  readonly github: () => GitHubClient;
  /** Empty for a plan of the same workflow run. */
  readonly pullRequests: readonly GuardedPullRequest[];
  /** For a plan of the same workflow run, which has no pull request that could have a label. */
  readonly run?:
    | {
        /** The input `allow-destroy`. */
        readonly allowDestroy: boolean;
        /** The GitHub environment of the job, from its OIDC token. */
        readonly environment: string | undefined;
      }
    | undefined;
}

/** Throws LK-TF-035 to -037 and -041 unless what was found may be applied. */
export async function guardApply(guard: ApplyGuard): Promise<void> {
  if (guard.findings.some(({ level }) => level === 'block')) throw new Error('not yet');
  return Promise.resolve();
}
