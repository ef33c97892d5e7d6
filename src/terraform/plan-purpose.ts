import { type PullRequest, pullRequestOfEvent } from '../github/pull-request.ts';
import { terraformFailures } from './failures.ts';

export const PLAN_MODES = ['plan', 'drift', 'destroy'] as const;
export type PlanRunMode = (typeof PLAN_MODES)[number];

/** What a run of terraform-plan is for. */
export type PlanPurpose =
  /** The plan is stored for the merge, and told on the pull request. */
  | { readonly kind: 'pull-request'; readonly pullRequest: PullRequest }
  /** A fork's code gets no credentials: it is checked, not planned. */
  | { readonly kind: 'fork'; readonly pullRequest: PullRequest }
  /** The plan is stored for a later job of the same run. */
  | { readonly kind: 'run' }
  /** What differs is told in an issue. */
  | { readonly kind: 'drift' }
  /** The plan is shown, and that is all. */
  | { readonly kind: 'show'; readonly note: string };

export interface PlanStart {
  readonly eventName: string;
  readonly event: unknown;
  readonly mode: PlanRunMode;
  /** The input `store-run-plan`. */
  readonly storeRunPlan: boolean;
}

/**
 * What the event and the inputs make of the run. Whichever of a fork's events it is, nobody signs in: `pull_request_target`
 * and the like run with credentials, and are refused. Throws LK-GITHUB-009, LK-TF-009 and -043.
 */
export function planPurpose({ eventName, event, mode, storeRunPlan }: PlanStart): PlanPurpose {
  const pullRequest = eventName === 'pull_request' || isOfPullRequest(event) ? pullRequestOfEvent(event) : undefined;
  if (pullRequest?.fork === true && eventName !== 'pull_request') {
    throw terraformFailures.failure('fork', {
      what: `Pull request ${pullRequest.number} comes from a fork, so it is not planned by ${eventName}, which has credentials.`,
    });
  }
  if (mode !== 'plan' && (pullRequest !== undefined || eventName === 'merge_group')) {
    throw terraformFailures.failure('mode', {
      what: `The input \`mode\` is ${mode}, which an event ${eventName} may not ask for.`,
    });
  }
  if (eventName === 'pull_request' && pullRequest !== undefined)
    return { kind: pullRequest.fork ? 'fork' : 'pull-request', pullRequest };
  if (mode === 'drift') return { kind: 'drift' };
  if (eventName === 'workflow_dispatch' && storeRunPlan) return { kind: 'run' };
  if (eventName === 'merge_group')
    return {
      kind: 'show',
      note: 'Started by a merge queue: the plan of the group is shown. The plans of its pull requests are what is applied.',
    };
  return {
    kind: 'show',
    note: `Started by ${eventName}, not by a pull request: the plan is shown, but not stored for an apply.`,
  };
}

const isOfPullRequest = (event: unknown) => typeof event === 'object' && event !== null && 'pull_request' in event;
