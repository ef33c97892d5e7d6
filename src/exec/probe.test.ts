import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './detached.ts';
import { probe } from './probe.ts';

let work = '';
beforeEach(() => (work = mkdtempSync(join(tmpdir(), 'probe-'))));
afterEach(() => rmSync(work, { recursive: true, force: true }));

function script(text: string): string {
  const file = join(work, 'tool');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

test('a program’s answer is given with its exit code', async () => {
  await expect(probe(script('echo v1.2.3; exit 4'), ['version'])).resolves.toEqual({ exitCode: 4, stdout: 'v1.2.3\n' });
});

test('a program that does not answer in time is ended, with what it started', async () => {
  const file = script(`sleep 60 &\necho $! >${join(work, 'id')}\nwait`);
  await expect(probe(file, ['version'], 0.5)).rejects.toMatchObject({ code: 'LK-EXEC-002' });
  const id = Number(readFileSync(join(work, 'id'), 'utf8'));
  await expect(isRunning({ id, startedAt: '' })).resolves.toBe(false);
});
