import { describe, expect, test } from '@jest/globals';
import { failureOf, Problem, problemSchema, retryAfter, tryAgainAt } from './problem.ts';

const now = new Date('2026-06-15T12:00:00Z');
const problem = (kind: string, detail: string, more: object = {}, status = 400, header?: string) =>
  new Problem(
    status,
    problemSchema.parse({ type: `urn:ietf:params:acme:error:${kind}`, detail, ...more }),
    retryAfter(header, now),
  );
const failed = (one: Problem) => failureOf(one, 'ca.test', 'the order for a.test');

describe('a problem document', () => {
  test('becomes one sentence with its detail, its type and what it says of each name', () => {
    const subproblems = [
      {
        type: 'urn:ietf:params:acme:error:caa',
        detail: 'CAA forbids it.',
        identifier: { type: 'dns', value: 'a.test' },
      },
      {
        type: 'urn:ietf:params:acme:error:rejectedIdentifier',
        detail: 'Not a public name',
        identifier: { value: 'b.test' },
      },
    ];
    expect(failed(problem('compound', 'Errors with two names.', { subproblems })).message).toBe(
      'ca.test refused the order for a.test: Errors with two names (compound); a.test: CAA forbids it (caa); b.test: Not a public name (rejectedIdentifier).',
    );
  });

  test.each([
    ['rateLimited', 'LK-ACME-008'],
    ['externalAccountRequired', 'LK-ACME-005'],
    ['userActionRequired', 'LK-ACME-007'],
    ['accountDoesNotExist', 'LK-ACME-006'],
    ['invalidProfile', 'LK-ACME-004'],
    ['caa', 'LK-ACME-011'],
    ['serverInternal', 'LK-ACME-002'],
    ['rejectedIdentifier', 'LK-ACME-009'],
  ])('of the type %s has the code %s', (kind, code) => {
    expect(failed(problem(kind, 'No.')).code).toBe(code);
  });

  test('leads to the page of new terms', () => {
    const one = problem('userActionRequired', 'New terms.', { instance: 'https://ca.test/terms' });
    expect(failed(one).fix).toMatch(/^Open https:\/\/ca\.test\/terms/);
  });

  test('of no type of ACME still says what was said', () => {
    const one = new Problem(403, problemSchema.parse({ title: 'Forbidden' }), undefined);
    expect(failed(one).message).toBe('ca.test refused the order for a.test: Forbidden.');
  });
});

describe('a rate limit', () => {
  test('ends when Retry-After says, in seconds or as a date', () => {
    const seconds = failed(problem('rateLimited', 'Too many.', {}, 429, '3600'));
    expect(tryAgainAt(seconds)).toEqual(new Date('2026-06-15T13:00:00Z'));
    expect(seconds.message).toMatch(/It may be tried again at 2026-06-15 13:00 UTC\.$/);
    const date = failed(problem('rateLimited', 'Too many.', {}, 429, 'Mon, 15 Jun 2026 18:30:10 GMT'));
    expect(date.message).toMatch(/2026-06-15 18:31 UTC/);
  });

  test('ends when its sentence says, where there is no header', () => {
    const one = problem(
      'rateLimited',
      'too many certificates, retry after 2026-06-20 01:02:03 UTC: see https://ca.test',
      {},
      429,
    );
    expect(tryAgainAt(failed(one))).toEqual(new Date('2026-06-20T01:02:03Z'));
  });

  test('without a time names none', () => {
    const one = failed(problem('rateLimited', 'Too many.', {}, 429, 'soon'));
    expect([tryAgainAt(one), one.message]).toEqual([undefined, expect.not.stringMatching(/tried again/)]);
  });
});
