import type { GitHubClient } from './client.ts';
import { mergedPullRequestOf, pullRequestOfEvent } from './pull-request.ts';

const HEAD = 'a'.repeat(40);
const MERGE = 'b'.repeat(40);

const event = (head: object) => ({
  pull_request: {
    number: 7,
    html_url: 'https://x/7',
    head: { sha: HEAD, ...head },
    base: { sha: 'c'.repeat(40), ref: 'main', repo: { full_name: 'nova/livekit' } },
  },
});

describe('the pull request of an event', () => {
  test('of a branch of the same repository', () => {
    expect(pullRequestOfEvent(event({ repo: { full_name: 'nova/livekit' } }))).toMatchObject({
      number: 7,
      headSha: HEAD,
      baseRef: 'main',
      fork: false,
    });
  });

  test.each([
    ['a branch of another repository', { repo: { full_name: 'stranger/livekit' } }],
    ['a repository that was deleted', { repo: null }],
  ])('is a fork’s when it comes from %s', (_from, head) => {
    expect(pullRequestOfEvent(event(head)).fork).toBe(true);
  });

  test('fails with what is missing when the event is of another kind', () => {
    expect(() => pullRequestOfEvent({ ref: 'refs/heads/main' })).toThrow(
      expect.objectContaining({
        code: 'LK-GITHUB-009',
        message: expect.stringContaining('pull_request') as string,
      }) as Error,
    );
  });
});

function githubWith(...answers: unknown[][]): GitHubClient {
  let call = 0;
  const octokit = {
    rest: {
      repos: {
        listPullRequestsAssociatedWithCommit: () =>
          Promise.resolve({ data: answers[Math.min(call++, answers.length - 1)] }),
      },
    },
  };
  return {
    repository: { owner: 'nova', name: 'livekit' },
    call: (_subject: unknown, work: (octokit: never, at: never) => Promise<unknown>) =>
      work(octokit as never, {} as never),
  } as unknown as GitHubClient;
}

const pull = (number: number, more: object = {}) => ({
  number,
  html_url: `https://x/${number}`,
  merged_at: '2026-11-01T10:00:00Z',
  merge_commit_sha: 'd'.repeat(40),
  head: { sha: HEAD },
  ...more,
});

describe('the pull request of a merge', () => {
  test('is the one whose merge made the commit, even when the commit is in another, too', async () => {
    const github = githubWith([pull(8, { merged_at: '2026-11-02T10:00:00Z' }), pull(7, { merge_commit_sha: MERGE })]);
    expect(await mergedPullRequestOf(github, MERGE, [])).toMatchObject({ number: 7, headSha: HEAD });
  });

  test('is the last one merged when GitHub names no merge commit', async () => {
    const github = githubWith([pull(7), pull(8, { merged_at: '2026-11-02T10:00:00Z' })]);
    expect(await mergedPullRequestOf(github, MERGE, [])).toMatchObject({ number: 8 });
  });

  test('is not one that is still open', async () => {
    expect(await mergedPullRequestOf(githubWith([pull(7, { merged_at: null })]), MERGE, [])).toBeUndefined();
  });

  test('is asked for again, since GitHub knows it a moment later', async () => {
    const github = githubWith([], [pull(7)]);
    expect(await mergedPullRequestOf(github, MERGE, [0.001])).toMatchObject({ number: 7 });
  });
});
