import { compile, EvaluationError, holds } from './expression.ts';

const assertion = {
  repository: 'nova/livekit',
  repository_id: '900100',
  ref: 'refs/heads/main',
  repository_visibility: 'private',
};

describe('a condition holds', () => {
  test.each([
    ["assertion.repository_id == '900100'"],
    ['assertion.repository_id == "900100" && assertion.repository == "nova/livekit"'],
    ["assertion.repository_id != '1'"],
    ["assertion.repository_id == '1' || assertion.ref.startsWith('refs/heads/')"],
    ["assertion.repository_id in ['900100', '900101']"],
    ["!(assertion.ref.endsWith('/develop'))"],
    ['has(assertion.ref) && !has(assertion.environment)'],
    ["assertion['ref'] == 'refs/heads/' + 'main'"],
    ["(assertion.ref == 'x' ? 'a' : 'b') == 'b'"],
    ["assertion.ref.extract('refs/{kind}/main') == 'heads'"],
  ])('%s', (condition) => {
    expect(holds(condition, { assertion })).toBe(true);
  });
});

describe('a limit on the roles that may be granted', () => {
  const limit = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/a', 'roles/b'])";

  test.each<[situation: string, granted: string[] | undefined, expected: boolean]>([
    ['holds for a listed role', ['roles/a'], true],
    ['holds for a request that changes no grant', undefined, true],
    ['does not hold for another role', ['roles/owner'], false],
    ['does not hold for another role beside a listed one', ['roles/a', 'roles/owner'], false],
  ])('%s', (_, granted, expected) => {
    const api = granted ? { 'iam.googleapis.com/modifiedGrantsByRole': granted } : {};
    expect(holds(limit, { api })).toBe(expected);
  });
});

describe('a condition does not hold', () => {
  test.each([
    ["assertion.repository_id == '900101'"],
    ["assertion.repository_id == 'x' && assertion.absent == 'y'"],
    ["assertion.environment == 'prd'"],
    ['assertion.repository_id == 900100'],
    ['assertion.ref'],
    ["assertion.ref.extract('tags/{name}') != ''"],
    ["assertion.constructor == 'x'"],
  ])('%s', (condition) => {
    expect(holds(condition, { assertion })).toBe(false);
  });
});

test('an absent claim is an error in a mapping', () => {
  expect(() => compile('assertion.environment')({ assertion })).toThrow(EvaluationError);
});

test.each([['assertion.ref ='], ["assertion.ref == 'open"], ["assertion.ref.matches('.*')"], ["'a' 'b'"], ['']])(
  'what is outside of the language is a syntax error: %s',
  (source) => {
    expect(() => compile(source)).toThrow(SyntaxError);
  },
);
