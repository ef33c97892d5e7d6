import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';

jest.unstable_mockModule('../runner/log.ts', () => ({
  log: { info: jest.fn(), debug: jest.fn(), warning: jest.fn(), error: jest.fn(), notice: jest.fn() },
}));
const { awaitApply } = await import('./interrupted-apply.ts');
const { log } = await import('../runner/log.ts');
const { lockPath } = await import('./lock.ts');
const { bucketInMemory } = await import('./test-bench.ts');
const { redact } = await import('../runner/mask.ts');

const STARTED = '2026-11-20T10:00:00Z';
const GONE = { id: 2 ** 22 - 1, startedAt: '1' };

let directory: string;
let bucket: ReturnType<typeof bucketInMemory>;
beforeEach(() => {
  jest.clearAllMocks();
  directory = mkdtempSync(join(tmpdir(), 'interrupted-'));
  bucket = bucketInMemory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const line = (type: string, addr: string) =>
  JSON.stringify({
    '@message': `${addr}: ${type}`,
    '@timestamp': '2026-11-20T10:00:05Z',
    type,
    hook: { resource: { addr }, action: 'create' },
  });

function running(more: object = {}, lines = [line('apply_start', 'a'), line('apply_complete', 'a')]) {
  const logFile = join(directory, 'log');
  writeFileSync(logFile, lines.join('\n'));
  const named = {
    environment: 'dev',
    repositoryPath: 'terraform/environments/dev',
    engine: 'terraform' as const,
    enginePath: join(directory, 'terraform'),
    directory,
    planFile: 'dev.tfplan',
  };
  return { child: GONE, startedAt: STARTED, logFile, ...named, ...more };
}

const lockOf = (who: string) =>
  JSON.stringify({ Who: who, Operation: 'OperationTypeApply', Created: '2026-11-20T10:00:02.1Z' });
const leave = (who = `${userInfo().username}@${hostname()}`) =>
  bucket.write(lockPath('dev'), lockOf(who), { contentType: 'application/json' });
const after = (unlock: 'never' | 'own' = 'never') => ({
  bucket: () => Promise.resolve(bucket),
  unlock,
  environment: { PATH: process.env['PATH'], TF_VAR_token: 'given-by-the-job' },
});

test('what is done is told, and nothing of a lock when none is left', async () => {
  const failure = await awaitApply(running(), after());
  expect(failure).toMatchObject({ code: 'LK-TF-022', evidence: 'create a' });
  expect(failure?.message).toBe(
    'The apply of dev was cancelled. terraform ended in order and kept the state; 1 of its changes are done.',
  );
});

test('a lock that is left is named with the command that removes exactly it', async () => {
  await leave();
  const failure = await awaitApply(running(), after());
  expect(failure?.message).toContain('The state is still locked by this run');
  expect(failure?.fix).toContain('`cd terraform/environments/dev && terraform force-unlock 1`');
  expect(bucket.objects.has(lockPath('dev'))).toBe(true);
});

test('its own lock is removed when that was asked for', async () => {
  await leave();
  const failure = await awaitApply(running(), after('own'));
  expect(failure?.message).toContain('own lock (1) was left; it is removed');
  expect(bucket.objects.has(lockPath('dev'))).toBe(false);
});

test('another’s lock stays, whatever was asked for', async () => {
  await leave('root@elsewhere');
  const failure = await awaitApply(running(), after('own'));
  expect(failure?.message).toContain('locked by root@elsewhere since');
  expect(bucket.objects.has(lockPath('dev'))).toBe(true);
});

test('a run that never came to a change may have waited for the lock, so it is not its own', async () => {
  await leave();
  await awaitApply(running({}, []), after('own'));
  expect(bucket.objects.has(lockPath('dev'))).toBe(true);
});

test('the lock of an apply that still runs stays', async () => {
  await leave();
  const child = { id: process.pid, startedAt: '' };
  const failure = await awaitApply(running({ child }), { ...after('own'), limitSeconds: 0.05 });
  expect(failure?.message).toContain('ends with the runner');
  expect(failure?.fix).toContain('force-unlock 1');
  expect(bucket.objects.has(lockPath('dev'))).toBe(true);
});

test('after a failure that main has told, only its own lock is news', async () => {
  await expect(awaitApply(running({ told: true }), after())).resolves.toBeUndefined();
  await leave('ada@laptop');
  await expect(awaitApply(running({ told: true }), after())).resolves.toBeUndefined();
  expect(log.warning).not.toHaveBeenCalled();
  bucket.objects.clear();
  await leave();
  await expect(awaitApply(running({ told: true }), after())).resolves.toMatchObject({
    code: 'LK-TF-046',
    message: expect.stringContaining('still locked by this run') as string,
  });
});

test('a bucket that does not answer does not hide what became of the apply', async () => {
  const failure = await awaitApply(running(), { ...after(), bucket: () => Promise.reject(new Error('no route')) });
  expect(failure?.message).toContain('1 of its changes are done. Whether a lock is left could not be seen: no route');
});

describe('messages that quote what was sent', () => {
  const error = (detail: string) =>
    JSON.stringify({
      '@message': 'x',
      type: 'diagnostic',
      diagnostic: { severity: 'error', summary: 'Refused', detail },
    });
  const quoting = () =>
    running({}, [line('apply_start', 'a'), error('the API refused "kept-in-the-plan" and "given-by-the-job"')]);

  test('are shown without the plan’s sensitive values', async () => {
    const marked = { type: 'string', sensitive: true };
    const plan = {
      format_version: '1.2',
      resource_changes: [
        {
          address: 'a.b',
          type: 'a',
          change: {
            actions: ['create'],
            before: null,
            after: { key: 'kept-in-the-plan' },
            after_sensitive: { key: true },
          },
        },
      ],
      configuration: { root_module: { variables: { token: marked } } },
    };
    writeFileSync(join(directory, 'plan.json'), JSON.stringify(plan));
    const script = '#!/bin/sh\n[ "$1" = show ] && [ "$4" = dev.tfplan ] && cat plan.json\n';
    writeFileSync(join(directory, 'terraform'), script, { mode: 0o755 });
    await awaitApply(quoting(), after());
    const said = jest.mocked(log.error).mock.calls.map(([text]) => redact(text));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('the API refused');
    expect(said[0]).not.toMatch(/kept-in-the-plan|given-by-the-job/);
  });

  test('are left out when the plan cannot be read', async () => {
    await awaitApply(quoting(), after());
    expect(log.error).not.toHaveBeenCalled();
    expect(jest.mocked(log.warning).mock.calls[0]?.[0]).toContain('terraform’s messages (1) are left out');
  });
});
