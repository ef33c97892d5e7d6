import { readFileSync } from 'node:fs';
import { parsePlan } from '../plan-json.ts';
import { planModel } from '../plan-model.ts';
import { guardPart } from '../render/guards.ts';
import { findings } from './findings.ts';
import { globMatcher } from './glob.ts';
import { parsePolicy } from './policy/read.ts';
import { PROTECTED_TYPES } from './protected-types.ts';

const same = (text: string) => text;
function planOf(fixture: string) {
  const plan = parsePlan(readFileSync(new URL(`../fixtures/${fixture}.json`, import.meta.url), 'utf8'));
  return { plan, model: planModel(plan, same), redact: same };
}
const none = { protectedTypes: [], maxDestroy: undefined, policy: undefined, label: 'allow-destroy' };

describe('protected types', () => {
  test('are found when they are destroyed or replaced, and only then', () => {
    const google = planOf('google');
    const gone = google.model.resources.filter(
      ({ action, type }) => (action === 'delete' || action === 'replace') && PROTECTED_TYPES.includes(type),
    );
    expect(gone.length).toBeGreaterThan(0);
    expect(findings(google, { ...none, protectedTypes: PROTECTED_TYPES })).toEqual(
      gone.map(
        ({ address }) => expect.objectContaining({ kind: 'protected', address, level: 'needs-label' }) as unknown,
      ),
    );
  });

  test.each([
    ['google_sql_*', 'google_sql_database', true],
    ['google_sql_*', 'google_redis_instance', false],
    ['*_instance', 'google_redis_instance', true],
    ['g*_r*_i*', 'google_redis_instance', true],
    ['aa*aa', 'aaa', false],
    ['*', '', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (glob, text, expected) => expect(globMatcher(glob)(text)).toBe(expected));
});

describe('max-destroy', () => {
  const google = planOf('google');
  const gone = google.model.counts.destroy + google.model.counts.replace;
  test('is found with one more than the limit, not with the limit', () => {
    expect(findings(google, { ...none, maxDestroy: gone })).toEqual([]);
    const [found] = findings(google, { ...none, maxDestroy: gone - 1 });
    expect(found).toMatchObject({ kind: 'max-destroy', level: 'needs-label', destroys: { most: gone - 1 } });
    expect(found?.destroys?.addresses).toHaveLength(gone);
  });
});

describe('the part of the comment', () => {
  const finding = {
    kind: 'protected',
    address: 'a.b["<x>"]',
    message: 'would be *destroyed*',
    level: 'needs-label',
  } as const;
  test('says what is needed and by whom in one sentence, then what for', () => {
    const [text = ''] = guardPart([finding], 'full', 'may-go');
    expect(text).toContain(
      '**This plan is applied only with the label <code>may-go</code>**, put on after this plan was made by a person with write access; the next push makes it void.',
    );
    expect(text).toContain('- 🔒 <code>a.b["&lt;x&gt;"]</code> · would be \\*destroyed\\*');
  });
  test('says of a plan of a run what allows that', () => {
    expect(guardPart([finding], 'full', null)[0]).toContain(
      '**This plan is applied only with the input <code>allow-destroy: true</code>**, in a job with a GitHub environment',
    );
  });
  test('says the gravest', () => {
    const [text = ''] = guardPart([finding, { ...finding, kind: 'policy', level: 'block' }], 'full');
    expect(text).toContain('> [!CAUTION]\n> **This plan will not be applied**: 1 rule of the policy forbids it.');
    expect(text.indexOf('⛔')).toBeLessThan(text.indexOf('🔒'));
  });
  test('is the sentence alone where there is no room, and nothing without findings', () => {
    expect(guardPart([finding], 'counts').join('')).not.toContain('- 🔒');
    expect(guardPart([finding], 'counts').join('')).toContain('only with the label');
    expect(guardPart([], 'full')).toEqual([]);
  });
  test('has an end', () => {
    const [text = ''] = guardPart(
      Array.from({ length: 60 }, () => finding),
      'full',
    );
    expect(text).toContain('- and 10 more findings');
  });
});

test('all kinds come together, the gravest first', async () => {
  const policy = await parsePolicy(
    'rules: [{ name: no, type: "*", action: [create, update, replace, delete], attribute: nowhere, operator: exists, message: No, level: block }]',
    'policy.yaml',
  );
  const found = findings(planOf('google'), { ...none, protectedTypes: ['*'], maxDestroy: 0, policy });
  expect(found[0]).toMatchObject({ kind: 'policy', level: 'block' });
  expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['policy', 'protected', 'max-destroy']));
});
