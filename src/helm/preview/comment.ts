import { Failure, reason } from '../../failure/failure.ts';
import type { GitHubClient } from '../../github/client.ts';
import { type PostedComment, putSection } from '../../github/comment.ts';
import { log } from '../../runner/log.ts';
import type { Preview } from './preview.ts';
import { COMMENT_KIND, commentHead, previewSection } from './render.ts';

/**
 * Puts a preview into the pull request's one comment on Helm. A comment that could not be posted is a warning that everyone
 * sees, not the end of the job: the job summary has the same text.
 */
export async function commentPreview(
  github: () => GitHubClient,
  pullRequest: number,
  preview: Preview,
  run: { readonly url: string; readonly commit: string },
): Promise<PostedComment | undefined> {
  try {
    const comment = { pullRequest, kind: COMMENT_KIND, head: commentHead, key: preview.environment };
    return await putSection(github(), comment, previewSection(preview, run));
  } catch (error) {
    const words = error instanceof Failure ? `${error.message} ${error.fix}` : reason(error);
    log.warning(`The comment could not be posted; the job summary has its text. ${words}`);
    return undefined;
  }
}
