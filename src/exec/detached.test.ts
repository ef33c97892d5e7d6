import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DetachedProcess, isRunning, runDetached, waitForDetached } from './detached.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'detached-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function start(script: string, signal = new AbortController().signal) {
  const lines: string[] = [];
  let child: DetachedProcess | undefined;
  const logFile = join(directory, 'log');
  const done = runDetached('/bin/bash', ['-c', script], {
    cwd: directory,
    env: process.env,
    logFile,
    signal,
    onLine: (line) => lines.push(line),
    onStart: (started) => (child = started),
  });
  return { done, lines, logFile, child: () => child };
}

test('gives the exit code, and each line of both streams', async () => {
  const { done, lines, logFile } = start('echo one; echo two >&2; printf three; exit 3');
  expect(await done).toBe(3);
  expect(lines).toEqual(['one', 'two', 'three']);
  expect(statSync(logFile).mode & 0o777).toBe(0o600);
});

test('sends one interrupt when the job is cancelled, and waits for the orderly end', async () => {
  const cancel = new AbortController();
  const { done, lines } = start(
    'trap "echo interrupted" INT; echo ready; for i in 1 2 3 4 5 6; do sleep 0.1; done; echo saved; exit 1',
    cancel.signal,
  );
  while (!lines.includes('ready')) await new Promise((resolve) => setTimeout(resolve, 20));
  cancel.abort();
  expect(await done).toBe(1);
  expect(lines).toEqual(['ready', 'interrupted', 'saved']);
});

test('a process that main left is waited for, and its end is seen', async () => {
  const run = start('sleep 0.4; echo done');
  while (run.child() === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  const child = run.child() as DetachedProcess;
  expect(await waitForDetached(child, 0.05, run.logFile, () => undefined)).toBe(false);
  expect(await waitForDetached(child, 5, run.logFile, () => undefined)).toBe(true);
  expect(await isRunning(child)).toBe(false);
  await run.done;
  expect(readFileSync(run.logFile, 'utf8')).toBe('done\n');
});

test('another process with the same number is not taken for it', async () => {
  expect(await isRunning({ id: process.pid, startedAt: '1' })).toBe(false);
});

test('a program that does not exist is named', async () => {
  const done = runDetached(join(directory, 'absent'), [], {
    cwd: directory,
    env: {},
    logFile: join(directory, 'log'),
    signal: new AbortController().signal,
    onLine: () => undefined,
    onStart: () => undefined,
  });
  await expect(done).rejects.toMatchObject({ code: 'LK-EXEC-001' });
});
