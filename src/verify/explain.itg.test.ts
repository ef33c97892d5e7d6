import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CallReport } from './call/call.ts';
import { explain, type Explanation } from './call/explain.ts';
import type { Candidate, MediaPath } from './call/path.ts';
import { freePorts, startTrial, type Trial } from './livekit.fixture.ts';
import { offeredServers } from './turn/offered.ts';
import type { World } from './world.ts';

let trial: Trial;
/** Of a call that never stood, with what the real server named and offered. */
let stalled: CallReport;
let world: World;
/** Nothing listens there. */
let closed: number;

const why = (path: MediaPath, more: Partial<CallReport> = {}, on: Partial<World> = {}): Promise<Explanation> =>
  explain({ ...world, ...on }, path, { ...stalled, ...more }, AbortSignal.timeout(20_000));
const candidate = (transport: string, port: number): Candidate => ({
  ...{ transport, address: '127.0.0.1', port, type: 'host' },
});

describe('why a path carries no call, asked of a real LiveKit', () => {
  beforeAll(async () => {
    trial = await startTrial();
    [closed = 0] = await freePorts(1);
    // LiveKit's own TURN server is the STUN server that proves that UDP works from here.
    world = { ...trial.world, controlStun: { host: '127.0.0.1', port: trial.ports.turnUdp } };
    const { urls, credentials, version } = await offeredServers(world, AbortSignal.timeout(10_000));
    stalled = {
      stage: 'publish',
      nodeId: 'ND_1',
      version,
      iceServers: [{ urls, username: credentials?.username ?? '', credential: credentials?.password ?? '' }],
      candidates: [candidate('udp', closed), candidate('tcp', trial.ports.tcp)],
    };
  }, 30_000);
  afterAll(() => trial.stop());

  test.each<[string, MediaPath, () => [Partial<CallReport>, Partial<World>], RegExp]>([
    ['UDP is dropped, and works elsewhere', 'udp', () => [{}, {}], /A firewall drops UDP 50000-60000/],
    ['no UDP candidate was named', 'udp', () => [{ candidates: [] }, {}], /told to use TCP only/],
    ['the TCP port is closed', 'tcp', () => [{ candidates: [candidate('tcp', closed)] }, {}], /does not listen there/],
    ['the TCP port is open, but something is between', 'tcp', () => [{}, {}], /Something between here and the node/],
    [
      'the TURN domain has no address',
      'turn-tls',
      () => [{}, { turnTarget: { ...world.turnTarget, host: 'name.invalid' } }],
      /DNS does not have the record/,
    ],
    [
      'TURN’s port is closed',
      'turn-tls',
      () => [{}, { turnTarget: { ...world.turnTarget, port: closed } }],
      /nothing serves this port/,
    ],
    [
      'TURN’s certificate is for another name',
      'turn-tls',
      () => [{}, { turnTarget: { ...world.turnTarget, serverName: 'other.test' } }],
      /A certificate of another domain/,
    ],
    [
      'TURN’s certificate is not trusted',
      'turn-tls',
      () => [{}, { turnTarget: { ...world.turnTarget, authorities: undefined } }],
      /an authority that clients do not know/,
    ],
    [
      'TURN’s port does not speak TLS',
      'turn-tls',
      () => [{}, { turnTarget: { ...world.turnTarget, port: trial.ports.http } }],
      /something other than TLS/,
    ],
    [
      'TURN refuses the credentials',
      'turn-tls',
      () => [{ iceServers: wrongPassword() }, {}],
      /do not share one API key/,
    ],
    [
      'TURN/UDP refuses the credentials',
      'turn-udp',
      () => [{ iceServers: wrongPassword() }, {}],
      /do not share one API key/,
    ],
    ['the relay leads nowhere', 'turn-udp', () => [{}, {}], /The way from the relaying node to the room’s node/],
    ['no TURN server is offered', 'turn-tls', () => [{ iceServers: [] }, {}], /TURN is off/],
    [
      'TURN/UDP does not answer, and UDP works elsewhere',
      'turn-udp',
      () => [
        { iceServers: [{ urls: [`turn:127.0.0.1:${closed}?transport=udp`], username: 'u', credential: 'p' }] },
        {},
      ],
      /A firewall drops UDP 3478/,
    ],
    ['the signal connection ended', 'udp', () => [{ ended: 'code 1006' }, {}], /needs its signal connection/],
  ])(
    '%s (%s)',
    async (_when, path, change, cause) => {
      const found = await why(path, ...change());
      expect(found).toMatchObject({ verdict: 'fail', cause: expect.stringMatching(cause) });
      expect(found.fix).not.toBe('');
    },
    20_000,
  );

  test.each(['udp', 'turn-udp'] as const)(
    'nothing is said about %s where no UDP comes back at all',
    async (path) => {
      const iceServers = [{ urls: [`turn:127.0.0.1:${closed}?transport=udp`], username: 'u', credential: 'p' }];
      const controlStun = { host: '127.0.0.1', port: closed };
      expect(await why(path, { iceServers }, { controlStun })).toMatchObject({
        verdict: 'inconclusive',
        cause: expect.stringContaining('lets no UDP through'),
      });
    },
    20_000,
  );

  const wrongPassword = () => stalled.iceServers.map((server) => ({ ...server, credential: 'wrong' }));
});
