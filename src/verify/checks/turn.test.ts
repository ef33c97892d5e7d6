import { describe, expect, test } from '@jest/globals';
import type { Allocation, Answer } from '../turn/allocation.ts';
import { judgeCredentials } from './turn-credentials.ts';
import { FORBIDDEN_PEERS, judgePeers, type Tried } from './turn-relay.ts';

const refused = (code = 401): Answer<never> => ({ kind: 'refused', code, reason: 'Unauthorized' });
const granted: Answer<Allocation> = {
  kind: 'granted',
  value: {
    relayed: '203.0.113.11:30000',
    lifetimeSeconds: 600,
    session: {
      credentials: { username: 'u', password: 'p' },
      realm: Buffer.from('livekit'),
      nonce: Buffer.from('n'),
    },
  },
};

const credentials = (more: Partial<Parameters<typeof judgeCredentials>[0]> = {}) =>
  judgeCredentials({
    where: 'turn.example.com:443',
    version: '1.13.5',
    good: granted,
    none: refused(),
    wrong: refused(),
    expired: refused(),
    lifetime: { kind: 'expires', at: 300, expired: { username: 'x', password: 'y' } },
    now: 0,
    ...more,
  });

describe('turn-credentials', () => {
  test('passes when only the good ones get a relay, and they end soon', () =>
    expect(credentials()).toEqual({
      verdict: 'pass',
      evidence:
        'turn.example.com:443 grants a relay to the credentials of the JoinResponse, which end in 300 s, and refuses none (401) and wrong ones (401) and expired ones (401).',
    }));

  test.each([
    ['none', /to no credentials/],
    ['wrong', /to a wrong password/],
    ['expired', /to expired credentials/],
  ])('fails when %s get a relay', (kind, words) =>
    expect(credentials({ [kind]: granted })).toMatchObject({ verdict: 'fail', evidence: expect.stringMatching(words) }),
  );

  test('fails when LiveKit refuses its own', () =>
    expect(credentials({ good: refused() })).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('refused the credentials of the JoinResponse: 401'),
    }));

  test('fails when there is no relay to be had', () =>
    expect(credentials({ good: { kind: 'silent' } })).toMatchObject({ verdict: 'fail' }));

  test('fails by name when they never end', () =>
    expect(credentials({ version: '1.11.0', lifetime: { kind: 'never' }, expired: undefined })).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('LiveKit 1.11.0 gives TURN credentials that never end'),
    }));

  test('warns when they live for days, or cannot be read', () => {
    const lifetime = { kind: 'expires', at: 300_000, expired: undefined } as const;
    expect(credentials({ lifetime })).toMatchObject({ verdict: 'warn', evidence: expect.stringContaining('83 h') });
    expect(credentials({ lifetime: { kind: 'unknown' }, expired: undefined })).toMatchObject({ verdict: 'warn' });
  });
});

describe('turn-relay', () => {
  const all = (answer: Answer<true>): Tried[] =>
    FORBIDDEN_PEERS.map((peer) => ({ ...peer, way: 'permission', answer }));
  const judge = (answers: Tried[], version = '1.13.5') => judgePeers('turn.example.com:443', version, answers);

  test('asks for each address also as IPv6', () => {
    expect(FORBIDDEN_PEERS.map(({ address }) => address)).toContain('::ffff:169.254.169.254');
    expect(FORBIDDEN_PEERS).toHaveLength(12);
  });

  test('passes when every peer is refused', () =>
    expect(judge(all(refused(403)))).toMatchObject({
      verdict: 'pass',
      evidence: expect.stringContaining('12 private'),
    }));

  test('fails when one is granted, and says what to do about an old server', () => {
    const answers = all(refused(403)).with(3, {
      kind: 'private',
      address: '::ffff:172.16.0.1',
      way: 'channel',
      answer: { kind: 'granted', value: true },
    });
    expect(judge(answers, '1.11.0')).toMatchObject({
      verdict: 'fail',
      evidence: 'The TURN server of LiveKit 1.11.0 at turn.example.com:443 relays to ::ffff:172.16.0.1.',
      fix: expect.stringContaining('1.12 or newer'),
    });
    expect(judge(answers, '1.13.5').cause).toContain('allow_restricted_peer_cidrs');
  });

  test('says nothing when answers are missing', () =>
    expect(judge(all({ kind: 'silent' }))).toMatchObject({ verdict: 'inconclusive' }));
});
