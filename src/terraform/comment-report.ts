import type { GitHubClient } from '../github/client.ts';
import { type PostedComment, putSection } from '../github/comment.ts';
import { Failure, reason } from '../failure/failure.ts';
import { log } from '../runner/log.ts';
import { COMMENT_KIND, commentHead, commentSection, type Report } from './render/comment.ts';

/**
 * Puts a report into the pull request's one comment. A comment that could not be posted is a warning that everyone sees,
 * not the end of the job: the job summary has the same text.
 */
export async function commentReport(
  github: () => GitHubClient,
  pullRequest: number,
  environment: string,
  report: Report,
): Promise<PostedComment | undefined> {
  try {
    const comment = { pullRequest, kind: COMMENT_KIND, head: commentHead, key: environment };
    return await putSection(github(), comment, commentSection(report));
  } catch (error) {
    const words = error instanceof Failure ? `${error.message} ${error.fix}` : reason(error);
    log.warning(`The comment could not be posted; the job summary has its text. ${words}`);
    return undefined;
  }
}
