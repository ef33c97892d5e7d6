import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTrial, type Trial, TRIAL_KEY } from './livekit.fixture.ts';
import { roomService } from './rooms.ts';

const PROCESS = fileURLToPath(new URL('cancel.fixture.ts', import.meta.url));

let trial: Trial;
let temporary: string;

const rooms = () => {
  const origin = { http: `http://127.0.0.1:${trial.ports.http}`, ws: '', name: '' };
  return roomService(origin, TRIAL_KEY).existing([], AbortSignal.timeout(10_000));
};

/** Verifies in a process of its own, as the action does; its temporary files have a directory of their own. */
function start() {
  const { ports, certificate } = trial;
  const place = JSON.stringify({ name: 'livekit-0', ports, certificate });
  const child = spawn(process.execPath, [PROCESS, place], {
    // Of its own group, so that what it starts is seen.
    detached: true,
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: temporary, RUNNER_TEMP: temporary },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)));
  return { child, ended: once(child, 'close'), said: () => said };
}

function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

describe('calls that go on when the job is cancelled', () => {
  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'verify-cancel-'));
    trial = await startTrial();
  });
  afterAll(async () => {
    await trial.stop();
    rmSync(temporary, { recursive: true });
  });

  test.each<[NodeJS.Signals, number]>([
    ['SIGINT', 0],
    ['SIGTERM', 300],
    ['SIGINT', 900],
    ['SIGTERM', 2500],
  ])(
    '%s, %d ms after the first room was there: nothing is left, and it is told',
    async (signal, milliseconds) => {
      const { child, ended, said } = start();
      while ((await rooms()).length === 0 && child.exitCode === null) await sleep(20);
      await sleep(milliseconds);
      child.kill(signal);
      const [code] = (await ended) as [number | null];
      expect(said()).toContain(`${signal} received: the job is being cancelled`);
      expect(said()).toContain('verify was cancelled.');
      // It ended by itself: a signal that ends a process leaves no code.
      expect(code).toBe(1);
      expect(await rooms()).toEqual([]);
      expect(isThere(child.pid ?? 0)).toBe(false);
      expect(readdirSync(temporary)).toEqual([]);
    },
    60_000,
  );

  test('uncancelled, the process ends by itself with a verdict', async () => {
    const { ended, said } = start();
    const [code] = (await ended) as [number | null];
    expect(said()).toMatch(/The verdict is (pass|warn)\./);
    expect(code).toBe(0);
    expect(await rooms()).toEqual([]);
  }, 90_000);
});
