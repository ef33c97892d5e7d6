import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Workplace } from './workplace.ts';

const warning = jest.fn<(text: string) => void>();
jest.unstable_mockModule('../runner/log.ts', () => ({
  log: { info: jest.fn(), warning, error: jest.fn(), notice: jest.fn(), debug: jest.fn() },
  step: (_title: string, work: () => Promise<unknown>) => work(),
}));
const tree = { commit: '3'.repeat(40), digest: 'b'.repeat(64), directories: [], files: {}, remoteModules: [] };
jest.unstable_mockModule('./tree.ts', () => ({ readTree: () => Promise.resolve(tree), differingPaths: () => [] }));
const { applyPlan } = await import('./apply-plan.ts');
const { digestOf } = await import('./envelope.ts');
const { statePath } = await import('./state.ts');
const { bucketInMemory, envelopeOf } = await import('./test-bench.ts');

const PLAN = Buffer.from('the plan');
const PATH = 'livekit/dev/plans/x/42-1';
const stored = {
  path: PATH,
  envelope: envelopeOf({
    plan: { sha256: digestOf(PLAN), sizeBytes: PLAN.length, hasChanges: true },
    lockFile: null,
  }),
};
const shown = readFileSync(new URL('./fixtures/nothing.json', import.meta.url), 'utf8');

let directory: string;
let bucket: ReturnType<typeof bucketInMemory>;
const apply = jest.fn<(file: string) => Promise<unknown>>();

const setState = (serial: number) =>
  bucket.objects.set(statePath('dev'), Buffer.from(JSON.stringify({ lineage: 'lineage', serial })));

const run = () =>
  applyPlan(
    {
      environment: 'dev',
      workspace: directory,
      temporaryDirectory: directory,
      repositoryPath: '.',
      bucket,
      engine: {
        name: 'terraform',
        version: '1.11.4',
        directory,
        init: () => Promise.resolve([]),
        show: () => Promise.resolve(shown),
        apply,
      },
      signal: new AbortController().signal,
    } as unknown as Workplace,
    stored,
    {
      file: join(directory, 'dev.tfplan'),
      logFile: join(directory, 'log'),
      lockTimeout: '5m',
      haveSecrets: true,
      runUrl: 'https://x/run',
      onStart: () => undefined,
    },
  );

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'apply-plan-'));
  bucket = bucketInMemory();
  bucket.objects.set(`${PATH}.tfplan`, PLAN);
  setState(7);
  warning.mockClear();
  apply.mockReset().mockImplementation(() => {
    setState(8);
    return Promise.resolve({ diagnostics: [], messages: [], failed: undefined });
  });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('exactly the stored bytes are applied, and a second run does not apply them again', async () => {
  apply.mockImplementationOnce((file) => {
    expect(readFileSync(file)).toEqual(PLAN);
    setState(8);
    return Promise.resolve({ diagnostics: [], messages: [], failed: undefined });
  });
  await expect(run()).resolves.toMatchObject({ kind: 'applied' });
  await expect(run()).resolves.toMatchObject({ kind: 'again' });
  expect(apply).toHaveBeenCalledTimes(1);
});

test('a plan that was changed in the bucket is not applied', async () => {
  bucket.objects.set(`${PATH}.tfplan`, Buffer.from('the PLAN'));
  await expect(run()).rejects.toMatchObject({ code: 'LK-TF-012' });
  expect(apply).not.toHaveBeenCalled();
});

test('a state that moved on since the plan is refused', async () => {
  setState(9);
  await expect(run()).rejects.toMatchObject({ code: 'LK-TF-018' });
  expect(apply).not.toHaveBeenCalled();
});

test('what was applied stays applied when only the note of it cannot be written', async () => {
  const write = bucket.write.bind(bucket);
  bucket.write = (path, ...rest) =>
    path.endsWith('.applied.json') ? Promise.reject(new Error('no route to host')) : write(path, ...rest);
  await expect(run()).resolves.toMatchObject({ kind: 'applied' });
  expect(warning).toHaveBeenCalledWith(expect.stringContaining('no route to host'));
});
