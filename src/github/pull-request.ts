import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
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
  readonly mergedAt: string;
}

const mergedSchema = z.array(
  z.object({
    number: z.number().int(),
    html_url: z.string(),
    merged_at: z.string().nullish(),
    merge_commit_sha: z.string().nullish(),
    head: z.object({ sha }),
  }),
);

/** GitHub knows a commit's pull request a moment after the merge, not always at once. */
const WAITS_SECONDS = [2, 5];

/**
 * The pull request whose merge made a commit: by a merge commit, a squash or a rebase, GitHub names it in all three
 * cases. `undefined` when the commit came another way (a push to the branch).
 */
export async function mergedPullRequestOf(
  github: GitHubClient,
  commit: string,
  waitsSeconds: readonly number[] = WAITS_SECONDS,
): Promise<MergedPullRequest | undefined> {
  for (const wait of [...waitsSeconds, undefined]) {
    const found = await lookUp(github, commit);
    if (found !== undefined || wait === undefined) return found;
    await sleep(wait * 1000);
  }
  return undefined;
}

async function lookUp(github: GitHubClient, commit: string): Promise<MergedPullRequest | undefined> {
  const data = await github.call(
    { what: `the pull requests of commit ${commit.slice(0, 7)}`, permission: 'pull-requests: read' },
    async (octokit, at) =>
      (await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: commit, per_page: 100 }))
        .data,
  );
  const parsed = mergedSchema.safeParse(data);
  if (!parsed.success) {
    throw githubFailures.failure('refused', {
      what: `GitHub’s answer for the pull requests of commit ${commit.slice(0, 7)} lacks ${parsed.error.issues[0]?.path.join('.') ?? 'a part'}.`,
    });
  }
  const merged = parsed.data.filter(({ merged_at }) => typeof merged_at === 'string');
  // A commit can be in several: the one that it merged is meant, else the one that was merged last.
  const best =
    merged.find(({ merge_commit_sha }) => merge_commit_sha === commit) ??
    merged.sort((a, b) => (b.merged_at ?? '').localeCompare(a.merged_at ?? ''))[0];
  if (best === undefined) return undefined;
  return { number: best.number, url: best.html_url, headSha: best.head.sha, mergedAt: best.merged_at ?? '' };
}
