import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checks } from './checks/index.ts';
import type { Outcome } from './check.ts';
import { roomService } from './rooms.ts';
import { schedule } from './schedule.ts';
import { select } from './select.ts';
import { fakeWorld, livekitDeployment, livekitPod, node } from './world.fixture.ts';
import type { World } from './world.ts';

const directory = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const binary = join(directory, 'livekit-server');
const apiKey = { key: 'APItrial', secret: 'a-secret-of-the-trial-that-is-long-enough' };

let server: ChildProcess;
let world: World;
let ports: { http: number; metrics: number };

/** A real livekit-server; the checks reach it as they reach a pod, only that the tunnel is a local port. */
describe('the checks against a real LiveKit', () => {
  beforeAll(async () => {
    // A run that asks for these tests must not pass without them.
    if (directory === '') throw new Error('Set LIVEKIT_GKE_TEST_BIN to the directory with livekit-server.');
    if (!existsSync(binary)) throw new Error(`${binary} does not exist.`);
    const [http = 0, tcp = 0, metricsPort = 0] = await freePorts(3);
    ports = { http, metrics: metricsPort };
    const config = {
      port: http,
      bind_addresses: ['127.0.0.1'],
      rtc: { use_external_ip: false, tcp_port: tcp, udp_port: tcp },
      keys: { [apiKey.key]: apiKey.secret },
      prometheus_port: metricsPort,
    };
    server = spawn(binary, ['--bind', '127.0.0.1', '--node-ip', '127.0.0.1'], {
      stdio: 'ignore',
      env: { ...process.env, LIVEKIT_CONFIG: JSON.stringify(config) },
    });
    world = fakeWorld({
      keys: async () => apiKey,
      signalTarget: { kind: 'address', url: new URL(`ws://127.0.0.1:${http}`) },
      deployment: livekitDeployment(1),
      nodes: [node('node-of-livekit-0')],
      pods: [livekitPod('livekit-0', { ports: { http, metrics: metricsPort } })],
    });
    for (let tries = 0; tries < 100; tries++) {
      if (
        await fetch(`http://127.0.0.1:${http}/`).then(
          (answer) => answer.ok,
          () => false,
        )
      )
        return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('livekit-server did not start within 10 s.');
  });

  afterAll(() => {
    server.kill('SIGKILL');
  });

  const outcomesOf = (wanted: readonly string[], on: World = world): Promise<Outcome[]> =>
    schedule(select(checks, wanted), { world: on, timeoutSeconds: 20, signal: new AbortController().signal });

  test('all pass on a healthy server, and no room is left', async () => {
    const outcomes = await outcomesOf([]);
    expect(outcomes.map(({ id, verdict, evidence }) => ({ id, verdict, evidence }))).toEqual([
      { id: 'cluster', verdict: 'pass', evidence: 'The API answers, all nodes are Ready (1).' },
      { id: 'pods-ready', verdict: 'pass', evidence: expect.stringContaining('1 of 1 pods are Ready') },
      { id: 'node-spread', verdict: 'pass', evidence: 'Pods: 1, each on a node of its own: node-of-livekit-0.' },
      { id: 'health', verdict: 'pass', evidence: 'livekit-0 answered 200.' },
      { id: 'signal', verdict: 'pass', evidence: expect.stringContaining('accepts a good token') },
      { id: 'signal-join', verdict: 'pass', evidence: expect.stringMatching(/LiveKit \d+\.\d+\.\d+, node ND_/) },
      { id: 'metrics', verdict: 'pass', evidence: expect.stringMatching(/^livekit-0 \d+ series/) },
    ]);
    const origin = { http: `http://127.0.0.1:${ports.http}`, ws: '', name: '' };
    expect(await roomService(origin, apiKey).existing([], AbortSignal.timeout(5000))).toEqual([]);
  });

  test('signalling through a pod works as through an address', async () => {
    const [, joined] = await outcomesOf(['signal'], { ...world, signalTarget: { kind: 'pod' } });
    expect(joined).toMatchObject({ verdict: 'pass', evidence: expect.stringContaining('the pod livekit-0') });
  });

  test('a secret that the server does not have fails signal and skips the join', async () => {
    const keys = async () => ({ key: apiKey.key, secret: 'another-secret-that-was-rotated-meanwhile' });
    const outcomes = await outcomesOf(['signal'], { ...world, keys });
    expect(outcomes).toMatchObject([
      { verdict: 'fail', cause: expect.stringContaining('another API key or secret') },
      { verdict: 'skip', because: 'signal' },
    ]);
  });

  test('a port that serves no metrics fails by name', async () => {
    const pods = [livekitPod('livekit-0', { ports: { http: ports.http, metrics: ports.http } })];
    const outcomes = await outcomesOf(['metrics'], {
      ...world,
      workload: async () => ({ ...(await world.workload()), pods }),
    });
    expect(outcomes.at(-1)).toMatchObject({
      verdict: 'fail',
      evidence: 'livekit-0 answered GET /metrics with status 404.',
    });
  });
});

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const one = createServer();
      await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
      return one;
    }),
  );
  const found = servers.map((one) => (one.address() as { port: number }).port);
  await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))));
  return found;
}
