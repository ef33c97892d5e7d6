import { jest } from '@jest/globals';
import type { GitHubClient } from '../github/client.ts';
import { environmentPaths } from '../environment/outputs.ts';
import { digestOf, type Envelope } from './envelope.ts';
import type { storePlan as StorePlan } from './plan-store.ts';

const warning = jest.fn<(text: string) => void>();
jest.unstable_mockModule('../runner/log.ts', () => ({
  log: { info: jest.fn(), warning, error: jest.fn(), notice: jest.fn(), debug: jest.fn() },
  step: (_title: string, work: () => Promise<unknown>) => work(),
}));
const { storePlan } = (await import('./plan-store.ts')) as { storePlan: typeof StorePlan };
const { checkRunPlanEvent, findReviewed, findRunPlan } = await import('./reviewed-plan.ts');
const { bucketInMemory, envelopeOf } = await import('./test-bench.ts');

const sha = (letter: string) => letter.repeat(40);
const REPOSITORY = { full_name: 'nova/livekit' };
const BASE = sha('0');

interface Pull {
  readonly number: number;
  /** Its last commit, and the commit that its merge made. */
  readonly head: string;
  readonly merged: string;
  readonly fork?: boolean;
  readonly base?: string;
}

/** A branch on which each pull request is one commit, from BASE on. */
function githubWith(pulls: readonly Pull[], status = 'ahead'): GitHubClient {
  const shown = (pull: Pull) => ({
    number: pull.number,
    html_url: `https://x/${pull.number}`,
    merged_at: '2026-11-01T10:00:00Z',
    merge_commit_sha: pull.merged,
    head: { sha: pull.head, repo: pull.fork === true ? { full_name: 'stranger/livekit' } : REPOSITORY },
    base: { ref: pull.base ?? 'main', repo: REPOSITORY },
  });
  const commits = pulls.map(({ merged }, index) => ({
    sha: merged,
    parents: [{ sha: pulls[index - 1]?.merged ?? BASE }],
  }));
  const octokit = {
    rest: {
      repos: {
        listPullRequestsAssociatedWithCommit: ({ commit_sha }: { commit_sha: string }) =>
          Promise.resolve({ data: pulls.filter(({ merged }) => merged === commit_sha).map(shown) }),
        compareCommitsWithBasehead: () => Promise.resolve({ data: { status, total_commits: commits.length, commits } }),
      },
    },
  };
  return {
    repository: { owner: 'nova', name: 'livekit' },
    call: (_subject: unknown, work: (octokit: never, at: never) => Promise<unknown>) =>
      work(octokit as never, {} as never),
  } as unknown as GitHubClient;
}

let bucket: ReturnType<typeof bucketInMemory>;
const FIRST: Pull = { number: 7, head: sha('a'), merged: sha('b') };
const SECOND: Pull = { number: 8, head: sha('c'), merged: sha('d') };

/** Stores a plan as the workflow does; gives what it holds. */
async function store(pull: Pull, more: Partial<Envelope> = {}, text = `plan of ${pull.number}`): Promise<Buffer> {
  const content = Buffer.from(text);
  await storePlan(
    bucket,
    content,
    envelopeOf({
      pullRequest: pull.number,
      commits: { head: pull.head, base: BASE, planned: sha('9') },
      plan: { sha256: digestOf(content), sizeBytes: content.length, hasChanges: true },
      createdAt: new Date(Date.now() - 3_600_000).toISOString(),
      ...more,
    }),
  );
  return content;
}

const published = (commit: string) =>
  bucket.objects.set(environmentPaths('dev').outputs, Buffer.from(JSON.stringify({ commit })));

const find = (github: GitHubClient, commit: string) =>
  findReviewed(github, bucket, { environment: 'dev', commit, branch: 'main', maxAgeHours: 168, waitsSeconds: [] });

beforeEach(() => {
  bucket = bucketInMemory();
  warning.mockClear();
});

describe('the plan of a merged pull request', () => {
  test('is the newest one whose file is the recorded one', async () => {
    await store(FIRST, { run: { id: '50', attempt: 1, url: 'u' } }, 'the older plan');
    const newest = await store(FIRST, { run: { id: '41', attempt: 1, url: 'u' }, createdAt: new Date().toISOString() });
    const { plan, source } = await find(githubWith([FIRST]), FIRST.merged);
    expect(source).toBe('pull-request');
    expect(plan).toMatchObject({ pullRequest: { number: 7 }, content: newest });
  });

  test('is not a newer one that was planted without its bytes', async () => {
    const honest = await store(FIRST);
    await store(FIRST, { run: { id: '99', attempt: 1, url: 'u' }, createdAt: new Date().toISOString() }, 'forged');
    bucket.objects.set(`livekit/dev/plans/${FIRST.head}/99-1.tfplan`, Buffer.from('FORGED'));
    expect((await find(githubWith([FIRST]), FIRST.merged)).plan?.content).toEqual(honest);
    expect(warning).toHaveBeenCalledWith(expect.stringContaining('SHA-256'));
  });

  test.each([
    ['another environment', { environment: 'prd' }],
    ['another pull request', { pullRequest: 9 }],
    ['another repository', { repository: 'stranger/livekit' }],
  ])('is not one of %s', async (_what, more) => {
    await store(FIRST, more);
    // It lies where plans of dev lie, as someone may have copied it there.
    for (const [path, content] of [...bucket.objects])
      bucket.objects.set(path.replace('livekit/prd/', 'livekit/dev/'), content);
    await expect(find(githubWith([FIRST]), FIRST.merged)).rejects.toMatchObject({ code: 'LK-TF-014' });
  });

  test('is refused with its digest when it is the only one and was changed', async () => {
    await store(FIRST);
    bucket.objects.set(`livekit/dev/plans/${FIRST.head}/42-1.tfplan`, Buffer.from('plan of 8'));
    await expect(find(githubWith([FIRST]), FIRST.merged)).rejects.toMatchObject({
      code: 'LK-TF-012',
      message: expect.stringContaining('SHA-256') as string,
    });
  });

  test('is never one of a fork, whatever lies there for its commit', async () => {
    const fork = { ...FIRST, fork: true };
    await store(fork);
    await expect(find(githubWith([fork]), fork.merged)).rejects.toMatchObject({
      code: 'LK-TF-011',
      message: expect.stringContaining('it came from a fork') as string,
    });
  });

  test('is missing', async () => {
    await expect(find(githubWith([FIRST]), FIRST.merged)).rejects.toMatchObject({ code: 'LK-TF-011' });
  });
});

describe('a commit that did not come from a pull request', () => {
  test.each([
    ['a push', []],
    ['a merge into another branch', [{ ...FIRST, base: 'release' }]],
  ])('but from %s is refused', async (_what, pulls) => {
    await expect(find(githubWith(pulls), FIRST.merged)).rejects.toMatchObject({
      code: 'LK-TF-010',
      message: expect.stringContaining('pull request that was merged into main') as string,
    });
  });
});

describe('pull requests merged before it', () => {
  test('count since the last apply', async () => {
    const [first] = [await store(FIRST), await store(SECOND)];
    published(BASE);
    const { plan, others } = await find(githubWith([FIRST, SECOND]), SECOND.merged);
    expect(plan?.pullRequest?.number).toBe(8);
    expect((await others()).map(({ content }) => content)).toEqual([first]);
  });

  test('count even when the commit’s own has no plan', async () => {
    await store(FIRST);
    published(BASE);
    const { plan, others } = await find(githubWith([FIRST, SECOND]), SECOND.merged);
    expect(plan).toBeUndefined();
    expect(await others()).toHaveLength(1);
  });

  test('do not count when their plans are too old or damaged, which is said', async () => {
    await store(FIRST, { createdAt: '2020-01-01T00:00:00Z' });
    await store(SECOND);
    published(BASE);
    const { others } = await find(githubWith([FIRST, SECOND]), SECOND.merged);
    expect(await others()).toEqual([]);
    expect(warning).toHaveBeenCalledWith(expect.stringMatching(/pull request 7 does not count.*168 are allowed/));
  });

  test('are not looked for before the first apply', async () => {
    await store(FIRST);
    await store(SECOND);
    const { others } = await find(githubWith([FIRST, SECOND]), SECOND.merged);
    expect(await others()).toEqual([]);
  });
});

test('an older commit than the one that was applied last is refused: it would undo what came after it', async () => {
  await store(FIRST);
  published(SECOND.merged);
  await expect(find(githubWith([FIRST, SECOND], 'behind'), FIRST.merged)).rejects.toMatchObject({ code: 'LK-TF-027' });
});

describe('a plan of the same run', () => {
  const commit = sha('e');
  const wanted = { environment: 'dev', repository: 'nova/livekit', commit, runId: '42' };
  const RUN: Pull = { number: 0, head: commit, merged: commit };
  const uri = (path = `livekit/dev/plans/${commit}/42-1`) => `gs://${bucket.name}/${path}.tfplan`;
  const ofRun = { source: 'run', pullRequest: null, mode: 'destroy' } as const;

  test('is taken', async () => {
    const content = await store(RUN, ofRun);
    const found = await findRunPlan(bucket, uri(), wanted);
    expect(found).toMatchObject({ source: 'run', plan: { pullRequest: undefined, content } });
    expect(await found.others()).toEqual([]);
  });

  test.each([
    ['of another run', {}, { runId: '43' }, undefined, 'workflow run 42, but this is 43'],
    ['of another commit', {}, { commit: sha('f') }, undefined, `commit ${commit}`],
    ['of a pull request', { source: 'pull-request', pullRequest: 7 }, {}, undefined, 'pull request 7'],
    ['that is not there', {}, {}, `livekit/dev/plans/${commit}/42-2`, 'There is no plan'],
    ['of another environment’s folder', {}, {}, `livekit/prd/plans/${commit}/42-1`, 'no plan of dev'],
    ['by a way around', {}, {}, `livekit/dev/plans/../../prd/plans/${commit}/42-1`, 'no plan of dev'],
  ] as const)('is refused when it is one %s', async (_what, envelope, change, path, words) => {
    await store(RUN, { ...ofRun, ...envelope });
    await expect(findRunPlan(bucket, uri(path), { ...wanted, ...change })).rejects.toMatchObject({
      code: 'LK-TF-029',
      message: expect.stringContaining(words) as string,
    });
  });

  const event = { repository: { default_branch: 'main' } };
  test.each([
    ['by hand', 'workflow_dispatch'],
    ['by schedule', 'schedule'],
  ])('is for runs from the default branch started %s', (_what, eventName) => {
    expect(() => checkRunPlanEvent({ eventName, ref: 'refs/heads/main', event })).not.toThrow();
  });

  test.each([
    ['a push', { eventName: 'push', ref: 'refs/heads/main', event }],
    ['another branch', { eventName: 'workflow_dispatch', ref: 'refs/heads/trial', event }],
    [
      'an event that does not tell the default branch',
      { eventName: 'workflow_dispatch', ref: 'refs/heads/main', event: {} },
    ],
  ])('is not for %s', (_what, context) => {
    expect(() => checkRunPlanEvent(context)).toThrow(expect.objectContaining({ code: 'LK-TF-031' }) as Error);
  });
});
