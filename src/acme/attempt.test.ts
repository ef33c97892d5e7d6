import { describe, expect, test } from '@jest/globals';
import { type Attempt, headroom } from './attempt.ts';
import { DIRECTORIES } from './directory.ts';

const now = new Date('2026-06-15T12:00:00Z');
const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const issued = (hours: number, names = ['a.test', 'b.test'], isRenewal = false): Attempt => ({
  at: ago(hours),
  names,
  outcome: 'issued',
  isRenewal,
});
const ask = (history: Attempt[], directory: string = DIRECTORIES.letsencrypt) =>
  headroom(directory, history, ['b.test', 'a.test'], now);

describe('headroom', () => {
  test('is what five certificates for the same names in seven days leave', () => {
    expect(ask([issued(1), issued(100), issued(167), issued(169)])).toEqual({ isFree: true, remaining: 2 });
  });

  test('ends with the fifth, until the first of the five is a week old', () => {
    const history = [issued(10), issued(20), issued(160), issued(30), issued(40)];
    expect(ask(history)).toMatchObject({ isFree: false, tryAgainAt: new Date(now.getTime() + 8 * 3_600_000) });
    expect(ask(history)).toMatchObject({ sentence: expect.stringMatching(/may be ordered at 2026-06-15 20:00 UTC/) });
  });

  test('counts neither other names, nor renewals by ARI, nor failures of another hour', () => {
    const failed: Attempt = { at: ago(1.5), names: ['a.test'], outcome: 'failed' };
    const history = [issued(1, ['a.test']), issued(2, undefined, true), failed];
    expect(ask(history)).toEqual({ isFree: true, remaining: 5 });
  });

  test('ends for an hour with five failures of one of the names', () => {
    const failed = [0.1, 0.2, 0.3, 0.4, 0.5].map((hours): Attempt => ({
      at: ago(hours),
      names: ['a.test', 'z.test'],
      outcome: 'failed',
    }));
    expect(ask(failed)).toMatchObject({ isFree: false, tryAgainAt: new Date(now.getTime() + 1_800_000) });
  });

  test('is not known of other authorities', () => {
    const many = Array.from({ length: 9 }, () => issued(1));
    expect(ask(many, DIRECTORIES['letsencrypt-staging'])).toEqual({ isFree: true, remaining: undefined });
  });
});
