import type { Report } from './report.ts';

/** The report as JUnit XML, for what collects test results: a failed check is a failure, one that was skipped or inconclusive is skipped. */
export function renderJunit(report: Report): string {
  const cases = report.checks.map((check) => {
    const head = `  <testcase classname="verify.${attribute(report.environment)}" name="${attribute(check.id)}" time="${check.durationSeconds}">`;
    const words = [check.evidence, check.cause, check.fix].filter((text) => text !== undefined).join('\n');
    const isFailed = check.verdict === 'fail' && check.accepted !== true;
    const isSkipped = check.verdict === 'skip' || check.verdict === 'inconclusive' || check.accepted === true;
    const body = isFailed
      ? `<failure message="${attribute(check.evidence)}">${content(words)}</failure>`
      : isSkipped
        ? `<skipped message="${attribute(check.accepted === true ? `Accepted: ${check.evidence}` : check.evidence)}"/>`
        : `<system-out>${content(words)}</system-out>`;
    return `${head}${body}</testcase>`;
  });
  const { counts, checks, durationSeconds, startedAt } = report;
  const skipped = counts.skipped + counts.inconclusive + counts.accepted;
  const numbers = `tests="${checks.length}" failures="${counts.failed}" errors="0" skipped="${skipped}" time="${durationSeconds}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${numbers}>
 <testsuite name="verify ${attribute(report.environment)}" timestamp="${startedAt.replace(/\.\d+Z$/, '')}" ${numbers}>
${cases.join('\n')}
 </testsuite>
</testsuites>
`;
}

/** Text between tags; XML 1.0 has no place for most control characters. */
function content(text: string): string {
  return [...text]
    .filter((character) => character >= ' ' || '\n\t\r'.includes(character))
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replace(/\s+/g, ' ');
}
