import { announceNothing, forgetSecrets, mask } from '../runner/mask.ts';
import type { GitHubClient } from './client.ts';
import { marker, sectionsOf } from './comment-body.ts';
import { putSection } from './comment.ts';

interface Stored {
  id: number;
  html_url: string;
  body: string;
  user: { type: string };
  author_association: string;
}

/** GitHub's comments in memory. `onWrite` lets another job come between. */
function fakeGitHub(onWrite: (comments: Stored[], write: number) => void = () => undefined) {
  const comments: Stored[] = [];
  let writes = 0;
  let nextId = 1;
  const rest = {
    issues: {
      listComments: 'list',
      createComment: ({ body }: { body: string }) => {
        const id = nextId++;
        const made = { id, html_url: `https://x/${id}`, body, user: { type: 'Bot' }, author_association: 'NONE' };
        comments.push(made);
        onWrite(comments, ++writes);
        return Promise.resolve({ data: { html_url: made.html_url } });
      },
      updateComment: ({ comment_id, body }: { comment_id: number; body: string }) => {
        const found = comments.find(({ id }) => id === comment_id);
        if (found) found.body = body;
        onWrite(comments, ++writes);
        return Promise.resolve({ data: { html_url: `https://x/${comment_id}` } });
      },
      deleteComment: ({ comment_id }: { comment_id: number }) => {
        comments.splice(
          comments.findIndex(({ id }) => id === comment_id),
          1,
        );
        return Promise.resolve({});
      },
    },
  };
  const octokit = { rest, paginate: () => Promise.resolve(comments.map((comment) => ({ ...comment }))) };
  const client = {
    repository: { owner: 'nova', name: 'livekit' },
    call: (_subject: unknown, work: (octokit: never, at: never) => Promise<unknown>) =>
      work(octokit as never, { owner: 'nova', repo: 'livekit' } as never),
  } as unknown as GitHubClient;
  const add = (body: string, more: Partial<Stored> = {}) =>
    comments.push({
      id: nextId++,
      html_url: 'https://x/other',
      body,
      user: { type: 'User' },
      author_association: 'NONE',
      ...more,
    });
  return { client, comments, add, writes: () => writes };
}

const put = (client: GitHubClient, key: string, body: string) =>
  putSection(
    client,
    { pullRequest: 7, kind: 'terraform', head: (all) => `${all.length} environments`, key },
    () => ({ cells: [], body }),
    1,
  );

const bodies = (text: string) => Object.fromEntries(sectionsOf(text).map(({ key, body }) => [key, body]));

beforeEach(() => forgetSecrets());

describe('the sticky comment', () => {
  test('is made once and updated after that', async () => {
    const github = fakeGitHub();
    expect(await put(github.client, 'dev', 'one')).toEqual({ url: 'https://x/1', changed: true });
    expect(await put(github.client, 'dev', 'two')).toEqual({ url: 'https://x/1', changed: true });
    expect(github.comments).toHaveLength(1);
    expect(bodies(github.comments[0]?.body ?? '')).toEqual({ dev: 'two' });
  });

  test('is not written again when nothing changed', async () => {
    const github = fakeGitHub();
    await put(github.client, 'dev', 'same');
    const before = github.writes();
    expect(await put(github.client, 'dev', 'same')).toEqual({ url: 'https://x/1', changed: false });
    expect(github.writes()).toBe(before);
  });

  test('keeps the section of another job', async () => {
    const github = fakeGitHub();
    await put(github.client, 'stg', 'theirs');
    await put(github.client, 'dev', 'ours');
    expect(bodies(github.comments[0]?.body ?? '')).toEqual({ dev: 'ours', stg: 'theirs' });
  });

  test('is written again when another job wrote over it', async () => {
    let lost = '';
    const github = fakeGitHub((comments, write) => {
      // Another job that had read before this write now writes what it knows.
      if (write === 2 && comments[0]) comments[0].body = lost;
    });
    await put(github.client, 'stg', 'theirs');
    lost = github.comments[0]?.body ?? '';
    await put(github.client, 'dev', 'ours');
    expect(bodies(github.comments[0]?.body ?? '')).toEqual({ dev: 'ours', stg: 'theirs' });
  });

  test('gives up with a failure when it is overwritten again and again', async () => {
    const github = fakeGitHub((comments) => {
      if (comments[0]) comments[0].body = `${marker('terraform')}\n\nnothing`;
    });
    await expect(put(github.client, 'dev', 'ours')).rejects.toMatchObject({ code: 'LK-GITHUB-010' });
  });

  test('two comments that two jobs made at once become one with both sections', async () => {
    const first = fakeGitHub();
    await put(first.client, 'stg', 'theirs');
    const second = fakeGitHub();
    await put(second.client, 'prd', 'also theirs');
    const both = fakeGitHub();
    both.add(first.comments[0]?.body ?? '', { user: { type: 'Bot' } });
    both.add(second.comments[0]?.body ?? '', { user: { type: 'Bot' } });
    await put(both.client, 'dev', 'ours');
    expect(both.comments).toHaveLength(1);
    expect(bodies(both.comments[0]?.body ?? '')).toEqual({ dev: 'ours', prd: 'also theirs', stg: 'theirs' });
  });

  test('a comment of a stranger with our marker is left alone', async () => {
    const github = fakeGitHub();
    github.add(`${marker('terraform')}\nforged`);
    await put(github.client, 'dev', 'ours');
    expect(github.comments.map(({ body }) => body.includes('forged'))).toEqual([true, false]);
  });

  test('never holds a known secret', async () => {
    announceNothing();
    mask('swordfish-in-comment');
    const github = fakeGitHub();
    await put(
      github.client,
      'dev',
      `raw swordfish-in-comment, base64 ${Buffer.from('swordfish-in-comment').toString('base64')}`,
    );
    expect(bodies(github.comments[0]?.body ?? '')).toEqual({ dev: 'raw ***, base64 ***' });
  });
});
