import { z } from 'zod';
import { redact } from '../runner/mask.ts';
import type { GitHubClient, Subject } from './client.ts';
import { githubFailures } from './failures.ts';

/** A finished check run of a commit, as GitHub shows it beside the commit and in the pull request. */
export interface CheckRun {
  readonly name: string;
  readonly headSha: string;
  /** What it is known by to whom made it. */
  readonly externalId: string;
  readonly detailsUrl: string;
  readonly startedAt: string;
  readonly conclusion: 'success' | 'neutral' | 'failure';
  readonly title: string;
  /** Markdown, each at most `CHECK_TEXT_LIMIT_BYTES`; what is longer is cut at a line. */
  readonly summary: string;
  readonly text: string;
  readonly annotations: readonly Annotation[];
}

export interface Annotation {
  /** In the repository; nothing has to be there. */
  readonly path: string;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}

/** The documentation says characters; what is refused is bytes. */
export const CHECK_TEXT_LIMIT_BYTES = 65_535;
/** Of one request; those of later ones are added. */
export const ANNOTATIONS_AT_ONCE = 50;
const TITLE_LIMIT_CHARACTERS = 255;
const MESSAGE_LIMIT_BYTES = 64_000;

const answerSchema = z.object({ id: z.number().int().positive(), html_url: z.string().nullish() });

/** Posts it, and gives its address. Throws LK-GITHUB-002 to -008 and -011. */
export async function postCheckRun(github: GitHubClient, run: CheckRun): Promise<string> {
  const subject: Subject = {
    what: `the check runs of commit ${run.headSha.slice(0, 7)}`,
    permission: 'checks: write',
  };
  const batches = batchesOf(run.annotations.map(wire), ANNOTATIONS_AT_ONCE);
  const output = {
    title: cut(redact(run.title), TITLE_LIMIT_CHARACTERS),
    summary: cut(redact(run.summary), CHECK_TEXT_LIMIT_BYTES),
    text: cut(redact(run.text), CHECK_TEXT_LIMIT_BYTES),
  };
  const made: unknown = await github.call(
    subject,
    async (octokit, at) =>
      (
        await octokit.rest.checks.create({
          ...at,
          name: run.name,
          head_sha: run.headSha,
          external_id: run.externalId,
          details_url: run.detailsUrl,
          started_at: run.startedAt,
          status: 'completed',
          conclusion: run.conclusion,
          output: { ...output, annotations: batches[0] ?? [] },
        })
      ).data,
  );
  const parsed = answerSchema.safeParse(made);
  if (!parsed.success) {
    throw githubFailures.failure('answer', { what: `GitHub’s answer for ${subject.what} lacks the check run’s id.` });
  }
  const { id, html_url: url } = parsed.data;
  for (const annotations of batches.slice(1)) {
    await github.call(subject, (octokit, at) =>
      octokit.rest.checks.update({ ...at, check_run_id: id, output: { ...output, annotations } }),
    );
  }
  return url ?? '';
}

function wire({ path, level, title, message }: Annotation) {
  return {
    path,
    start_line: 1,
    end_line: 1,
    annotation_level: level,
    title: cut(redact(title), TITLE_LIMIT_CHARACTERS),
    message: cut(redact(message), MESSAGE_LIMIT_BYTES),
  };
}

function batchesOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** The text in so many bytes of UTF-8: whole lines of it, or what fits of the first. */
export function cut(text: string, limitBytes: number): string {
  if (Buffer.byteLength(text) <= limitBytes) return text;
  const end = '…';
  const room = limitBytes - Buffer.byteLength(end);
  // A cut within a character leaves a sign that stands for it.
  const head = Buffer.from(text)
    .subarray(0, room)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
  const line = head.lastIndexOf('\n');
  return `${line > 0 ? head.slice(0, line + 1) : head}${end}`;
}
