import { generateKeyPairSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { judgeCapacity } from './capacity.ts';
import { judgePorts } from './closed-ports.ts';
import { judgeDisruption } from './disruption.ts';
import { profileOf } from '../profile.ts';
import { type FirewallRule, judgeFirewall, OPEN_PORTS } from './firewall.ts';
import { judgeIntroductions } from './pods-known.ts';
import { recordText } from '../../kubernetes/helm-record.ts';
import { holdsSecret, judgeSecrets } from './secrets.ts';
import { judgeLife } from './signal-life.ts';

const rule = (name: string, protocol: string, ports: string[], more: Partial<FirewallRule> = {}): FirewallRule => ({
  name,
  network: 'projects/p/global/networks/livekit-dev',
  direction: 'INGRESS',
  priority: 1000,
  disabled: false,
  sourceRanges: ['0.0.0.0/0'],
  targetTags: ['livekit-dev'],
  targetServiceAccounts: [],
  allowed: [{ IPProtocol: protocol, ports }],
  denied: [],
  ...more,
});
const table = OPEN_PORTS.map((row) =>
  rule(`livekit-dev-${row.ports}`, row.protocol, [row.ports], { sourceRanges: [...row.sources] }),
);
const inside = rule('livekit-dev-metrics', 'tcp', ['6789'], { sourceRanges: ['10.0.0.0/20'] });
const own = rule('gke-livekit-abc-vms', 'tcp', ['1-65535'], { sourceRanges: ['10.0.0.0/8'] });

describe('firewall', () => {
  const judge = (...rules: FirewallRule[]) => judgeFirewall(rules, 'livekit-dev');

  test('passes with the table, metrics from inside and GKE’s own', () =>
    expect(judge(...table, inside, own)).toMatchObject({
      verdict: 'pass',
      evidence: expect.stringMatching(/^7 rules .*; 1 of GKE’s own\.$/),
    }));

  test.each(OPEN_PORTS.filter(({ needed }) => needed).map(({ ports }) => ports))('fails without %s, by name', (ports) =>
    expect(judge(...table.filter(({ name }) => !name.endsWith(ports)))).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining(`opens ${ports}/`),
    }),
  );

  test('what may be switched off is told only', () =>
    expect(judge(...table.filter(({ name }) => !name.endsWith('-80'))).evidence).toContain('switched off: 80/tcp'));

  test('a rule that is disabled, of another network or for what goes out counts for nothing', () => {
    const [first] = table;
    if (first === undefined) throw new Error('no table');
    for (const more of [{ disabled: true }, { network: 'x/default' }, { direction: 'EGRESS' }]) {
      expect(judge({ ...first, ...more }, ...table.slice(1)).verdict).toBe('fail');
    }
  });

  test('one that is for other machines fails, with the tags of both', () => {
    const pools = [{ name: 'livekit', tags: ['livekit-dev'] }];
    expect(judgeFirewall([...table, inside], 'livekit-dev', pools).verdict).toBe('pass');
    const [signal, ...others] = table;
    if (signal === undefined) throw new Error('no table');
    expect(judgeFirewall([{ ...signal, targetTags: ['other'] }, ...others], 'livekit-dev', pools)).toMatchObject({
      verdict: 'fail',
      evidence:
        'The rule livekit-dev-7880 opens 7880/tcp (signal) for machines tagged other; the node pool livekit has the tags livekit-dev.',
    });
    expect(judgeFirewall([{ ...signal, targetTags: [] }, ...others], 'livekit-dev', pools).verdict).toBe('pass');
  });

  test('one that denies before it fails by name', () =>
    expect(
      judge(
        ...table,
        rule('no-udp', 'udp', [], { allowed: [], denied: [{ IPProtocol: 'udp', ports: [] }], priority: 900 }),
      ),
    ).toMatchObject({ verdict: 'fail', evidence: expect.stringContaining('no-udp denies 50000-60000/udp') }));

  test.each([
    ['metrics', rule('open-metrics', 'tcp', ['6000-7000'])],
    ['everything', rule('open-all', 'all', [])],
    ['SSH', rule('ssh', 'tcp', ['22'])],
  ])('warns when %s is open to the world', (_what, odd) =>
    expect(judge(...table, odd)).toMatchObject({ verdict: 'warn', evidence: expect.stringContaining(odd.name) }),
  );
});

describe('closed-ports', () => {
  const tried = (isOpen: boolean) => [{ address: '203.0.113.11', port: 6789, isOpen }];
  test('passes, fails by name, and fails for a private cluster', () => {
    expect(judgePorts(tried(false)).verdict).toBe('pass');
    expect(judgePorts(tried(true))).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('203.0.113.11:6789'),
    });
    expect(judgePorts([])).toMatchObject({ verdict: 'fail', cause: expect.stringContaining('private') });
  });
});

describe('secrets', () => {
  const secret = 'an-api-secret-of-thirty-two-characters';
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const judge = (more: Partial<Parameters<typeof judgeSecrets>[0]> = {}) =>
    judgeSecrets({
      mounted: [{ name: 'livekit-keys', type: 'Opaque', pair: undefined }],
      leaks: [],
      looked: 2,
      turnDomain: 'turn.example.com',
      days: 14,
      ...more,
    });

  test('are found in a text as they are, in base64, and as a private key', () => {
    expect(holdsSecret('keys: {}', secret)).toBe(false);
    expect(holdsSecret(`APIx: ${secret}`, secret)).toBe(true);
    expect(holdsSecret(Buffer.from(secret).toString('base64'), secret)).toBe(true);
    expect(holdsSecret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), secret)).toBe(true);
  });

  test('are found in a release as Helm stores it', () => {
    const stored = Buffer.from(gzipSync(JSON.stringify({ config: { keys: secret } })).toString('base64')).toString(
      'base64',
    );
    expect(holdsSecret(recordText(stored), secret)).toBe(true);
    expect(recordText('no release')).toBe('');
  });

  test.each([
    ['a leak', { leaks: ['The ConfigMap livekit'] }, /The ConfigMap livekit holds the API secret/],
    [
      'a Secret that is not there',
      { mounted: [{ name: 'turn', type: undefined, pair: undefined }] },
      /turn, which does not exist/,
    ],
    [
      'a pair that is none',
      { mounted: [{ name: 'turn', type: 'kubernetes.io/tls', pair: { certificate: undefined, keyMatches: false } }] },
      /no certificate that can be read/,
    ],
  ])('fail for %s', (_what, more, words) =>
    expect(judge(more)).toMatchObject({ verdict: 'fail', evidence: expect.stringMatching(words) }),
  );

  test('that may not be read are left out, and a leak is found all the same', () => {
    expect(judge({ mounted: undefined }).verdict).toBe('skip');
    expect(judge({ mounted: undefined, leaks: ['The ConfigMap livekit'] }).verdict).toBe('fail');
  });

  test('pass when all is there and nothing leaks', () =>
    expect(judge()).toEqual({
      verdict: 'pass',
      evidence: 'livekit-keys is there; 2 ConfigMaps and Helm records hold no secret value.',
    }));
});

describe('capacity', () => {
  const judge = (more: Partial<Parameters<typeof judgeCapacity>[0]> = {}) =>
    judgeCapacity({
      ...{ most: 2, isAutoscaled: false, present: 2, maximum: 3, applied: 3, machineType: 'c2-standard-4' },
      quotas: [
        { metric: 'C2_CPUS', limit: 12, usage: 8 },
        { metric: 'IN_USE_ADDRESSES', limit: 8, usage: 3 },
      ],
      ...more,
    });

  test('passes with a spare node and quota for it', () =>
    expect(judge()).toEqual({
      verdict: 'pass',
      evidence: 'The Deployment asks for 2 pods at most, the node pool has 2 nodes of 3; quotas suffice.',
    }));

  test.each([
    ['more pods than nodes', { most: 4 }, 'fail', /4 pods, 3 nodes/],
    ['as many pods as nodes', { most: 3 }, 'warn', /as many as/],
    ['a limit that somebody changed', { maximum: 5 }, 'warn', /may have 5 nodes; 3 was applied/],
    ['a limit that may not be read', { maximum: undefined, most: 4 }, 'fail', /4 pods, 3 nodes/],
    ['too little quota', { quotas: [{ metric: 'C2_CPUS', limit: 10, usage: 8 }] }, 'warn', /C2_CPUS has 2 of 10 left/],
    ['too few addresses', { quotas: [{ metric: 'IN_USE_ADDRESSES', limit: 3, usage: 3 }] }, 'warn', /IN_USE_ADDRESSES/],
    ['quotas that may not be read', { quotas: undefined }, 'pass', /could not be read/],
  ])('%s', (_what, more, verdict, words) =>
    expect(judge(more)).toMatchObject({ verdict, evidence: expect.stringMatching(words) }),
  );
});

describe('disruption', () => {
  const prd = profileOf('prd', 'prd');
  const budget = (name: string, disruptionsAllowed: number, desiredHealthy = 2) => ({
    ...{ name, disruptionsAllowed, currentHealthy: 3, desiredHealthy },
  });
  test.each([
    ['one pod needs none', { replicas: 1, budgets: [] }, 'pass'],
    ['three pods need one', { replicas: 3, budgets: [] }, 'warn'],
    ['one that lets a pod go', { replicas: 3, budgets: [budget('a', 1)] }, 'pass'],
    ['one that lets none go', { replicas: 3, budgets: [budget('a', 0, 3)] }, 'warn'],
    ['none where the table wants one', { replicas: 3, budgets: [], profile: prd }, 'fail'],
    ['one that keeps fewer than the table', { replicas: 3, budgets: [budget('a', 2, 1)], profile: prd }, 'warn'],
    ['one as the table says', { replicas: 3, budgets: [budget('a', 1)], profile: prd }, 'pass'],
    ['two for the same pods', { replicas: 3, budgets: [budget('a', 1), budget('b', 1)] }, 'fail'],
  ])('%s', (_what, found, verdict) => expect(judgeDisruption({ draining: [], ...found }).verdict).toBe(verdict));

  test('pods that are ending are told with what they hold', () =>
    expect(
      judgeDisruption({ replicas: 1, budgets: [], draining: ['old (1 room, 2 participants)'] }).evidence,
    ).toContain('Ending: old (1 room, 2 participants).'));
});

describe('pods-known', () => {
  const met = (words?: string) => ({ pod: 'p1', by: 'p2', words });
  test('passes, fails by name, or cannot say', () => {
    expect(judgeIntroductions([met()], 'redis').verdict).toBe('pass');
    expect(judgeIntroductions([met('it does not see the room')], '10.0.0.3:6379')).toMatchObject({
      verdict: 'fail',
      evidence: 'p2 could not place a room on p1: it does not see the room.',
      fix: expect.stringContaining('10.0.0.3:6379'),
    });
    expect(judgeIntroductions([], 'redis').verdict).toBe('inconclusive');
  });
});

describe('signal-life', () => {
  test.each([
    [35, undefined, 7, 'pass', /lived for 35 s, with 7 answers/],
    [35, undefined, 0, 'fail', /answered none of its pings/],
    [30.1, 'the connection was closed with code 1006', 6, 'fail', /cut after 30\.1 s/],
    [4, 'the connection was closed with code 1001', 0, 'fail', /cut after 4\.0 s/],
  ])('lived %s s (%s)', (lived, ended, answers, verdict, words) =>
    expect(judgeLife('wss://d', 35, lived, ended, answers)).toMatchObject({
      verdict,
      evidence: expect.stringMatching(words),
    }),
  );

  test('a cut at 30 s is the lost BackendConfig, one at 4 s is not', () => {
    expect(judgeLife('x', 35, 30.1, 'e', 1).cause).toContain('BackendConfig');
    expect(judgeLife('x', 35, 4, 'e', 1).cause).not.toContain('BackendConfig');
  });
});
