import { describe, expect, test } from '@jest/globals';
import { decide, pointIn, type RenewalFacts } from './renewal.ts';

const DAY = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const day = (days: number) => new Date(start + days * DAY);

/** A certificate of 45 days that was issued on day 0. */
const facts = (more: Partial<RenewalFacts> = {}): RenewalFacts => ({
  current: {
    names: ['turn.example.com'],
    notBefore: day(0),
    notAfter: day(45),
    keyType: 'ecdsa-p256',
    directoryUrl: 'https://ca.test/dir',
    profile: 'tlsserver',
    certificateId: 'AAAA.BBBB',
  },
  wanted: {
    names: ['turn.example.com'],
    keyType: 'ecdsa-p256',
    directoryUrl: 'https://ca.test/dir',
    profile: 'tlsserver',
  },
  stored: 'present',
  force: false,
  ...more,
});
const window = (from: number, to: number) => ({
  start: day(from),
  end: day(to),
  explanationUrl: undefined,
  checkAgainAt: day(10.25),
});

describe('without the authority’s window', () => {
  test('a certificate is not due before two thirds of its lifetime, and says when it is', () => {
    const decision = decide(facts(), day(10));
    expect(decision).toMatchObject({ due: false, moment: day(30), nextCheck: day(11) });
    expect(decision.reason).toBe(
      'Not due: the certificate is to be renewed at 2026-01-31 00:00 UTC (two thirds of its lifetime).',
    );
  });

  test('it is due from then on', () => {
    expect(decide(facts(), day(30))).toMatchObject({ due: true, isRenewal: true });
  });

  test('it is due now when it becomes due before the next run', () => {
    expect(decide(facts({ nextRun: day(29.9) }), day(29.5)).due).toBe(false);
    const decision = decide(facts({ nextRun: day(30.1) }), day(29.5));
    expect(decision.due).toBe(true);
    expect(decision.reason).toMatch(/before the next run at 2026-01-31 02:24 UTC/);
  });

  test('the next check is never later than the moment', () => {
    expect(decide(facts(), day(29.5)).nextCheck).toEqual(day(30));
  });
});

describe('with the authority’s window', () => {
  test('the moment is one point of it, the same in every run', () => {
    const info = window(20, 22);
    const moments = [day(1), day(5), day(19)].map((now) => decide(facts({ renewalInfo: info }), now).moment.getTime());
    expect(new Set(moments).size).toBe(1);
    expect(moments[0]).toBeGreaterThanOrEqual(day(20).getTime());
    expect(moments[0]).toBeLessThan(day(22).getTime());
  });

  test('the points of many certificates fill the window', () => {
    const fractions = Array.from({ length: 500 }, (_, index) => {
      const point = pointIn(window(0, 1), `id-${index}`);
      return (point.getTime() - start) / DAY;
    });
    expect(Math.min(...fractions)).toBeLessThan(0.02);
    expect(Math.max(...fractions)).toBeGreaterThan(0.98);
    expect(fractions.filter((fraction) => fraction < 0.5).length).toBeGreaterThan(200);
  });

  test('a window in the past is now: a certificate that is to be revoked', () => {
    const info = { ...window(1, 2), explanationUrl: 'https://ca.test/incident' };
    const decision = decide(facts({ renewalInfo: info }), day(10));
    expect(decision.due).toBe(true);
    expect(decision.reason).toMatch(
      /window from 2026-01-02 00:00 UTC to 2026-01-03 00:00 UTC, see https:\/\/ca\.test\/incident/,
    );
  });

  test('it is asked for again when the authority wishes', () => {
    expect(decide(facts({ renewalInfo: window(20, 22) }), day(10)).nextCheck).toEqual(day(10.25));
  });

  test('a window after the end of the certificate is not waited for', () => {
    expect(decide(facts({ renewalInfo: window(44, 60) }), day(10)).moment).toEqual(day(40.5));
    expect(decide(facts({ renewalInfo: window(50, 60) }), day(41)).due).toBe(true);
  });
});

describe('whatever the time, it is due', () => {
  const wanted = facts().wanted;
  test.each<[string, Partial<RenewalFacts>, RegExp, boolean]>([
    ['when there is none', { current: undefined }, /no certificate yet/, false],
    ['when the stored one is gone', { stored: 'missing' }, /no certificate yet/, false],
    [
      'when the stored pair does not match',
      { stored: { mismatch: 'the key is another one' } },
      /the key is another one/,
      true,
    ],
    ['when it is asked for', { force: true }, /`force`/, true],
    [
      'when a name is new',
      { wanted: { ...wanted, names: ['turn.example.com', 'b.example.com'] } },
      /to turn\.example\.com, b\.example\.com/,
      true,
    ],
    ['when all names are new', { wanted: { ...wanted, names: ['b.example.com'] } }, /names changed/, false],
    [
      'when the key is to be another one',
      { wanted: { ...wanted, keyType: 'rsa-2048' } },
      /to be rsa-2048, and is ecdsa-p256/,
      true,
    ],
    [
      'when the authority is another one',
      { wanted: { ...wanted, directoryUrl: 'https://b.test/' } },
      /authority changed/,
      false,
    ],
    [
      'when the profile is another one',
      { wanted: { ...wanted, profile: 'classic' } },
      /from tlsserver to classic/,
      true,
    ],
  ])('%s', (_, more, reason, isRenewal) => {
    expect(decide(facts(more), day(1))).toMatchObject({ due: true, reason: expect.stringMatching(reason), isRenewal });
  });

  test('when it expired', () => {
    expect(decide(facts({ renewalInfo: window(50, 60) }), day(46)).reason).toMatch(/expired at 2026-02-15 00:00 UTC/);
  });

  test('but the names’ order and case do not count, nor an authority and profile that nobody remembers', () => {
    const current = {
      ...facts().current!,
      names: ['b.example.com', 'a.example.com'],
      directoryUrl: undefined,
      profile: undefined,
    };
    const same = facts({ current, wanted: { ...wanted, names: ['A.example.com', 'b.example.com'] } });
    expect(decide(same, day(1)).due).toBe(false);
  });
});

test('while the authority takes no order it waits, and says until when', () => {
  const blocked = decide(facts({ notBefore: day(31) }), day(30));
  expect(blocked).toMatchObject({ due: false, nextCheck: day(31) });
  expect(blocked.reason).toMatch(/but the certificate authority takes no order before 2026-02-01 00:00 UTC/);
  expect(decide(facts({ notBefore: day(31) }), day(31)).due).toBe(true);
});
