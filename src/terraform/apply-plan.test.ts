import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { ApplyOptions } from './apply-plan.ts';
import type { Envelope } from './envelope.ts';
import type { ReviewedPlan } from './reviewed-plan.ts';
import type { Workplace } from './workplace.ts';

const warning = jest.fn<(text: string) => void>();
jest.unstable_mockModule('../runner/log.ts', () => ({
  log: { info: jest.fn(), warning, error: jest.fn(), notice: jest.fn(), debug: jest.fn() },
  step: (_title: string, work: () => Promise<unknown>) => work(),
}));
const PLANNED_TREE = { commit: '3'.repeat(40), digest: 'b'.repeat(64), directories: [], files: {}, remoteModules: [] };
let tree = PLANNED_TREE;
jest.unstable_mockModule('./tree.ts', () => ({
  readTree: () => Promise.resolve(tree),
  differingPaths: () => ['terraform/environments/dev/main.tf'],
}));
const { applyPlan } = await import('./apply-plan.ts');
const { digestOf } = await import('./envelope.ts');
const { terraformFailures } = await import('./failures.ts');
const { statePath } = await import('./state.ts');
const { bucketInMemory, envelopeOf } = await import('./test-bench.ts');

/** A plan file is the name of the fixture that the engine shows for it: plans of the real Terraform. */
const shownOf = (name: string) => readFileSync(new URL(`./fixtures/comparison/${name}.json`, import.meta.url), 'utf8');
const ANEW = 'made anew: ';

let directory: string;
let bucket: ReturnType<typeof bucketInMemory>;
/** What a new plan is. */
let present: string;
const applied = jest.fn<(file: string) => void>();
const planned = jest.fn<(options: object, environment: NodeJS.ProcessEnv) => void>();
let planFails: Error | undefined;
let applyFails: Error | undefined;

const setState = (serial: number, lineage = 'lineage') =>
  bucket.objects.set(statePath('dev'), Buffer.from(JSON.stringify({ lineage, serial })));

const engine = () => ({
  name: 'terraform',
  variable: () => undefined,
  version: '1.11.4',
  directory,
  init: () => Promise.resolve([]),
  show: (file: string) => Promise.resolve(shownOf(readFileSync(file, 'utf8').replace(ANEW, ''))),
  plan: (file: string, options: object, environment: NodeJS.ProcessEnv) => {
    planned(options, environment);
    if (planFails !== undefined) return Promise.reject(planFails);
    writeFileSync(file, `${ANEW}${present}`);
    return Promise.resolve({ hasChanges: !present.includes('nothing'), diagnostics: [] });
  },
  apply: (file: string) => {
    applied(readFileSync(file, 'utf8'));
    if (applyFails !== undefined) return Promise.resolve({ diagnostics: [], messages: [], failed: applyFails });
    const { serial, lineage } = JSON.parse(bucket.objects.get(statePath('dev'))?.toString() ?? '{}') as {
      serial: number;
      lineage: string;
    };
    setState(serial + 1, lineage);
    return Promise.resolve({ diagnostics: [], messages: [], failed: undefined });
  },
});

const place = () =>
  ({
    environment: 'dev',
    workspace: directory,
    temporaryDirectory: directory,
    repositoryPath: '.',
    bucket,
    engine: engine(),
    signal: new AbortController().signal,
  }) as unknown as Workplace;

/** A pull request's plan that is fixture `name`. */
function reviewedPlan(name: string, number = 7, more: Partial<Envelope> = {}): ReviewedPlan {
  const content = Buffer.from(name);
  const { pullRequest = number } = more;
  return {
    pullRequest:
      pullRequest === null
        ? undefined
        : { number, url: 'u', headSha: '1'.repeat(40), baseRef: 'main', mergedAt: '', fork: false },
    stored: {
      path: `livekit/dev/plans/x/${number}-1`,
      envelope: envelopeOf({
        plan: { sha256: digestOf(content), sizeBytes: content.length, hasChanges: true },
        pullRequest,
        lockFile: null,
        createdAt: new Date(Date.now() - 3_600_000).toISOString(),
        ...more,
      }),
    },
    content,
  };
}

const guard = jest.fn<ApplyOptions['guard']>();
const others = jest.fn<() => Promise<readonly ReviewedPlan[]>>();
const run = (
  plan: ReviewedPlan | undefined,
  compare: 'always' | 'when-stale' = 'when-stale',
  more: Partial<ApplyOptions> = {},
) =>
  applyPlan(
    place(),
    { source: plan?.stored.envelope.source ?? 'pull-request', plan, others },
    {
      compare,
      file: join(directory, 'dev.tfplan'),
      newFile: join(directory, 'new.tfplan'),
      logFile: join(directory, 'log'),
      lockTimeout: '5m',
      maxAgeHours: 168,
      haveSecrets: true,
      givenVariables: [],
      commit: 'f'.repeat(40),
      runUrl: 'https://x/run',
      guard,
      onStart: () => undefined,
      ...more,
    },
  );
const mark = (number = 7) =>
  JSON.parse(bucket.objects.get(`livekit/dev/plans/x/${number}-1.applied.json`)?.toString() ?? 'null') as unknown;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'apply-plan-'));
  bucket = bucketInMemory();
  setState(7);
  tree = PLANNED_TREE;
  present = 'update-memory-again';
  planFails = applyFails = undefined;
  for (const each of [warning, applied, planned]) each.mockClear();
  guard.mockReset().mockResolvedValue([]);
  others.mockReset().mockResolvedValue([]);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('while everything fits, with `compare: when-stale`', () => {
  test('exactly the stored bytes are applied, and a second run does not apply them again', async () => {
    const plan = reviewedPlan('update-memory');
    await expect(run(plan)).resolves.toMatchObject({ kind: 'applied', replanned: false, differences: [] });
    expect(applied).toHaveBeenCalledWith('update-memory');
    expect(mark()).toMatchObject({ commit: 'f'.repeat(40), pullRequests: [7], replanned: false });
    await expect(run(plan)).resolves.toMatchObject({ kind: 'again' });
    expect(applied).toHaveBeenCalledTimes(1);
    expect(planned).not.toHaveBeenCalled();
  });

  test('without changes nothing is applied', async () => {
    const plan = reviewedPlan('create-nothing-left');
    const { envelope } = plan.stored;
    const stored = { ...plan.stored, envelope: { ...envelope, plan: { ...envelope.plan, hasChanges: false } } };
    await expect(run({ ...plan, stored })).resolves.toMatchObject({ kind: 'nothing' });
    expect(applied).not.toHaveBeenCalled();
  });

  test('an environment’s first plan finds the empty state that it was made for', async () => {
    bucket.objects.delete(statePath('dev'));
    await run(reviewedPlan('create', 7, { state: { lineage: 'first', serial: 1, first: true } }));
    expect(applied).toHaveBeenCalledWith('create');
  });

  test('another lock file of the same tree is refused: other providers may do other things', async () => {
    await expect(run(reviewedPlan('update-memory', 7, { lockFile: 'c'.repeat(64) }))).rejects.toMatchObject({
      code: 'LK-TF-016',
    });
    expect(applied).not.toHaveBeenCalled();
  });
});

describe('when the stored plan is stale', () => {
  test.each([
    ['the state moved on', () => setState(9), /serial 7 of the state; it is at serial 9 now/],
    [
      'others merged before',
      () => (tree = { ...PLANNED_TREE, digest: 'd'.repeat(64) }),
      /differs in terraform\/environ/,
    ],
  ])('since %s, it is planned anew, and the new plan is applied when it is what was reviewed', async (_w, act, why) => {
    act();
    const result = await run(reviewedPlan('update-memory'));
    expect(result).toMatchObject({ kind: 'applied', replanned: true });
    expect(result.reasons.join(' ')).toMatch(why);
    expect(applied).toHaveBeenCalledWith(`${ANEW}update-memory-again`);
    expect(mark()).toMatchObject({ replanned: true });
  });

  test('nothing is applied when something in it was not reviewed, and the difference is told', async () => {
    setState(9);
    present = 'update-memory-other';
    const result = await run(reviewedPlan('update-memory'));
    expect(result).toMatchObject({ kind: 'differs', differences: [{ address: 'terraform_data.redis' }] });
    expect(result.failure).toMatchObject({
      code: 'LK-TF-025',
      message:
        '1 of the 1 changes that would be made in dev now were not reviewed in pull request 7: update terraform_data.redis.',
      why: expect.stringContaining('serial 9') as string,
    });
    expect(applied).not.toHaveBeenCalled();
    expect(guard).not.toHaveBeenCalled();
  });

  test('a run that starts again after a failed apply does what is left', async () => {
    applyFails = terraformFailures.failure('apply', { what: 'Quota is used up.' });
    const plan = reviewedPlan('create');
    await expect(run(plan)).resolves.toMatchObject({ kind: 'failed', failure: applyFails });
    expect(mark()).toBeNull();
    applyFails = undefined;
    setState(8);
    present = 'create-rest';
    await expect(run(plan)).resolves.toMatchObject({ kind: 'applied', replanned: true });
    expect(applied).toHaveBeenLastCalledWith(`${ANEW}create-rest`);
  });

  test('an apply that was interrupted but had done everything left nothing to do', async () => {
    setState(8);
    present = 'create-nothing-left';
    await expect(run(reviewedPlan('create'))).resolves.toMatchObject({ kind: 'again', failure: undefined });
    expect(applied).not.toHaveBeenCalled();
  });

  test('the variables of the reviewed plan are used for what neither the step nor a file gives', async () => {
    setState(8);
    present = 'secret';
    const plan = reviewedPlan('secret');
    await run(plan);
    expect(planned.mock.calls[0]?.[1]).toMatchObject({ TF_VAR_password: 'swordfish-one' });
    planned.mockClear();
    setState(20);
    await run(plan, 'when-stale', { givenVariables: ['password'] });
    expect(planned.mock.calls[0]?.[1]).not.toHaveProperty('TF_VAR_password');
  });

  test('another state altogether is refused', async () => {
    setState(7, 'other');
    await expect(run(reviewedPlan('update-memory'))).rejects.toMatchObject({ code: 'LK-TF-019' });
    expect(planned).not.toHaveBeenCalled();
  });
});

describe('several pull requests', () => {
  test('that came in one push are applied together: each change was reviewed in one of them', async () => {
    tree = { ...PLANNED_TREE, digest: 'd'.repeat(64) };
    present = 'update-both';
    others.mockResolvedValue([reviewedPlan('update-labels', 6)]);
    const result = await run(reviewedPlan('update-memory'));
    expect(result).toMatchObject({ kind: 'applied' });
    expect(result.covered.map(({ pullRequest }) => pullRequest?.number)).toEqual([6, 7]);
    expect(mark(6)).toMatchObject({ pullRequests: [6, 7] });
  });

  test('are not looked for while the commit’s own plan says it all', async () => {
    setState(9);
    await run(reviewedPlan('update-memory'));
    expect(others).not.toHaveBeenCalled();
  });

  test('whose plan another version made do not count, which is said', async () => {
    setState(9);
    present = 'update-both';
    others.mockResolvedValue([reviewedPlan('update-labels', 6, { engine: { name: 'tofu', version: '1.12.6' } })]);
    await expect(run(reviewedPlan('update-memory'))).resolves.toMatchObject({ kind: 'differs' });
    expect(warning).toHaveBeenCalledWith(expect.stringMatching(/pull request 6 does not count.*tofu 1\.12\.6/));
  });

  test('carry a commit whose own pull request has no plan', async () => {
    others.mockResolvedValue([reviewedPlan('update-memory', 6)]);
    const result = await run(undefined);
    expect(result).toMatchObject({ kind: 'applied', replanned: true });
    expect(mark(6)).toMatchObject({ pullRequests: [6] });
  });
});

describe('with `compare: always`', () => {
  test('the new plan is applied, never the stored file, though it fits in everything', async () => {
    await expect(run(reviewedPlan('update-memory'), 'always')).resolves.toMatchObject({
      kind: 'applied',
      replanned: true,
    });
    expect(applied).toHaveBeenCalledWith(`${ANEW}update-memory-again`);
  });

  test('a plan that a branch forged by its own workflow does not get what it asks for', async () => {
    // File and record fit each other, state and tree: only what the tree really does tells.
    present = 'update-memory';
    await expect(run(reviewedPlan('delete', 7), 'always')).resolves.toMatchObject({ kind: 'differs' });
    expect(applied).not.toHaveBeenCalled();
    // One that does the honest thing and more gets the honest thing only.
    await expect(run(reviewedPlan('update-memory-create-dns', 7), 'always')).resolves.toMatchObject({
      kind: 'applied',
    });
    expect(applied.mock.calls).toEqual([[`${ANEW}update-memory`]]);
  });

  test('no variable is taken from the stored plan', async () => {
    present = 'secret';
    await run(reviewedPlan('secret'), 'always');
    expect(planned.mock.calls[0]?.[1]).not.toHaveProperty('TF_VAR_password');
  });

  test.each([
    ['to destroy everything', { mode: 'destroy' }],
    ['to replace', { exception: { reason: 'x', targets: [], replace: ['terraform_data.redis'] } }],
  ] as const)('a pull request’s record does not get %s', async (_what, more) => {
    await expect(run(reviewedPlan('update-memory', 7, more as never), 'always')).rejects.toMatchObject({
      code: 'LK-TF-028',
    });
    expect(planned).not.toHaveBeenCalled();
  });

  test('a note that the plan was applied is not believed', async () => {
    const note = { runUrl: 'u', appliedAt: 'x', state: { lineage: 'lineage', serial: 7 } };
    bucket.objects.set('livekit/dev/plans/x/7-1.applied.json', Buffer.from(JSON.stringify(note)));
    await expect(run(reviewedPlan('update-memory'), 'always')).resolves.toMatchObject({ kind: 'applied' });
  });

  test('an environment’s first plan is applied to an empty state of its own', async () => {
    bucket.objects.delete(statePath('dev'));
    present = 'create';
    await run(reviewedPlan('create', 7, { state: { lineage: 'first', serial: 1, first: true } }), 'always');
    expect(applied).toHaveBeenCalledWith(`${ANEW}create`);
    expect(bucket.objects.has(statePath('dev'))).toBe(true);
  });
});

describe('a plan of the same run', () => {
  const ofRun = { source: 'run', pullRequest: null, mode: 'destroy' } as const;

  test('that destroys is planned anew as one that destroys', async () => {
    present = 'delete';
    await expect(run(reviewedPlan('delete', 7, ofRun), 'always')).resolves.toMatchObject({ kind: 'applied' });
    expect(planned.mock.calls[0]?.[0]).toMatchObject({ destroy: true });
  });

  test('of a few targets is planned anew with them', async () => {
    const exception = { reason: 'x', targets: ['terraform_data.redis'], replace: ['terraform_data.dns'] };
    await run(reviewedPlan('update-memory', 7, { ...ofRun, mode: 'apply', exception }), 'always');
    expect(planned.mock.calls[0]?.[0]).toMatchObject({ targets: exception.targets, replace: exception.replace });
  });
});

describe.each(['always', 'when-stale'] as const)('before anything is applied (%s)', (compare) => {
  test('the guards are asked, and what they throw ends it', async () => {
    guard.mockRejectedValue(terraformFailures.failure('plan', { what: 'Not allowed.' }));
    await expect(run(reviewedPlan('update-memory'), compare)).rejects.toThrow('Not allowed.');
    expect(applied).not.toHaveBeenCalled();
    expect(guard.mock.calls[0]?.[0].model.counts.change).toBe(1);
    expect(guard.mock.calls[0]?.[1].map(({ pullRequest }) => pullRequest?.number)).toEqual([7]);
  });

  test('a plan that is too old is refused', async () => {
    const createdAt = '2020-01-01T00:00:00Z';
    await expect(run(reviewedPlan('update-memory', 7, { createdAt }), compare)).rejects.toMatchObject({
      code: 'LK-TF-026',
      message: expect.stringContaining('168 are allowed') as string,
    });
    expect(applied).not.toHaveBeenCalled();
  });

  test('a plan of another version is refused: it cannot even be read', async () => {
    const engineOfPlan = { name: 'terraform' as const, version: '1.12.0' };
    await expect(run(reviewedPlan('update-memory', 7, { engine: engineOfPlan }), compare)).rejects.toMatchObject({
      code: 'LK-TF-017',
    });
  });
});

describe('variables that a new plan lacks', () => {
  const refusal = (...names: string[]) =>
    terraformFailures.failure('configuration', {
      what: 'terraform plan failed: No value for required variable',
      evidence: names
        .map((name) => `No value for required variable: The root module input variable "${name}" is not set`)
        .join('\n'),
    });

  test('are named, with the input that gives them', async () => {
    planFails = refusal('project_id', 'domain');
    await expect(run(reviewedPlan('update-memory'), 'always')).rejects.toMatchObject({
      code: 'LK-TF-030',
      message: 'terraform has no value for project_id, domain.',
      fix: expect.stringContaining('`variables`') as string,
    });
  });

  test('are the LiveKit secrets’ own failure when it is them', async () => {
    planFails = refusal('livekit_api_key', 'livekit_api_secret');
    await expect(run(reviewedPlan('update-memory'), 'always')).rejects.toMatchObject({ code: 'LK-TF-023' });
  });
});

test('what was applied stays applied when only the note of it cannot be written', async () => {
  const write = bucket.write.bind(bucket);
  bucket.write = (path, ...rest) =>
    path.endsWith('.applied.json') ? Promise.reject(new Error('no route to host')) : write(path, ...rest);
  await expect(run(reviewedPlan('update-memory'))).resolves.toMatchObject({ kind: 'applied' });
  expect(warning).toHaveBeenCalledWith(expect.stringContaining('no route to host'));
});
