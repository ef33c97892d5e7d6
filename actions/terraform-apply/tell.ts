import type { GitHubClient } from '../../src/github/client.ts';
import { log } from '../../src/runner/log.ts';
import { addSummary } from '../../src/runner/summary.ts';
import type { Report } from '../../src/terraform/render/comment.ts';
import type { Inputs } from './inputs.ts';

/** Comment and summary; gives the comment's URL, empty when there is none. */
export async function tell(
  inputs: Inputs,
  github: GitHubClient,
  pullRequest: number | undefined,
  report: Report,
): Promise<string> {
  const { summaryText } = await import('../../src/terraform/render/comment.ts');
  const { commentReport } = await import('../../src/terraform/comment-report.ts');
  const comment = async () =>
    pullRequest === undefined || !inputs.comment
      ? undefined
      : commentReport(() => github, pullRequest, inputs.environment, report);
  const [posted] = await Promise.all([comment(), addSummary(summaryText(report))]);
  if (posted !== undefined) log.info(`Comment: ${posted.url}`);
  return posted?.url ?? '';
}
