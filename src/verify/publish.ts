import { Failure, reason } from '../failure/failure.ts';
import { type Annotation, type CheckRun, CHECK_TEXT_LIMIT_BYTES, postCheckRun } from '../github/check-run.ts';
import type { GitHubClient } from '../github/client.ts';
import { putSection } from '../github/comment.ts';
import type { Section } from '../github/comment-body.ts';
import { table } from '../runner/markdown.ts';
import { log } from '../runner/log.ts';
import { comparisonWords } from './comparison.ts';
import { headline, renderSummary, SIGN } from './render.ts';
import { type FailOn, isFailure, type Report } from './report.ts';

/** No file of the repository is meant: what failed is the environment. */
const NO_FILE = '.github';

/** Puts the report on the commit as a check run; gives its address. That it could not be is one warning. */
export async function publishCheckRun(
  github: () => GitHubClient,
  report: Report,
  at: { readonly headSha: string; readonly runUrl: string; readonly failOn: FailOn },
): Promise<string | undefined> {
  return orWarning('check run', async () => postCheckRun(github(), checkRunOf(report, at)));
}

/** Puts the report into the pull request's comment; gives its address. That it could not be is one warning. */
export async function publishComment(
  github: () => GitHubClient,
  report: Report,
  pullRequest: number,
): Promise<string | undefined> {
  const comment = { pullRequest, kind: 'verify', head: commentHead, key: report.environment };
  const draw = (room: number) => ({
    cells: [SIGN[report.verdict], report.verdict, String(report.counts.passed), String(report.checks.length)],
    body: renderSummary(report, (text) => text.length <= room),
  });
  return orWarning('comment', async () => (await putSection(github(), comment, draw)).url);
}

/** The table on top of the comment, a row an environment. Exported for tests. */
export function commentHead(sections: readonly Section[]): string {
  const rows = sections.map(({ key, cells: [sign = '', verdict = '', passed = '', all = ''] }) => [
    sign,
    `**${key}**`,
    verdict,
    `${passed} of ${all}`,
  ]);
  return `## Verify\n\n${table(['', 'environment', 'verdict', 'passed'], ['left', 'left', 'left', 'right'], rows)}`;
}

async function orWarning(what: string, work: () => Promise<string>): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    const words = error instanceof Failure ? `${error.message} ${error.fix}` : reason(error);
    log.warning(`The ${what} could not be posted; the job summary has its text. ${words}`);
    return undefined;
  }
}

/** Exported for tests. */
export function checkRunOf(
  report: Report,
  { headSha, runUrl, failOn }: { readonly headSha: string; readonly runUrl: string; readonly failOn: FailOn },
): CheckRun {
  const title = headline(report);
  const { comparison, verdict } = report;
  return {
    name: `verify ${report.environment}`,
    headSha,
    externalId: `verify/${report.environment}`,
    detailsUrl: runUrl,
    startedAt: report.startedAt,
    conclusion: isFailure(verdict, failOn) ? 'failure' : verdict === 'pass' ? 'success' : 'neutral',
    title,
    summary: [title, ...(comparison === undefined ? [] : [comparisonWords(comparison)])].join('\n\n'),
    text: renderSummary(report, (text) => Buffer.byteLength(text) <= CHECK_TEXT_LIMIT_BYTES),
    annotations: report.checks.flatMap(annotate),
  };
}

function annotate({ id, title, verdict, accepted, evidence, cause, fix }: Report['checks'][number]): Annotation[] {
  if (verdict === 'pass' || verdict === 'skip') return [];
  const level = verdict === 'fail' && accepted !== true ? 'failure' : verdict === 'inconclusive' ? 'notice' : 'warning';
  const message = [
    evidence,
    ...(cause === undefined ? [] : [`Why: ${cause}`]),
    ...(fix === undefined ? [] : [`Fix: ${fix}`]),
  ];
  return [{ path: NO_FILE, level, title: `${title} (${id})`, message: message.join('\n') }];
}
