import { documented } from '../runner/documentation.ts';
import { plain, prose } from '../runner/markdown.ts';
import type { Verdict } from './check.ts';
import { comparisonWords } from './comparison.ts';
import type { Report } from './report.ts';

/** The documentation's page of all checks; each has a section. */
export const CHECKS_PAGE = 'docs/checks.md';

/** A sign for a verdict, in markdown. */
export const SIGN: Record<Verdict, string> = { pass: '✅', warn: '⚠️', fail: '❌', skip: '⏭️', inconclusive: '❔' };

/** The verdict in one sentence: the same in the log, the job summary and the failure. */
export function headline(report: Report): string {
  const { counts, checks } = report;
  const parts = [
    `${counts.passed} of ${checks.length} checks passed`,
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(counts.accepted > 0 ? [`${counts.accepted} failed as accepted`] : []),
    ...(counts.warned > 0 ? [`${counts.warned} warned`] : []),
    ...(counts.inconclusive > 0 ? [`${counts.inconclusive} inconclusive`] : []),
    ...(counts.skipped > 0 ? [`${counts.skipped} skipped`] : []),
  ];
  return `${report.environment}: ${report.verdict}. ${parts.join(', ')} in ${seconds(report.durationSeconds)}.`;
}

/** The table for the log: aligned columns, cause and fix below what did not pass. */
export function renderLog(report: Report): string {
  const wide = Math.max(...report.checks.map((check) => check.id.length), 0);
  const { comparison } = report;
  const lines = [headline(report), ...(comparison === undefined ? [] : [comparisonWords(comparison)]), ''];
  for (const check of report.checks) {
    const margin = ' '.repeat(12 + 2 + wide + 2 + 7 + 2);
    const head = `${check.verdict.padEnd(12)}  ${check.id.padEnd(wide)}  ${seconds(check.durationSeconds).padStart(7)}`;
    lines.push(`${head}  ${check.evidence}`);
    if (check.cause !== undefined) lines.push(`${margin}Why: ${check.cause}`);
    if (check.fix !== undefined) lines.push(`${margin}Fix: ${check.fix}`);
  }
  return lines.join('\n');
}

const ORDER: readonly Verdict[] = ['fail', 'inconclusive', 'warn', 'pass', 'skip'];

/** Those that need someone first; what is accepted is a warning. */
export function worstFirst(checks: Report['checks']): Report['checks'] {
  const rank = ({ verdict, accepted }: Report['checks'][number]) => ORDER.indexOf(accepted === true ? 'warn' : verdict);
  return checks.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * The table for the job summary: the verdict on top, then a row for each check, those that need someone first. As many rows
 * as `fits` lets be, with a line that tells of the others.
 */
export function renderSummary(report: Report, fits: (text: string) => boolean = () => true): string {
  const rows = worstFirst(report.checks).map(summaryRow);
  const whole = (shown: number) => {
    const { target, comparison } = report;
    const rest = rows.length - shown;
    return [
      `## ${SIGN[report.verdict]} Verify ${plain(headline(report))}`,
      '',
      `Cluster \`${target.cluster}\`, namespace \`${target.namespace}\`, release \`${target.release}\`, signalling through \`${target.signal}\`.`,
      '',
      ...(comparison === undefined ? [] : [plain(comparisonWords(comparison)), '']),
      ...(shown === 0 ? [] : ['| Verdict | Check | What was seen | Time |', '|---|---|---|---:|']),
      ...rows.slice(0, shown),
      ...(rest === 0 ? [] : ['', `${rest} more rows are in the job summary.`]),
      '',
      `What each check proves: ${documented(`\`${CHECKS_PAGE}\``, CHECKS_PAGE)}.`,
    ].join('\n');
  };
  let shown = rows.length;
  while (shown > 0 && !fits(whole(shown))) shown--;
  const text = whole(shown);
  return fits(text) ? text : '';
}

function summaryRow(check: Report['checks'][number]): string {
  const below = [
    ...(check.cause === undefined ? [] : [`**Why:** ${prose(check.cause)}`]),
    ...(check.fix === undefined ? [] : [`**Fix:** ${prose(check.fix)}`]),
  ];
  const seen = [plain(check.evidence), ...below].join('<br>');
  const name = `**${plain(check.title)}**<br>${documented(`\`${check.id}\``, CHECKS_PAGE, check.id)}`;
  const verdict = check.accepted === true ? `${SIGN.warn} fail, accepted` : `${SIGN[check.verdict]} ${check.verdict}`;
  return `| ${verdict} | ${name} | ${seen} | ${seconds(check.durationSeconds)} |`;
}

/** `1.23 s` */
export function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(2)} s` : `${value.toFixed(1)} s`;
}
