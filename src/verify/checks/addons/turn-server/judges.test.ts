import { parseAddon } from '../../../addons.ts';
import { fakeWorld } from '../../../world.fixture.ts';
import { judge as judgeBandwidth } from './bandwidth.ts';
import { judge as judgeCredentials } from './credentials.ts';
import { judge as judgePeers } from './peers.ts';
import { judgeImage } from './pods.ts';
import { range } from './range.ts';
import { judge as judgeRelays } from './relays.ts';
import type { Relayed } from './peer.ts';

const HOST = 'turn.nova.example';
const granted = {
  kind: 'granted',
  value: {
    relayed: '203.0.113.11:49200',
    lifetimeSeconds: 600,
    session: { credentials: { username: '', password: '' }, realm: Buffer.alloc(0), nonce: Buffer.alloc(0) },
  },
} as const;
const refused = (code: number) => ({ kind: 'refused', code, reason: 'No' }) as const;
const relayed = (over: Partial<Relayed>): Relayed => ({
  allocation: granted,
  inward: 20,
  outward: 19,
  sent: 20,
  bytes: 3200,
  seconds: 0.4,
  ...over,
});
const yes = () => Promise.resolve(true);

describe('turn-server-relay', () => {
  test('packets there and back over every way pass', async () => {
    const result = await judgeRelays(
      HOST,
      [
        ['udp', relayed({})],
        ['tcp', relayed({})],
      ],
      yes,
    );
    expect(result.verdict).toBe('pass');
    expect(result.evidence).toContain('udp 19/20, tcp 19/20');
  });

  test.each<[string, Partial<Relayed> | undefined, RegExp]>([
    ['a secret that is not the pods’', { allocation: refused(401) }, /not the one that the pods run with/],
    ['a quota that is used up', { allocation: refused(486) }, /quota/],
    ['a relay range that is closed', { inward: 0, outward: 0 }, /relay range is closed/],
    ['one way only', { outward: 0 }, /relay range is closed/],
    ['no connection', undefined, /does not answer/],
  ])('%s is named', async (_what, over, cause) => {
    const result = await judgeRelays(HOST, [['udp', over === undefined ? undefined : relayed(over)]], yes);
    expect(result.verdict).toBe('fail');
    expect(result.cause).toMatch(cause);
  });

  test('a machine to which the server must not relay cannot tell', async () => {
    const result = await judgeRelays(HOST, [['udp', relayed({ inward: 0, peerRefused: '10.0.0.9' })]], yes);
    expect(result.verdict).toBe('inconclusive');
    expect(result.evidence).toContain('10.0.0.9');
  });

  test('a machine without UDP cannot tell', async () => {
    const result = await judgeRelays(HOST, [['udp', relayed({ inward: 0 })]], () => Promise.resolve(false));
    expect(result.verdict).toBe('inconclusive');
  });
});

describe('turn-server-credentials', () => {
  const all = ['without', 'wrong', 'ended'].map((how) => [how, refused(401)] as const);

  test('all refused passes; a password that never ends warns', () => {
    expect(judgeCredentials(HOST, all, true).verdict).toBe('pass');
    expect(judgeCredentials(HOST, all, false).verdict).toBe('warn');
  });

  test('one that is granted fails, and silence is no refusal', () => {
    expect(judgeCredentials(HOST, [...all, ['ended', granted]], true).verdict).toBe('fail');
    expect(judgeCredentials(HOST, [['without', { kind: 'silent' }]], true).verdict).toBe('inconclusive');
  });
});

test('turn-server-peers: one that is led to fails, in whatever form it is written', () => {
  const no = { address: '10.0.0.1', kind: 'refused' };
  expect(judgePeers(HOST, 1, [no]).verdict).toBe('pass');
  const found = judgePeers(HOST, 2, [no, { address: '::ffff:127.0.0.1', kind: 'granted' }]);
  expect(found.verdict).toBe('fail');
  expect(found.evidence).toContain('::ffff:127.0.0.1');
  expect(judgePeers(HOST, 1, undefined).verdict).toBe('inconclusive');
});

test.each([
  [125_000, 1_500_000, 380_000, 'pass'],
  [125_000, 1_500_000, 1_400_000, 'fail'],
  [125_000, 400_000, 400_000, 'inconclusive'],
])('turn-server-bandwidth: limit %d, sent %d and come %d in 3 s is %s', (limit, sent, came, verdict) => {
  expect(judgeBandwidth(limit, { sent, came, seconds: 3 }).verdict).toBe(verdict);
});

test.each([
  ['coturn/coturn:4.17.0', 'pass', undefined],
  ['coturn/coturn:4.15.0-debian', 'pass', undefined],
  ['coturn/coturn:4.12.0', 'warn', /oldest that is advised/],
  ['coturn/coturn:4.6.1', 'warn', /CVE-2026-27624/],
  ['coturn/coturn:edge', 'warn', /no version/],
])('turn-server-pods: %s is %s', (image, verdict, cause) => {
  const result = judgeImage(image, ['node-1']);
  expect(result.verdict).toBe(verdict);
  if (cause !== undefined) expect(result.cause).toMatch(cause);
});

test.each([
  [{ min: 49_152, max: 50_175 }, 'pass'],
  [{ min: 49_152, max: 49_407 }, 'fail'],
  [undefined, 'warn'],
])('turn-server-range: coturn at 49152-50175 and the firewall at %j is %s', async (open, verdict) => {
  const world = fakeWorld({ addons: [parseAddon('turn-server')] });
  const result = await range.run(
    {
      ...world,
      outputs: { ...world.outputs, turn_server: open && ({ relay_ports: open } as never) },
      kubernetes: {
        ...world.kubernetes,
        get: (kind) =>
          Promise.resolve(kind.schema.parse({ data: { 'turnserver.conf': 'min-port=49152\nmax-port=50175\n' } })),
      },
    },
    new AbortController().signal,
  );
  expect(result.verdict).toBe(verdict);
});
