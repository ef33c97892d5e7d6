import type { Failure } from '../failure/failure.ts';
import type { Context } from '../runner/context.ts';
import type { Report } from './render/comment.ts';

/** What comment and summary tell of a failure; its places in files become links to the lines at `commit`. */
export function failureReport(
  { serverUrl, repository, runUrl }: Pick<Context, 'serverUrl' | 'repository' | 'runUrl'>,
  what: { environment: string; doing: 'plan' | 'apply'; failure: Failure; commit: string },
): Extract<Report, { kind: 'failure' }> {
  const { environment, doing, failure, commit } = what;
  const commitUrl = `${serverUrl}/${repository.owner}/${repository.name}/commit/${commit}`;
  return { kind: 'failure', report: { environment, doing, failure, runUrl, commitUrl } };
}
