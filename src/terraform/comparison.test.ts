import { readFileSync } from 'node:fs';
import { compare, countChanges, type Difference } from './comparison.ts';
import { parsePlan, type PlanJson } from './plan-json.ts';
import { differenceLines, differencePart } from './render/difference.ts';

/** Made by the real Terraform: scripts/comparison-fixtures.ts. */
const plan = (name: string): PlanJson =>
  parsePlan(readFileSync(new URL(`./fixtures/comparison/${name}.json`, import.meta.url), 'utf8'));
const differences = (now: string, ...reviewed: string[]) => compare(plan(now), reviewed.map(plan), (text) => text);
const told = (found: readonly Difference[]) => differenceLines(found).join('\n');

describe('is what was reviewed', () => {
  test.each([
    ['the same plan, made again', 'update-memory-again', ['update-memory']],
    ['what a failed apply left to do', 'create-rest', ['create']],
    ['nothing, after everything was done', 'create-nothing-left', ['create']],
    [
      'a merge queue’s two pull requests in one plan, on different attributes',
      'update-both',
      ['update-memory', 'update-labels'],
    ],
    ['two pull requests on different resources', 'update-memory-create-dns', ['update-memory', 'create-dns']],
    ['one of two, after the other was applied', 'create-dns', ['update-memory-create-dns']],
    ['the creation that is left of a replacement', 'replace-rest', ['replace']],
    ['a removal', 'delete', ['delete']],
    ['a move', 'move', ['move']],
    ['an import', 'import', ['import']],
    ['secrets', 'secret', ['secret']],
  ])('%s', (_what, now, reviewed) => {
    expect(differences(now, ...reviewed)).toEqual([]);
  });
});

describe('is not what was reviewed', () => {
  test.each([
    [
      'another value',
      'update-memory-other',
      ['update-memory'],
      '- input.memory_gb: reviewed 1 → 2',
      '+ input.memory_gb: now 1 → 3',
    ],
    ['the same value from another one', 'update-memory-drifted', ['update-memory'], 'reviewed 1 → 2', 'now 5 → 2'],
    [
      'a change beside the reviewed one',
      'update-both',
      ['update-memory'],
      'input.labels.cost: reviewed unchanged',
      'now "b"',
    ],
    [
      'the correction of a drift',
      'create-dns-correct-drift',
      ['create-dns'],
      'terraform_data.redis would be changed in place',
      'no reviewed plan touches it',
    ],
    [
      'a value more in something new',
      'create-other-value',
      ['create'],
      'terraform_data.network would be created',
      'mtu: now 1500',
    ],
    [
      'something of which no plan says a thing',
      'create-dns',
      [],
      'terraform_data.dns would be created',
      'no reviewed plan touches it',
    ],
    [
      'a replacement where a change was reviewed',
      'replace',
      ['update-memory'],
      'terraform_data.address would be replaced',
      'no reviewed plan',
    ],
    [
      'a replacement in the other order',
      'replace-create-first',
      ['replace'],
      'would be replaced',
      'order is not the reviewed one',
    ],
    [
      'a removal of what was to be replaced',
      'delete',
      ['replace'],
      'would be destroyed',
      'the reviewed plan was to replace it',
    ],
    [
      'another object at the same address',
      'delete-other-object',
      ['delete'],
      'would be destroyed',
      'order is not the reviewed one',
    ],
    [
      'a move that was not reviewed',
      'move',
      ['update-memory'],
      'terraform_data.cache would be moved',
      'no reviewed plan',
    ],
    ['the import of another id', 'import-other', ['import'], 'would be imported', 'its object, id'],
    [
      'an output',
      'output-changed',
      ['create-nothing-left'],
      'output fixed would change',
      'no reviewed plan touches it',
    ],
    ['an output’s other value', 'output-changed', ['create'], 'output fixed would change', '"other"'],
  ])('%s', (_what, now, reviewed, ...words) => {
    const text = told(differences(now, ...reviewed));
    for (const word of words) expect(text).toContain(word);
  });
});

test('a secret that differs is a difference, and neither of its values is told', () => {
  const found = differences('secret-other', 'secret');
  expect(found.map(({ address }) => address)).toEqual(['terraform_data.auth', 'auth']);
  const text = told(found) + JSON.stringify(found) + differencePart(found, 'full').join('\n');
  expect(text).toContain('differs, (sensitive)');
  expect(text).not.toContain('swordfish');
});

test('what was known at the review must be known now', () => {
  // As when another change of a merge queue's group makes the network anew.
  const text = told(differences('create', 'create-rest'));
  expect(text).toContain('terraform_data.network would be created; no reviewed plan touches it');
  expect(text).toContain('terraform_data.cluster would be created, with other values than were reviewed');
  expect(text).toContain('now (known after apply)');
});

test('the order of resources and of keys does not matter', () => {
  const now = plan('update-memory-create-dns');
  const turned = {
    ...now,
    resource_changes: now.resource_changes.toReversed().map((resource) => ({
      ...resource,
      change: { ...resource.change, after: reversedKeys(resource.change.after) as never },
    })),
  };
  expect(compare(turned, [now], (text) => text)).toEqual([]);
});

test('sets whose elements were not known at the review are matched element by element', () => {
  const reviewed = plan('create');
  const with_ = (after: unknown, after_unknown: unknown): PlanJson => ({
    ...reviewed,
    output_changes: {},
    resource_changes: reviewed.resource_changes
      .filter(({ name }) => name === 'cluster')
      .map((resource) => ({ ...resource, change: { ...resource.change, after, after_unknown } as never })),
  });
  const then = with_({ zones: ['b', null] }, { zones: [false, true] });
  const compared = (zones: string[]) => compare(with_({ zones }, {}), [then], (text) => text).length;
  expect(compared(['a', 'b'])).toBe(0);
  // Two equal elements of a set are one.
  expect(compared(['b'])).toBe(0);
  expect(compared(['a', 'c'])).toBe(1);
  expect(compared(['a', 'b', 'c'])).toBe(1);
});

test('data sources that are read do not count', () => {
  const now = plan('create-dns');
  const reads = now.resource_changes.map((resource) => ({
    ...resource,
    mode: 'data',
    change: { ...resource.change, actions: ['read' as const] },
  }));
  expect(compare({ ...now, resource_changes: reads }, [], (text) => text)).toEqual([]);
});

test.each([
  ['update-memory', 1],
  ['create', 4],
  ['create-nothing-left', 0],
])('%s does %i things', (name, count) => {
  expect(countChanges(plan(name))).toBe(count);
});

describe('the comment’s part', () => {
  const found = differences('update-memory-create-dns');

  test('gets shorter with less room, and says how many there are to the end', () => {
    const texts = (['full', 'changed', 'list', 'short', 'counts'] as const).map((depth) =>
      differencePart(found, depth).join('\n\n'),
    );
    for (const text of texts) expect(text).toContain('**Not as reviewed** · 2 changes');
    expect(texts[2]).toContain('terraform_data.dns');
    expect(texts[4]).not.toContain('terraform_data');
  });

  test('is nothing without differences', () => {
    expect(differencePart([], 'full')).toEqual([]);
  });
});

function reversedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversedKeys(item)]),
  );
}
