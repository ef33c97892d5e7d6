import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import type { GitHubClient } from './client.ts';
import { githubFailures } from './failures.ts';

const sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);

const eventSchema = z.object({
  pull_request: z.object({
    number: z.number().int().positive(),
    html_url: z.string(),
    head: z.object({ sha, repo: z.object({ full_name: z.string() }).nullable() }),
    base: z.object({ sha, ref: z.string(), repo: z.object({ full_name: z.string() }) }),
  }),
});

/** The pull request that an event is about. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly headSha: string;
  readonly baseSha: string;
  readonly baseRef: string;
  /** True when its branch is in another repository: nothing from there may touch credentials. */
  readonly fork: boolean;
}

/** Reads a `pull_request` event's payload; throws LK-GITHUB-009 when it is none. */
export function pullRequestOfEvent(event: unknown): PullRequest {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw githubFailures.failure('event', {
      what: `The pull_request event is wrong at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
    });
  }
  const { number, html_url, head, base } = parsed.data.pull_request;
  return {
    number,
    url: html_url,
    headSha: head.sha,
    baseSha: base.sha,
    baseRef: base.ref,
    fork: head.repo?.full_name !== base.repo.full_name,
  };
}

export interface MergedPullRequest {
  readonly number: number;
  readonly url: string;
  /** The last commit of its branch, as it was reviewed and planned. */
  readonly headSha: string;
  /** The branch that it was merged into. */
  readonly baseRef: string;
  readonly mergedAt: string;
  /** True when its branch was in another repository (or that is gone): it never has a plan that counts. */
  readonly fork: boolean;
}

const mergedSchema = z.array(
  z.object({
    number: z.number().int(),
    html_url: z.string(),
    merged_at: z.string().nullish(),
    merge_commit_sha: z.string().nullish(),
    head: z.object({ sha, repo: z.object({ full_name: z.string() }).nullish() }),
    base: z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }) }),
  }),
);

/** GitHub knows a commit's pull request a moment after the merge, not always at once. */
const WAITS_SECONDS = [2, 5];

/**
 * The pull request whose merge made a commit of a branch: by a merge commit, a squash, a rebase or a merge queue, GitHub
 * names it in all four cases. `undefined` when the commit came another way (a push to the branch, a merge into another).
 */
export async function mergedPullRequestOf(
  github: GitHubClient,
  commit: string,
  branch: string,
  waitsSeconds: readonly number[] = WAITS_SECONDS,
): Promise<MergedPullRequest | undefined> {
  for (const wait of [...waitsSeconds, undefined]) {
    const found = await lookUp(github, commit, branch);
    if (found !== undefined || wait === undefined) return found;
    await sleep(wait * 1000);
  }
  return undefined;
}

async function lookUp(github: GitHubClient, commit: string, branch: string): Promise<MergedPullRequest | undefined> {
  const what = `the pull requests of commit ${commit.slice(0, 7)}`;
  const data = await github.call(
    { what, permission: 'pull-requests: read' },
    async (octokit, at) =>
      (await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: commit, per_page: 100 }))
        .data,
  );
  const merged = parseAnswer(mergedSchema, data, what).filter(
    ({ merged_at, base }) => typeof merged_at === 'string' && base.ref === branch,
  );
  // A commit can be in several: the one that it merged is meant, else the one that was merged last.
  const best =
    merged.find(({ merge_commit_sha }) => merge_commit_sha === commit) ??
    merged.sort((a, b) => (b.merged_at ?? '').localeCompare(a.merged_at ?? ''))[0];
  if (best === undefined) return undefined;
  const { number, html_url, head, base, merged_at } = best;
  return {
    number,
    url: html_url,
    headSha: head.sha,
    baseRef: base.ref,
    mergedAt: merged_at ?? '',
    fork: head.repo?.full_name !== base.repo.full_name,
  };
}

const compareSchema = z.object({
  status: z.enum(['ahead', 'behind', 'diverged', 'identical']),
  total_commits: z.number().int().nonnegative(),
  commits: z.array(z.object({ sha, parents: z.array(z.object({ sha })) })),
});

/** The pull requests merged between two commits, the newest first. */
export interface MergedBetween {
  /** How `until` stands to `since`. `behind`: it is the older one. */
  readonly status: z.infer<typeof compareSchema>['status'];
  readonly pullRequests: readonly MergedPullRequest[];
  /** How many of the branch's own commits were not looked at, since they are too many. */
  readonly leftOut: number;
}

const PER_PAGE = 100;
/** Each of the branch's commits is one request, and a job's token has 1,000 an hour. */
export const MOST_COMMITS = 250;
const AT_ONCE = 5;

/**
 * The pull requests that brought a branch from one commit to another, several at once after a merge queue. Only the
 * branch's own commits are asked for (the chain of first parents): what a merge brings in belongs to its pull request.
 * Throws LK-GITHUB-004 when the branch's history was rewritten and `since` is gone.
 */
export async function mergedPullRequestsBetween(
  github: GitHubClient,
  range: { since: string; until: string; branch: string },
): Promise<MergedBetween> {
  const { status, chain } = await branchCommits(github, range);
  const asked = chain.slice(0, MOST_COMMITS);
  const found = new Map<number, MergedPullRequest>();
  for (let start = 0; start < asked.length; start += AT_ONCE) {
    const batch = asked.slice(start, start + AT_ONCE);
    for (const pull of await Promise.all(batch.map((commit) => lookUp(github, commit, range.branch))))
      if (pull !== undefined && !found.has(pull.number)) found.set(pull.number, pull);
  }
  return { status, pullRequests: [...found.values()], leftOut: chain.length - asked.length };
}

/** How `until` stands to `since`; `undefined` when GitHub knows one of them no more. */
export async function commitStatus(
  github: GitHubClient,
  range: { since: string; until: string },
): Promise<MergedBetween['status'] | undefined> {
  try {
    return (await comparePage(github, range, 1, 1)).status;
  } catch (error) {
    if (error instanceof Failure && error.code === githubFailures.code('notFound')) return undefined;
    throw error;
  }
}

/** The first parents from `until` back to `since`, the newest first. */
async function branchCommits(
  github: GitHubClient,
  range: { since: string; until: string },
): Promise<{ status: MergedBetween['status']; chain: string[] }> {
  const first = await comparePage(github, range, 1, PER_PAGE);
  const parents = new Map<string, string | undefined>();
  const add = ({ commits }: z.infer<typeof compareSchema>) => {
    for (const commit of commits) parents.set(commit.sha, commit.parents[0]?.sha);
  };
  add(first);
  // The oldest come first; a server that does not page has given all of them.
  const pages = Math.ceil(first.total_commits / PER_PAGE);
  for (let page = 2; page <= pages && parents.size < first.total_commits; page++)
    add(await comparePage(github, range, page, PER_PAGE));
  const chain: string[] = [];
  let commit: string | undefined = range.until;
  while (commit !== undefined && parents.has(commit)) {
    chain.push(commit);
    commit = parents.get(commit);
  }
  return { status: first.status, chain };
}

async function comparePage(
  github: GitHubClient,
  { since, until }: { since: string; until: string },
  page: number,
  perPage: number,
): Promise<z.infer<typeof compareSchema>> {
  const what = `the commits from ${since.slice(0, 7)} to ${until.slice(0, 7)}`;
  const data = await github.call({ what, permission: 'contents: read' }, async (octokit, at) => {
    const basehead = `${since}...${until}`;
    return (await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead, per_page: perPage, page })).data;
  });
  return parseAnswer(compareSchema, data, what);
}

function parseAnswer<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw githubFailures.failure('refused', {
    what: `GitHub’s answer for ${what} lacks ${parsed.error.issues[0]?.path.join('.') ?? 'a part'}.`,
  });
}
