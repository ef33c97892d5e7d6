import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import type { GitHubClient } from './client.ts';

/** What an event changed in the repository. */
export type Changes =
  | { readonly kind: 'files'; readonly files: readonly string[] }
  /** Not known. `expected`: the event is of a kind that changes nothing by itself, such as a schedule. */
  | { readonly kind: 'unknown'; readonly why: string; readonly expected: boolean };

const sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);

const pullSchema = z.object({
  pull_request: z.object({ number: z.number().int().positive(), changed_files: z.number().int().optional() }),
});
const groupSchema = z.object({ merge_group: z.object({ base_sha: sha, head_sha: sha }) });
const pushSchema = z.object({ before: sha, after: sha, forced: z.boolean().default(false) });
const fileSchema = z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() }));
const comparisonSchema = z.object({
  status: z.enum(['ahead', 'behind', 'diverged', 'identical']),
  files: fileSchema.default([]),
});

/** GitHub names no more files of a pull request, and of a comparison. */
const MOST_OF_A_PULL = 3000;
const MOST_OF_A_COMPARISON = 300;

/**
 * The files that a pull request, a merge group or a push changes, both names of a renamed one. Whatever stands in the way
 * is an answer, not an error: who does not know what changed must take everything for changed.
 */
export async function changedFiles(github: () => GitHubClient, eventName: string, event: unknown): Promise<Changes> {
  try {
    const pull = pullSchema.safeParse(event);
    if (pull.success) return await ofPullRequest(github(), pull.data.pull_request);
    const group = groupSchema.safeParse(event);
    if (group.success) {
      const { base_sha, head_sha } = group.data.merge_group;
      return await ofComparison(github(), base_sha, head_sha);
    }
    if (eventName !== 'push')
      return { kind: 'unknown', why: `the event ${eventName} is about no changes`, expected: true };
    const push = pushSchema.safeParse(event);
    if (!push.success) return unknown('the event of the push lacks its commits');
    const { before, after, forced } = push.data;
    if (/^0+$/.test(before)) return unknown('the push made the branch');
    if (forced) return unknown('the push rewrote the branch');
    return await ofComparison(github(), before, after);
  } catch (error) {
    if (error instanceof Failure) return unknown(error.message.replace(/\.$/, ''));
    throw error;
  }
}

const unknown = (why: string): Changes => ({ kind: 'unknown', why, expected: false });

async function ofPullRequest(
  github: GitHubClient,
  { number, changed_files: count }: z.infer<typeof pullSchema>['pull_request'],
): Promise<Changes> {
  const why = `GitHub lists ${MOST_OF_A_PULL} files of a pull request at most`;
  if ((count ?? 0) > MOST_OF_A_PULL) return unknown(why);
  const listed = await github.call(
    { what: `the files of pull request ${number}`, permission: 'pull-requests: read' },
    (octokit, at) => octokit.paginate(octokit.rest.pulls.listFiles, { ...at, pull_number: number, per_page: 100 }),
  );
  return named(listed, MOST_OF_A_PULL + (count === MOST_OF_A_PULL ? 1 : 0), why);
}

async function ofComparison(github: GitHubClient, base: string, head: string): Promise<Changes> {
  const data = await github.call(
    { what: `the changes from ${base.slice(0, 7)} to ${head.slice(0, 7)}`, permission: 'contents: read' },
    async (octokit, at) =>
      // Of the commits none is needed; the files come with the first page, whatever its size.
      (await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${base}...${head}`, per_page: 1 })).data,
  );
  const comparison = comparisonSchema.safeParse(data);
  if (!comparison.success) return unknown('GitHub’s comparison is not as expected');
  const { status, files } = comparison.data;
  if (status !== 'ahead' && status !== 'identical') return unknown('the push rewrote the branch');
  return named(files, MOST_OF_A_COMPARISON, `GitHub lists ${MOST_OF_A_COMPARISON} files of a comparison at most`);
}

function named(listed: unknown, most: number, why: string): Changes {
  const files = fileSchema.safeParse(listed);
  if (!files.success) return unknown('GitHub’s list of files is not as expected');
  if (files.data.length >= most) return unknown(why);
  const names = files.data.flatMap(({ filename, previous_filename }) => [filename, previous_filename ?? filename]);
  return { kind: 'files', files: [...new Set(names)] };
}
