import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';

jest.unstable_mockModule('../runner/log.ts', () => ({
  log: { info: jest.fn(), debug: jest.fn(), warning: jest.fn(), error: jest.fn(), notice: jest.fn() },
}));
const { annotate } = await import('./annotate.ts');
const { Engine } = await import('./engine.ts');
const { log } = await import('../runner/log.ts');

let directory: string;
beforeEach(() => {
  jest.clearAllMocks();
  directory = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** An engine whose program is a script: it notes its arguments, then does what `script` says. */
function engineOf(script: string, signal = new AbortController().signal) {
  const path = join(directory, 'terraform');
  writeFileSync(path, `#!/bin/bash\necho "$@" >>"${directory}/arguments"\n${script}\n`);
  chmodSync(path, 0o755);
  return new Engine({
    name: 'terraform',
    path,
    version: '1.11.4',
    directory,
    repositoryPath: 'terraform/environments/dev',
    environment: { PATH: process.env['PATH'], TF_VAR_livekit_api_secret: 'swordfish' },
    signal,
  });
}
const calls = () => readFileSync(join(directory, 'arguments'), 'utf8').trim().split('\n');

const diagnostic = (summary: string, more: object = {}) =>
  JSON.stringify({
    '@message': `Error: ${summary}`,
    type: 'diagnostic',
    diagnostic: { severity: 'error', summary, detail: '', ...more },
  });
const say = (...lines: string[]) => lines.map((line) => `printf '%s\\n' '${line}'`).join('\n');
const backend = { bucket: 'state', prefix: 'livekit/dev', more: ['kms_encryption_key=k'] };

describe('init', () => {
  test('gives the backend’s settings, and keeps to the lock file when there is one', async () => {
    await engineOf('').init(backend);
    writeFileSync(join(directory, '.terraform.lock.hcl'), '');
    await engineOf('').init(backend);
    const [without, withLockFile] = calls();
    expect(without).toContain(
      '-backend-config=bucket=state -backend-config=prefix=livekit/dev -backend-config=kms_encryption_key=k',
    );
    expect(without).not.toContain('-lockfile');
    expect(log.warning).toHaveBeenCalledTimes(1);
    expect(withLockFile).toContain('-lockfile=readonly');
  });

  test('is not tried again for what stays wrong, and says Terraform’s words', async () => {
    const engine = engineOf(`${say(diagnostic('Invalid provider version'))}\nexit 1`);
    await expect(engine.init(backend)).rejects.toMatchObject({
      code: 'LK-TF-001',
      message: 'terraform init failed: Invalid provider version',
    });
    expect(calls()).toHaveLength(1);
  });
});

describe('plan', () => {
  test.each([
    [0, false],
    [2, true],
  ])('exit status %i means changes: %s', async (status, hasChanges) => {
    const made = await engineOf(`exit ${status}`).plan('/tmp/plan', { lock: false, lockTimeout: '5m' });
    expect(made.hasChanges).toBe(hasChanges);
    expect(calls()[0]).toContain('-lock=false -out=/tmp/plan');
  });

  test('the mode, targets and replacements are arguments of their own', async () => {
    const options = { lock: false, lockTimeout: '5m' };
    const engine = engineOf('exit 0');
    await engine.plan('/tmp/plan', { ...options, destroy: true });
    await engine.plan('/tmp/plan', { ...options, refreshOnly: true });
    await engine.plan('/tmp/plan', { ...options, targets: ['module.a["x y"]', 'b.c'], replace: ['d.e'] });
    const [destroy, refreshOnly, partial] = calls();
    expect(destroy).toContain('-lock=false -destroy -out=/tmp/plan');
    expect(refreshOnly).toContain('-lock=false -refresh-only -out=/tmp/plan');
    expect(partial).toContain('-lock=false -target=module.a["x y"] -target=b.c -replace=d.e -out=/tmp/plan');
  });

  test('an error at a line of a file is the configuration’s', async () => {
    const range = { filename: 'main.tf', start: { line: 3 } };
    const engine = engineOf(`${say(diagnostic('Unsupported argument', { range }), diagnostic('Another'))}\nexit 1`);
    await expect(engine.plan('/tmp/plan', { lock: true, lockTimeout: '1m' })).rejects.toMatchObject({
      code: 'LK-TF-002',
      message: 'terraform plan failed: terraform/environments/dev/main.tf:3: Unsupported argument (and 1 more)',
    });
    expect(calls()[0]).toContain('-lock-timeout=1m');
    const place = { file: 'terraform/environments/dev/main.tf', line: 3 };
    expect(log.error).toHaveBeenCalledWith('Unsupported argument', place, 'Terraform');
  });

  test('a lock is named with its holder and the command that removes it', async () => {
    const detail =
      'Lock Info:\\n  ID:        99\\n  Who:       ada@laptop\\n  Operation: OperationTypeApply\\n  Created:   2026-11-20 10:00\\n';
    const line = diagnostic('Error acquiring the state lock').replace('"detail":""', `"detail":"${detail}"`);
    await expect(
      engineOf(`${say(line)}\nexit 1`).plan('/tmp/p', { lock: true, lockTimeout: '1s' }),
    ).rejects.toMatchObject({
      code: 'LK-TF-005',
      message: expect.stringContaining('ada@laptop since 2026-11-20 10:00 UTC, ') as string,
      fix: expect.stringContaining('terraform force-unlock 99') as string,
    });
  });
});

describe('apply', () => {
  const options = () => ({ lockTimeout: '5m', logFile: join(directory, 'log'), onStart: () => undefined });

  test('applies the file, and the secret is in no argument', async () => {
    const { failed } = await engineOf('').apply('/tmp/plan', options());
    expect(failed).toBeUndefined();
    expect(calls()[0]).toMatch(/^apply -json .* \/tmp\/plan$/);
    expect(calls()[0]).not.toContain('swordfish');
  });

  test('a stale plan is told as a state that changed', async () => {
    const { failed } = await engineOf(`${say(diagnostic('Saved plan is stale'))}\nexit 1`).apply(
      '/tmp/plan',
      options(),
    );
    expect(failed?.code).toBe('LK-TF-018');
  });

  test('an interrupted apply says how much is done', async () => {
    const cancel = new AbortController();
    const complete = JSON.stringify({
      '@message': 'a: Creation complete',
      type: 'apply_complete',
      hook: { resource: { addr: 'a' } },
    });
    const script = `trap 'exit 1' INT\n${say(complete)}\nfor i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; done`;
    const applying = engineOf(script, cancel.signal).apply('/tmp/plan', options());
    setTimeout(() => cancel.abort(), 500);
    const { failed } = await applying;
    expect(failed).toMatchObject({
      code: 'LK-TF-022',
      message: expect.stringContaining('1 of its changes are done') as string,
    });
  });
});

test('the annotations have errors first, each once, at their files', () => {
  const warning = { severity: 'warning', summary: 'Deprecated', detail: '' } as const;
  const error = {
    severity: 'error',
    summary: 'Broken',
    detail: '',
    range: { filename: 'a.tf', start: { line: 2 } },
  } as const;
  annotate(
    [warning, error, error, { severity: 'error', summary: 'execution halted', detail: '' }],
    'terraform/environments/dev',
  );
  expect(log.error).toHaveBeenCalledTimes(1);
  expect(log.error).toHaveBeenCalledWith('Broken', { file: 'terraform/environments/dev/a.tf', line: 2 }, 'Terraform');
  expect(log.warning).toHaveBeenCalledWith('Deprecated', undefined);
});
