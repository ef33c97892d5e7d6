import type { GitHubClient } from './client.ts';
import { changedFiles } from './changed-files.ts';
import { githubFailures } from './failures.ts';

const SHA = { a: 'a'.repeat(40), b: 'b'.repeat(40), none: '0'.repeat(40) };

/** Answers one call; `asked` has its permission and the parameters that Octokit got. */
function client(answer: unknown) {
  const asked: unknown[] = [];
  const note = (kind: string, parameters: object) => asked.push({ kind, ...parameters });
  const octokit = {
    paginate: async (_route: unknown, parameters: object) => (note('files', parameters), answer),
    rest: {
      pulls: { listFiles: undefined },
      repos: {
        compareCommitsWithBasehead: async (parameters: object) => (note('compare', parameters), { data: answer }),
      },
    },
  };
  const github = {
    repository: { owner: 'nova', name: 'livekit' },
    call: async (subject: { permission: string }, work: (octokit: unknown, at: object) => Promise<unknown>) => {
      if (answer instanceof Error) throw answer;
      asked.push(subject.permission);
      return work(octokit, {});
    },
  } as unknown as GitHubClient;
  return { asked, github: () => github };
}

const files = (count: number) => Array.from({ length: count }, (_, i) => ({ filename: `f${i}` }));
const pull = (count: number) => ({ pull_request: { number: 7, changed_files: count } });
const push = { before: SHA.a, after: SHA.b, forced: false };

test('of a pull request: its files, a renamed one with both names', async () => {
  const { asked, github } = client([{ filename: 'b', previous_filename: 'a' }, { filename: 'c' }]);
  expect(await changedFiles(github, 'pull_request', pull(2))).toEqual({ kind: 'files', files: ['b', 'a', 'c'] });
  expect(asked).toEqual(['pull-requests: read', { kind: 'files', pull_number: 7, per_page: 100 }]);
});

test('of a push and of a merge group: what is between the two commits', async () => {
  const { asked, github } = client({ status: 'ahead', files: files(2) });
  const expected = { kind: 'files', files: ['f0', 'f1'] };
  expect(await changedFiles(github, 'push', push)).toEqual(expected);
  const group = { merge_group: { base_sha: SHA.a, head_sha: SHA.b } };
  expect(await changedFiles(github, 'merge_group', group)).toEqual(expected);
  const call = { kind: 'compare', basehead: `${SHA.a}...${SHA.b}`, per_page: 1 };
  expect(asked).toEqual(['contents: read', call, 'contents: read', call]);
});

test.each<[what: string, event: string, payload: object, answer: unknown, why: RegExp]>([
  ['a new branch', 'push', { ...push, before: SHA.none }, files(1), /made the branch/],
  ['a rewritten branch', 'push', { ...push, forced: true }, files(1), /rewrote the branch/],
  ['a branch that went back', 'push', push, { status: 'behind' }, /rewrote the branch/],
  ['a push of as many files as GitHub lists', 'push', push, { status: 'ahead', files: files(300) }, /300 files/],
  ['a pull request of more files than GitHub lists', 'pull_request', pull(3001), files(1), /3000 files/],
  ['a pull request whose list is full', 'pull_request', { pull_request: { number: 7 } }, files(3000), /3000 files/],
  ['a push without its commits', 'push', {}, files(1), /lacks its commits/],
  ['an answer of another form', 'pull_request', pull(1), [{ name: 'x' }], /not as expected/],
  ['a comparison of another form', 'push', push, { files: [] }, /not as expected/],
  [
    'a GitHub that does not answer',
    'push',
    push,
    githubFailures.failure('unavailable', { what: 'GitHub did not answer.' }),
    /^GitHub did not answer$/,
  ],
])('%s is not known', async (_, event, payload, answer, why) => {
  const changes = await changedFiles(client(answer).github, event, payload);
  expect(changes).toEqual({ kind: 'unknown', why: expect.stringMatching(why) as string, expected: false });
});

test('a pull request of exactly as many files as GitHub lists is whole', async () => {
  const changes = await changedFiles(client(files(3000)).github, 'pull_request', pull(3000));
  expect(changes).toMatchObject({ kind: 'files' });
});

test.each(['workflow_dispatch', 'schedule', 'local'])('%s is about no changes', async (event) => {
  expect(await changedFiles(client([]).github, event, {})).toMatchObject({ kind: 'unknown', expected: true });
});

test('what is no failure of GitHub is not taken for one', async () => {
  await expect(changedFiles(client(new TypeError('a mistake')).github, 'push', push)).rejects.toThrow('a mistake');
});
