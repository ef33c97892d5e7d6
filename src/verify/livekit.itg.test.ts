import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checks } from './checks/index.ts';
import type { Outcome } from './check.ts';
import { startTrial, type Trial, TRIAL_KEY as apiKey } from './livekit.fixture.ts';
import { roomService } from './rooms.ts';
import { schedule } from './schedule.ts';
import { select } from './select.ts';
import { livekitPod } from './world.fixture.ts';
import type { Workload } from './workload.ts';
import type { World } from './world.ts';

/** Those that need LiveKit alone, and no cluster around it. */
const IDS = ['pods-ready', 'node-spread', 'health', 'signal-join', 'signal-life', 'api', 'pods-known'];

let trial: Trial;
let world: World;

/** A real livekit-server; the checks reach it as they reach a pod, only that the tunnel is a local port. */
describe('the checks against a real LiveKit', () => {
  beforeAll(async () => {
    trial = await startTrial();
    world = { ...trial.world, workload: async () => outward(await trial.world.workload()) };
  });

  afterAll(() => trial.stop());

  /** Its node is this machine, which no cloud gave an external address. */
  const outward = (workload: Workload): Workload => ({
    ...workload,
    nodes: workload.nodes.map((node) => ({
      ...node,
      status: { ...node.status, addresses: [{ type: 'ExternalIP', address: '203.0.113.11' }] },
    })),
  });

  const outcomesOf = (wanted: readonly string[], on: World = world): Promise<Outcome[]> =>
    schedule(select(checks, wanted), { world: on, timeoutSeconds: 60, signal: new AbortController().signal });

  test('all pass on a healthy server, and no room is left', async () => {
    const outcomes = await outcomesOf(IDS);
    expect(outcomes.map(({ id, verdict, evidence }) => ({ id, verdict, evidence }))).toEqual([
      { id: 'cluster', verdict: 'pass', evidence: expect.stringContaining('all nodes are Ready (1)') },
      { id: 'pods-ready', verdict: 'pass', evidence: expect.stringContaining('1 of 1 pods are Ready') },
      { id: 'node-spread', verdict: 'pass', evidence: 'Pods: 1, each on a node of its own: node-of-livekit-0.' },
      { id: 'health', verdict: 'pass', evidence: 'livekit-0 answered 200.' },
      { id: 'metrics', verdict: 'pass', evidence: expect.stringMatching(/^livekit-0 \d+ series/) },
      { id: 'signal', verdict: 'pass', evidence: expect.stringContaining('accepts a good token') },
      { id: 'signal-join', verdict: 'pass', evidence: expect.stringMatching(/LiveKit \d+\.\d+\.\d+, node ND_/) },
      {
        id: 'signal-life',
        verdict: 'pass',
        evidence: expect.stringMatching(/lived for 35 s, with \d+ answers to pings/),
      },
      { id: 'api', verdict: 'pass', evidence: expect.stringMatching(/made, listed and deleted a room in \d+ ms/) },
      {
        id: 'pods-known',
        verdict: 'pass',
        evidence: expect.stringMatching(/^livekit-0 places rooms on itself(, through Redis within \d+ ms)?\.$/),
      },
    ]);
    const origin = { http: `http://127.0.0.1:${trial.ports.http}`, ws: '', name: '' };
    expect(await roomService(origin, apiKey).existing([], AbortSignal.timeout(5000))).toEqual([]);
  });

  test('signalling through a pod works as through an address', async () => {
    const [, joined] = await outcomesOf(['signal-join'], { ...world, signalTarget: { kind: 'pod' } });
    expect(joined).toMatchObject({ verdict: 'pass', evidence: expect.stringContaining('the pod livekit-0') });
  });

  test('a secret that the server does not have fails signal and skips the join', async () => {
    const keys = async () => ({ key: apiKey.key, secret: 'another-secret-that-was-rotated-meanwhile' });
    const outcomes = await outcomesOf(['signal-join'], { ...world, keys });
    expect(outcomes).toMatchObject([
      { verdict: 'fail', cause: expect.stringContaining('another API key or secret') },
      { verdict: 'skip', because: 'signal' },
    ]);
  });

  test('a port that serves no metrics fails by name', async () => {
    const pods = [livekitPod('livekit-0', { ports: { http: trial.ports.http, metrics: trial.ports.http } })];
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
