import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Result } from './check.ts';
import { mediaChecks } from './checks/media.ts';
import { startTrial, type Trial } from './livekit.fixture.ts';
import { bind } from './turn/allocation.ts';
import { udpChannel } from './turn/channel.ts';

const PATH = fileURLToPath(new URL('far-path.fixture.py', import.meta.url));
const NAMESPACE = `lk-far-${process.pid}`;
const [HERE, THERE] = ['10.98.7.1', '10.98.7.2'];

interface Conditions {
  delayMilliseconds?: number;
  jitterMilliseconds?: number;
  lossPercent?: number;
  udp?: boolean;
}

let ends: (() => Promise<unknown> | void)[] = [];

/** A real LiveKit at the other end of a path with these conditions, in a network namespace of its own. Needs root. */
async function farAway(conditions: Conditions) {
  const { delayMilliseconds = 0, jitterMilliseconds = 0, lossPercent = 0, udp = true } = conditions;
  execFileSync('ip', ['netns', 'add', NAMESPACE]);
  ends.push(() => void execFileSync('ip', ['netns', 'del', NAMESPACE]));
  const numbers = [delayMilliseconds, jitterMilliseconds, lossPercent].map(String);
  const path: ChildProcess = spawn('python3', [PATH, NAMESPACE, HERE, THERE, ...numbers, udp ? 'yes' : 'no'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  ends.push(async () => {
    const gone = new Promise((resolve) => path.once('exit', resolve));
    if (path.exitCode === null && path.kill('SIGKILL')) await gone;
  });
  const lines: Interface = createInterface({ input: path.stdout as NodeJS.ReadableStream });
  const told = lines[Symbol.asyncIterator]();
  expect((await told.next()).value).toBe('ready');
  const where = { address: THERE, enter: ['nsenter', `--net=/run/netns/${NAMESPACE}`] };
  const trial: Trial = await startTrial(
    (config) => (config.rtc['enable_loopback_candidate'] = false),
    'far',
    undefined,
    where,
  );
  ends.push(() => trial.stop());
  const stun = { host: THERE, port: trial.ports.turnUdp };
  return {
    world: { ...trial.world, controlStun: stun },
    stun,
    /** What the path did to audio packets since it was asked last. */
    async audio(): Promise<{ came: number; dropped: number }> {
      path.stdin?.write('\n');
      const [came = 0, dropped = 0] = String((await told.next()).value)
        .split(' ')
        .map(Number);
      return { came, dropped };
    },
  };
}

/** What `work` gives, and in how many milliseconds nine of ten STUN questions were answered meanwhile. */
async function beside<T>({ host, port }: { host: string; port: number }, work: () => Promise<T>): Promise<[T, number]> {
  const channel = udpChannel(host, port, { milliseconds: 3000, signal: new AbortController().signal });
  const took: number[] = [];
  const done = new AbortController();
  const asking = async () => {
    while (!done.signal.aborted) {
      const started = performance.now();
      if ((await bind(channel)).kind === 'granted') took.push(performance.now() - started);
    }
  };
  const questions = asking();
  try {
    const result = await work();
    done.abort();
    await questions;
    took.sort((a, b) => a - b);
    return [result, Math.round(took[Math.floor(took.length * 0.9)] ?? 0)];
  } finally {
    done.abort();
    channel.close();
  }
}

async function run(id: string, { world }: Awaited<ReturnType<typeof farAway>>): Promise<Result> {
  const check = mediaChecks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check.run(world, AbortSignal.timeout(60_000));
}

describe('a path that is far or bad', () => {
  afterEach(async () => {
    for (const end of ends.toReversed()) await end();
    ends = [];
  });

  test('200 ms of round trip with jitter are measured by each way as a STUN question takes them at the same time, and pass', async () => {
    const far = await farAway({ delayMilliseconds: 100, jitterMilliseconds: 15 });
    for (const id of ['media-udp', 'media-tcp', 'media-turn-udp', 'media-turn-tls']) {
      const [{ verdict, calls, evidence }, control] = await beside(far.stun, () => run(id, far));
      expect({ id, verdict, evidence }).toEqual({ id, verdict: expect.stringMatching(/pass|warn/), evidence });
      const trip = calls?.[0]?.roundTripMilliseconds ?? 0;
      // LiveKit takes its own time, and so does this machine for what it encrypts.
      const isMeasured = trip >= 190 && trip <= control + 60;
      expect({ id, isMeasured, trip, control }).toEqual({ id, isMeasured: true, trip, control });
    }
  }, 240_000);

  test('more than the allowed round trip is a warning', async () => {
    const { verdict, evidence } = await run('media-udp', await farAway({ delayMilliseconds: 230 }));
    expect({ verdict, evidence }).toEqual({
      verdict: 'warn',
      evidence: expect.stringContaining('More than 400 ms to far'),
    });
  }, 90_000);

  test('loss is told to the packet, within what was dropped', async () => {
    const far = await farAway({ delayMilliseconds: 20, lossPercent: 30 });
    const { verdict, evidence, calls } = await run('media-udp', far);
    const { came, dropped } = await far.audio();
    expect({ verdict, evidence }).toEqual({
      verdict: 'fail',
      evidence: expect.stringContaining('% of the packets were lost'),
    });
    // The path saw the packets before and after the measuring, too: within four standard errors of the 250 that are measured.
    const share = dropped / came;
    const error = 4 * Math.sqrt((share * (1 - share)) / 250) * 100;
    expect(Math.abs((calls?.[0]?.lossPercent ?? 0) - share * 100)).toBeLessThan(error);
  }, 90_000);

  test('loss below the threshold passes', async () => {
    const far = await farAway({ lossPercent: 1 });
    expect((await run('media-udp', far)).verdict).toMatch(/pass|warn/);
  }, 90_000);

  test.each(['media-udp', 'media-turn-udp'])(
    'without any UDP from here %s is inconclusive, not failed',
    async (id) => {
      const { verdict, cause } = await run(id, await farAway({ udp: false }));
      expect({ verdict, cause }).toEqual({
        verdict: 'inconclusive',
        cause: expect.stringContaining('lets no UDP through'),
      });
    },
    120_000,
  );

  test('and TCP and TLS work there', async () => {
    const far = await farAway({ udp: false });
    expect((await run('media-tcp', far)).verdict).toMatch(/pass|warn/);
    expect((await run('media-turn-tls', far)).verdict).toMatch(/pass|warn/);
  }, 120_000);
});
