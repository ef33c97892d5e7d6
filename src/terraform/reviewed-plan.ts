import type { GitHubClient } from '../github/client.ts';
import { type MergedPullRequest, mergedPullRequestOf } from '../github/pull-request.ts';
import type { Bucket } from '../google/storage.ts';
import { terraformFailures } from './failures.ts';
import { findPlans, type StoredPlan } from './plan-store.ts';
import { checkOrigin } from './verification.ts';

export interface ReviewedPlan {
  readonly pullRequest: MergedPullRequest;
  readonly stored: StoredPlan;
}

/** The newest plan of the pull request whose merge made the commit. Throws LK-TF-010, -011, -013 and -014. */
export async function findReviewedPlan(
  github: GitHubClient,
  bucket: Bucket,
  wanted: { environment: string; commit: string },
  onPullRequest: (number: number) => void = () => undefined,
): Promise<ReviewedPlan> {
  const { environment, commit } = wanted;
  const pullRequest = await mergedPullRequestOf(github, commit);
  if (pullRequest === undefined) {
    throw terraformFailures.failure('noPullRequest', {
      what: `Commit ${commit.slice(0, 7)} did not come from a merged pull request.`,
    });
  }
  onPullRequest(pullRequest.number);
  const [stored] = await findPlans(bucket, environment, pullRequest.headSha);
  if (stored === undefined) {
    throw terraformFailures.failure('planNotFound', {
      what: `Pull request ${pullRequest.number} has no stored plan for ${environment} at its last commit ${pullRequest.headSha.slice(0, 7)}.`,
    });
  }
  const { owner, name } = github.repository;
  checkOrigin(stored.envelope, {
    environment,
    repository: `${owner}/${name}`,
    pullRequest: pullRequest.number,
    headSha: pullRequest.headSha,
  });
  return { pullRequest, stored };
}
