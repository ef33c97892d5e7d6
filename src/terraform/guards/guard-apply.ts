import type { GitHubClient } from '../../github/client.ts';
import { type LabelState, labelState } from '../../github/label.ts';
import { mayWrite } from '../../github/permission.ts';
import { timelineOf } from '../../github/timeline.ts';
import { log } from '../../runner/log.ts';
import { terraformFailures } from '../failures.ts';
import type { PlanModel } from '../plan-model.ts';
import { checkPolicy, told } from './check-policy.ts';
import type { GuardFinding } from './finding.ts';
import { destroyed } from './protected-types.ts';

export { DEFAULT_LABEL } from './rules.ts';

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

/** Passes when all that was found may be applied; throws LK-TF-035 to -037 or -041 when not. */
export async function guardApply(guard: ApplyGuard): Promise<void> {
  const { findings, pullRequests, label } = guard;
  checkPolicy(findings);
  const asking = findings.filter(({ level }) => level === 'needs-label');
  if (asking.length === 0) return;
  if (pullRequests.length === 0) return guardRun(guard, asking);
  const states = new Map<GuardedPullRequest, LabelState>();
  for (const pullRequest of pullRequests) {
    if (asking.some((finding) => covers(pullRequest, finding)))
      states.set(pullRequest, await checkedState(guard.github(), pullRequest, label));
  }
  const allowed = pullRequests.filter((pullRequest) => states.get(pullRequest)?.kind === 'put');
  const open = asking.filter((finding) => !isAllowed(finding, allowed));
  if (open.length > 0) throw refusal(open, states, pullRequests, label);
  for (const [{ number }, state] of states)
    if (state.kind === 'put') log.info(`${state.by} put the label ${label} on pull request ${number} at ${state.at}.`);
}

/** Whether the label of a pull request counts for a finding: only if its own plan has the same. */
function covers({ plan }: GuardedPullRequest, finding: GuardFinding): boolean {
  if (plan === undefined) return true;
  if (finding.destroys !== undefined) {
    const gone = finding.destroys.addresses;
    return destroyed(plan.model).some(({ address }) => gone.includes(address));
  }
  return plan.findings.some((own) => own.address === finding.address && own.message === finding.message);
}

function isAllowed(finding: GuardFinding, allowed: readonly GuardedPullRequest[]): boolean {
  const counting = allowed.filter((pullRequest) => covers(pullRequest, finding));
  if (finding.destroys === undefined || counting.some(({ plan }) => plan === undefined)) return counting.length > 0;
  const seen = new Set(
    counting.flatMap(({ plan }) => (plan ? destroyed(plan.model) : []).map(({ address }) => address)),
  );
  return finding.destroys.addresses.filter((address) => !seen.has(address)).length <= finding.destroys.most;
}

/** The label's state with the permission of who put it on. Throws LK-GITHUB-002 to -008 and -011. */
async function checkedState(github: GitHubClient, pullRequest: GuardedPullRequest, label: string): Promise<LabelState> {
  const state = labelState(await timelineOf(github, pullRequest.number), { ...pullRequest, label });
  if (state.kind !== 'put' || (await mayWrite(github, state.by))) return state;
  return { kind: 'void', why: `${state.by}, who may not write to the repository, put it on` };
}

function refusal(
  open: readonly GuardFinding[],
  states: ReadonlyMap<GuardedPullRequest, LabelState>,
  pullRequests: readonly GuardedPullRequest[],
  label: string,
) {
  // Those whose plan has it; a finding of no pull request's own plan is asked of all.
  const involved = pullRequests.filter((each) => open.some((finding) => covers(each, finding)));
  const refused = (involved.length > 0 ? involved : pullRequests).filter((each) => states.get(each)?.kind !== 'put');
  const voided = refused.map((each) => [each, states.get(each)] as const).find(([, state]) => state?.kind === 'void');
  if (voided?.[1]?.kind === 'void') {
    return terraformFailures.failure('labelVoid', {
      what: `The label ${label} on pull request ${voided[0].number} does not count, since ${voided[1].why}; it is needed because ${told(open)}.`,
    });
  }
  const numbers = (refused.length > 0 ? refused : pullRequests).map(({ number }) => number).join(' and ');
  return terraformFailures.failure('labelMissing', {
    what: `Pull request ${numbers} needs the label ${label}, because ${told(open)}.`,
  });
}

function guardRun({ run }: ApplyGuard, asking: readonly GuardFinding[]): void {
  if (run?.allowDestroy !== true) {
    throw terraformFailures.failure('runNotAllowed', {
      what: `The plan of this run needs the input \`allow-destroy: true\`, because ${told(asking)}.`,
    });
  }
  if (run.environment !== undefined) return;
  throw terraformFailures.failure('runNotAllowed', {
    what: `The job is in no GitHub environment whose reviewers could have agreed that ${told(asking)}.`,
  });
}
