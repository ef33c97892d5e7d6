import { z } from 'zod';
import { environmentPaths } from '../environment/outputs.ts';
import { Failure } from '../failure/failure.ts';
import type { GitHubClient } from '../github/client.ts';
import { githubFailures } from '../github/failures.ts';
import {
  commitStatus,
  type MergedPullRequest,
  mergedPullRequestOf,
  mergedPullRequestsBetween,
} from '../github/pull-request.ts';
import type { Bucket } from '../google/storage.ts';
import { log } from '../runner/log.ts';
import { terraformFailures } from './failures.ts';
import { fetchPlan, findPlans, readPlan, type StoredPlan } from './plan-store.ts';
import { checkAge, checkOrigin } from './verification.ts';

/** A stored plan whose file is the recorded one. */
export interface ReviewedPlan {
  /** `undefined` for a plan of the same workflow run. */
  readonly pullRequest: MergedPullRequest | undefined;
  readonly stored: StoredPlan;
  readonly content: Buffer;
}

/** What may be applied. */
export interface Reviewed {
  readonly source: 'pull-request' | 'run';
  /** The plan of the commit's own pull request, or of the run. */
  readonly plan: ReviewedPlan | undefined;
  /**
   * The plans of the other pull requests that were merged since the last apply, the newest first. Found when first
   * asked for: mostly the own plan says it all.
   */
  readonly others: () => Promise<readonly ReviewedPlan[]>;
}

export interface Wanted {
  readonly environment: string;
  /** The commit that was pushed. */
  readonly commit: string;
  /** The branch that it was pushed to. */
  readonly branch: string;
  /** Older plans of the other pull requests do not count. */
  readonly maxAgeHours: number;
  /** How long to wait until GitHub knows the merge; for tests. */
  readonly waitsSeconds?: readonly number[];
}

/**
 * The newest intact plan of the pull request whose merge made the commit, and a way to those of the pull requests before
 * it. Throws LK-TF-010 to -014 and -027.
 */
export async function findReviewed(
  github: GitHubClient,
  bucket: Bucket,
  wanted: Wanted,
  onPullRequest: (number: number) => void = () => undefined,
): Promise<Reviewed> {
  const { environment, commit, branch } = wanted;
  const pullRequest = await mergedPullRequestOf(github, commit, branch, wanted.waitsSeconds);
  if (pullRequest === undefined) {
    throw terraformFailures.failure('noPullRequest', {
      what: `Commit ${commit.slice(0, 7)} did not come from a pull request that was merged into ${branch}.`,
    });
  }
  onPullRequest(pullRequest.number);
  const published = await publishedCommit(bucket, environment);
  const since = published === undefined || published === commit ? undefined : published;
  if (since !== undefined) await checkOrder(github, since, wanted);
  // Its age is asked only when it has something left to apply.
  const plan = await planOf(github, bucket, pullRequest, { ...wanted, maxAgeHours: Infinity });
  let others: Promise<readonly ReviewedPlan[]> | undefined;
  const reviewed: Reviewed = {
    source: 'pull-request',
    plan,
    others: () => (others ??= plansBetween(github, bucket, since, pullRequest, wanted)),
  };
  if (plan === undefined && (await reviewed.others()).length === 0) {
    throw terraformFailures.failure('planNotFound', {
      what: `Pull request ${pullRequest.number} has no stored plan for ${environment} at its last commit ${pullRequest.headSha.slice(0, 7)}${pullRequest.fork ? ': it came from a fork' : ''}.`,
      ...(pullRequest.fork
        ? {
            why: 'A fork’s branch gets no credentials, so it is not planned, and no plan is ever taken from one.',
            fix: 'Push the branch to this repository, open a pull request that changes a file of the environment, and merge it.',
          }
        : {}),
    });
  }
  return reviewed;
}

const repositorySchema = z.object({ repository: z.object({ default_branch: z.string().min(1) }) });

/** A plan without a pull request is for runs from the default branch that no push started; throws LK-TF-031. */
export function checkRunPlanEvent({ eventName, ref, event }: { eventName: string; ref: string; event: unknown }): void {
  const branch = repositorySchema.safeParse(event).data?.repository.default_branch;
  if (['workflow_dispatch', 'schedule'].includes(eventName) && ref === `refs/heads/${branch}`) return;
  throw terraformFailures.failure('runPlanRefused', {
    what: `The input \`plan\` is given, but this run was started by ${eventName} on ${ref || 'no branch'}; the default branch is ${branch ?? 'unknown'}.`,
  });
}

/** The plan that an earlier job of the same workflow run stored. Throws LK-TF-012, -013 and -029. */
export async function findRunPlan(
  bucket: Bucket,
  uri: string,
  wanted: { environment: string; repository: string; commit: string; runId: string },
): Promise<Reviewed> {
  const { environment, repository, commit, runId } = wanted;
  const refuse = (what: string) => terraformFailures.failure('planOfOtherRun', { what });
  const folder = `gs://${bucket.name}/${environmentPaths(environment).plans}/`;
  const [, path] = /^gs:\/\/[^/]+\/(.*\/\d+-\d+)\.tfplan$/.exec(uri) ?? [];
  if (path === undefined || !uri.startsWith(folder) || uri.includes('/../'))
    throw refuse(`The input \`plan\` is ${uri}, which is no plan of ${environment} (${folder}…).`);
  const stored = await readPlan(bucket, path);
  if (stored === undefined) throw refuse(`There is no plan ${uri} in the bucket.`);
  const { envelope } = stored;
  const pairs: [string, string, string][] = [
    ['environment', envelope.environment, environment],
    ['repository', envelope.repository, repository],
    ['workflow run', envelope.run.id, runId],
    ['commit', envelope.commits.head, commit],
  ];
  for (const [what, planned, present] of pairs)
    if (planned !== present) throw refuse(`The plan ${uri} is of the ${what} ${planned}, but this is ${present}.`);
  if (envelope.source !== 'run')
    throw refuse(`The plan ${uri} was made for pull request ${envelope.pullRequest}; its merge applies it.`);
  const plan = { pullRequest: undefined, stored, content: await fetchPlan(bucket, stored) };
  return { source: 'run', plan, others: () => Promise.resolve([]) };
}

/** The newest plan of a pull request whose file is intact. `undefined` when it has none at all. */
async function planOf(
  github: GitHubClient,
  bucket: Bucket,
  pullRequest: MergedPullRequest,
  { environment, maxAgeHours }: Wanted,
): Promise<ReviewedPlan | undefined> {
  // Whatever lies there for a fork's commit, nobody could have planned it with its identity.
  if (pullRequest.fork) return undefined;
  const { owner, name } = github.repository;
  const expected = {
    environment,
    repository: `${owner}/${name}`,
    pullRequest: pullRequest.number,
    headSha: pullRequest.headSha,
  };
  const failures: unknown[] = [];
  for (const stored of await findPlans(bucket, environment, pullRequest.headSha)) {
    try {
      checkOrigin(stored.envelope, expected);
      const content = await fetchPlan(bucket, stored);
      checkAge(stored.envelope, maxAgeHours);
      for (const failure of failures) log.warning(`A stored plan is left aside: ${(failure as Failure).message}`);
      return { pullRequest, stored, content };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

/** A plan that may not be used, rather than a bucket that could not be read. */
const isRefusal = (error: unknown): error is Failure =>
  error instanceof Failure &&
  (['envelope', 'planDamaged', 'planOfOther', 'planExpired'] as const).some(
    (kind) => error.code === terraformFailures.code(kind),
  );

/** The plans of the pull requests merged since the last apply, the commit's own left out. */
async function plansBetween(
  github: GitHubClient,
  bucket: Bucket,
  since: string | undefined,
  own: MergedPullRequest,
  wanted: Wanted,
): Promise<ReviewedPlan[]> {
  if (since === undefined) return [];
  const { pullRequests, leftOut } = await mergedPullRequestsBetween(github, {
    since,
    until: wanted.commit,
    branch: wanted.branch,
  }).catch((error: unknown) => {
    if (error instanceof Failure && error.code === githubFailures.code('notFound'))
      return { pullRequests: [], leftOut: 0 };
    throw error;
  });
  if (leftOut > 0) {
    log.warning(
      `${leftOut} commits lie further back since the last apply (${since.slice(0, 7)}) than pull requests are looked for; their plans do not count.`,
    );
  }
  const plans: ReviewedPlan[] = [];
  for (const pullRequest of pullRequests.filter(({ number }) => number !== own.number)) {
    try {
      const plan = await planOf(github, bucket, pullRequest, wanted);
      if (plan !== undefined) plans.push(plan);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      log.warning(`The plan of pull request ${pullRequest.number} does not count: ${error.message}`);
    }
  }
  return plans;
}

/** An older commit than the one that was applied would undo what came after it; throws LK-TF-027. */
async function checkOrder(github: GitHubClient, since: string, { environment, commit, branch }: Wanted): Promise<void> {
  const status = await commitStatus(github, { since, until: commit });
  if (status === undefined) {
    log.warning(
      `The commit that ${environment} was applied from last (${since.slice(0, 7)}) is no longer in the repository; only the plan of this commit’s own pull request counts.`,
    );
  }
  if (status !== 'behind') return;
  throw terraformFailures.failure('superseded', {
    what: `Commit ${commit.slice(0, 7)} of ${branch} is older than ${since.slice(0, 7)}, which ${environment} was applied from last.`,
  });
}

const publishedSchema = z.object({ commit: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/) });

/** The commit of the environment's last apply; `undefined` when there was none, or its document cannot tell. */
async function publishedCommit(bucket: Bucket, environment: string): Promise<string | undefined> {
  const object = await bucket.read(environmentPaths(environment).outputs);
  try {
    return publishedSchema.parse(JSON.parse(object?.content.toString('utf8') ?? '{}')).commit;
  } catch {
    return undefined;
  }
}
