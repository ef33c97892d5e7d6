import type { GitHubClient } from './client.ts';
import { mergedPullRequestOf, mergedPullRequestsBetween, pullRequestOfEvent } from './pull-request.ts';

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

/** GitHub with a history: commits with their parents, and the pull requests of each. */
function githubWith(options: {
  pulls: (commit: string) => unknown[];
  history?: { sha: string; parents: string[] }[];
  status?: string;
  pageSize?: number;
}) {
  const asked: string[] = [];
  const pages: number[] = [];
  const { history = [], status = 'ahead' } = options;
  const octokit = {
    rest: {
      repos: {
        listPullRequestsAssociatedWithCommit: ({ commit_sha }: { commit_sha: string }) => {
          asked.push(commit_sha);
          return Promise.resolve({ data: options.pulls(commit_sha) });
        },
        compareCommitsWithBasehead: ({ page, per_page }: { page: number; per_page: number }) => {
          pages.push(page);
          const commits = history
            .slice((page - 1) * per_page, page * per_page)
            .map(({ sha, parents }) => ({ sha, parents: parents.map((parent) => ({ sha: parent })) }));
          return Promise.resolve({ data: { status, total_commits: history.length, commits } });
        },
      },
    },
  };
  const github = {
    repository: { owner: 'nova', name: 'livekit' },
    call: (_subject: unknown, work: (octokit: never, at: never) => Promise<unknown>) =>
      work(octokit as never, {} as never),
  } as unknown as GitHubClient;
  return { github, asked, pages };
}

const HERE = { full_name: 'nova/livekit' };
const pull = (number: number, more: object = {}) => ({
  number,
  html_url: `https://x/${number}`,
  merged_at: '2026-11-01T10:00:00Z',
  merge_commit_sha: 'd'.repeat(40),
  head: { sha: HEAD, repo: HERE },
  base: { ref: 'main', repo: HERE },
  ...more,
});
const answering = (...answers: unknown[][]) => {
  let call = 0;
  return githubWith({ pulls: () => answers[Math.min(call++, answers.length - 1)] ?? [] }).github;
};

describe('the pull request of a merge', () => {
  test('is the one whose merge made the commit, even when the commit is in another, too', async () => {
    const github = answering([pull(8, { merged_at: '2026-11-02T10:00:00Z' }), pull(7, { merge_commit_sha: MERGE })]);
    expect(await mergedPullRequestOf(github, MERGE, 'main', [])).toMatchObject({
      number: 7,
      headSha: HEAD,
      fork: false,
    });
  });

  test('is the last one merged when GitHub names no merge commit', async () => {
    const github = answering([pull(7), pull(8, { merged_at: '2026-11-02T10:00:00Z' })]);
    expect(await mergedPullRequestOf(github, MERGE, 'main', [])).toMatchObject({ number: 8 });
  });

  test.each([
    ['is still open', { merged_at: null }],
    ['was merged into another branch', { base: { ref: 'release', repo: HERE } }],
  ])('is not one that %s', async (_what, more) => {
    expect(await mergedPullRequestOf(answering([pull(7, more)]), MERGE, 'main', [])).toBeUndefined();
  });

  test.each([
    ['of another repository', { sha: HEAD, repo: { full_name: 'stranger/livekit' } }],
    ['of a repository that is gone', { sha: HEAD, repo: null }],
  ])('is known as a fork’s when its branch was %s', async (_what, head) => {
    expect(await mergedPullRequestOf(answering([pull(7, { head })]), MERGE, 'main', [])).toMatchObject({ fork: true });
  });

  test('is asked for again, since GitHub knows it a moment later', async () => {
    expect(await mergedPullRequestOf(answering([], [pull(7)]), MERGE, 'main', [0.001])).toMatchObject({ number: 7 });
  });
});

describe('the pull requests between two commits', () => {
  const id = (number: number) => number.toString(16).padStart(40, '0');
  const since = id(0xfff);
  const range = (until: string) => ({ since, until, branch: 'main' });

  test('are those of the branch’s own commits: a merge, a squash and both commits of a rebase', async () => {
    const history = [
      { sha: id(10), parents: [since] },
      { sha: id(11), parents: [id(10)] },
      { sha: id(1), parents: [since, id(11)] },
      { sha: id(2), parents: [id(1)] },
      { sha: id(3), parents: [id(2)] },
      { sha: id(4), parents: [id(3)] },
    ];
    const numbers: Record<string, number> = { [id(1)]: 7, [id(2)]: 8, [id(3)]: 9, [id(4)]: 9 };
    const { github, asked } = githubWith({ history, pulls: (sha) => [pull(numbers[sha] ?? 99)] });
    const found = await mergedPullRequestsBetween(github, range(id(4)));
    expect(found).toMatchObject({ status: 'ahead', leftOut: 0 });
    expect(found.pullRequests.map(({ number }) => number)).toEqual([9, 8, 7]);
    expect(asked.sort()).toEqual([id(1), id(2), id(3), id(4)]);
  });

  test('leave out commits that were pushed without one', async () => {
    const history = [
      { sha: id(1), parents: [since] },
      { sha: id(2), parents: [id(1)] },
    ];
    const { github } = githubWith({ history, pulls: (sha) => (sha === id(1) ? [pull(7)] : []) });
    const { pullRequests } = await mergedPullRequestsBetween(github, range(id(2)));
    expect(pullRequests.map(({ number }) => number)).toEqual([7]);
  });

  test('are read page by page, and the oldest of very many are left out and counted', async () => {
    const history = Array.from({ length: 260 }, (_, index) => ({
      sha: id(index + 1),
      parents: [index === 0 ? since : id(index)],
    }));
    const { github, asked, pages } = githubWith({ history, pulls: () => [pull(7)] });
    expect(await mergedPullRequestsBetween(github, range(id(260)))).toMatchObject({ leftOut: 10 });
    expect(pages).toEqual([1, 2, 3]);
    expect(asked).toHaveLength(250);
    expect(asked).not.toContain(id(10));
  });

  test('are none when nothing is between them, and it is said when the commit is the older one', async () => {
    const { github, asked } = githubWith({ status: 'behind', pulls: () => [pull(7)] });
    expect(await mergedPullRequestsBetween(github, range(id(1)))).toEqual({
      status: 'behind',
      pullRequests: [],
      leftOut: 0,
    });
    expect(asked).toEqual([]);
  });
});
