import { createHash } from 'node:crypto';
import type { GitHubClient } from '../github/client.ts';
import { closeIssue, ISSUE_BODY_LIMIT, putIssue, type StickyIssue } from '../github/issue.ts';
import { commentSection } from './render/comment.ts';
import { renderPlan } from './render/plan.ts';
import type { PlanReport } from './render/report.ts';

/** The label by which the issues are found again. */
export const DRIFT_LABEL = 'drift';

/** Whether an environment is other than its configuration says, or other than Terraform left it. */
export function hasDrift({ model }: Pick<PlanReport, 'model'>): boolean {
  return model.hasChanges || model.drift.length > 0;
}

/** Opens, updates or closes the environment's one issue; gives its URL, `undefined` when there is and was no drift. */
export async function tellDrift(github: GitHubClient, report: PlanReport): Promise<string | undefined> {
  const { environment } = report;
  const issue: StickyIssue = { kind: 'drift', key: environment, label: DRIFT_LABEL };
  if (!hasDrift(report)) {
    const run = `[This run](${report.origin.runUrl})`;
    return closeIssue(github, issue, `${run} found no drift any more: ${environment} is as its configuration says.`);
  }
  const put = await putIssue(github, issue, {
    title: `Drift: ${environment} is not as its configuration says`,
    body: driftBody(report),
    fingerprint: fingerprintOf(report),
  });
  return put.url;
}

/** The issue's text, as full as fits. */
export function driftBody(report: PlanReport): string {
  const head = [
    `Something changed **${report.environment}** outside of Terraform, or a change that was merged has not been applied.`,
    'Take it over into the configuration by a pull request, or set it back by a run of the workflow `terraform-run`. This issue follows each look for drift, and is closed once nothing differs.',
  ].join('\n\n');
  const { body } = commentSection({ kind: 'plan', report })(ISSUE_BODY_LIMIT - head.length - 2);
  return `${head}\n\n${body}`;
}

/** The same for two runs that find the same: without commits, digests and links, which differ each time. */
function fingerprintOf(report: PlanReport): string {
  const origin = { ...report.origin, commit: '', commitUrl: '', digest: '', runUrl: '', stateSerial: undefined };
  return createHash('sha256')
    .update(renderPlan({ ...report, origin }, 'full'))
    .digest('hex')
    .slice(0, 32);
}
