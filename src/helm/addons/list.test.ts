import { describe, expect, test } from '@jest/globals';
import { ADDONS } from '../../verify/addons.ts';
import { chooseAddOns, inputsOf, type ListedAddOn, parseAddOns } from './list.ts';
import { phases } from './phases.ts';

const named = (name: string, more: Partial<ListedAddOn> = {}): ListedAddOn => ({ name, namespace: 'a', ...more });
const turn = (list: readonly ListedAddOn[], environment = 'dev', names?: readonly string[]) =>
  chooseAddOns(list, environment, names).map(({ name }) => name);

describe('phases', () => {
  test('begin with the core, have every add-on once, and each after what it needs', () => {
    expect(phases.map(({ name }) => name)).toEqual(['core', 'ingress-tls', 'turn-server', 'monitoring', 'gitops']);
    expect(
      phases
        .slice(1)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(ADDONS).sort());
    for (const [index, { needs }] of phases.entries()) {
      const before = phases.slice(0, index).map(({ name }) => name);
      expect(needs.filter((need) => !before.includes(need))).toEqual([]);
    }
  });
});

describe('the choice', () => {
  const all = ['gitops', 'monitoring', 'turn-server', 'ingress-tls'].map((name) => named(name));

  test('comes in the order of the phases, whatever the order of the list', () => {
    expect(turn(all)).toEqual(['ingress-tls', 'turn-server', 'monitoring', 'gitops']);
    expect(turn(all, 'dev', ['gitops', 'turn-server'])).toEqual(['turn-server', 'gitops']);
  });

  test('tells of each what of the chosen must be up before', () => {
    expect(chooseAddOns(all, 'dev').at(-1)?.after).toEqual(['ingress-tls']);
    expect(chooseAddOns(all, 'dev', ['gitops'])[0]?.after).toEqual([]);
  });

  test('has one’s own behind, in the order of the list, but before what needs them', () => {
    const own = [named('b'), named('a'), named('cert-manager')];
    const entrance = named('ingress-tls', { needs: ['cert-manager'] });
    expect(turn([...own, entrance, named('turn-server')])).toEqual([
      'turn-server',
      'b',
      'a',
      'cert-manager',
      'ingress-tls',
    ]);
  });

  test('is of the environment alone', () => {
    const list = [
      named('a', { environments: ['prd'] }),
      named('a', { environments: ['dev'], release: 'b' }),
      named('c'),
    ];
    expect(chooseAddOns(list, 'dev').map(({ name, release }) => [name, release])).toEqual([
      ['a', 'b'],
      ['c', undefined],
    ]);
    expect(() => chooseAddOns(list, 'stg', ['a'])).toThrow(
      'helm/addons/add-ons.json lists no add-on a for stg: add it there first.',
    );
  });

  test.each([
    ['a circle', [named('a', { needs: ['b'] }), named('b', { needs: ['a'] })], 'need each other: a, b'],
    ['itself', [named('a', { needs: ['a'] })], 'need each other: a'],
    ['what is not there', [named('a', { needs: ['b'] })], 'a needs b, and lists no b for dev'],
  ])('is refused when an add-on needs %s', (_what, list, words) =>
    expect(() => chooseAddOns(list, 'dev')).toThrow(words),
  );
});

test.each([
  ['no JSON', '{', 'is no JSON'],
  ['a password', '{"addOns":[{"name":"a","namespace":"b","secrets":{"c":{"D":"hunter2"}}}]}', 'addOns[0].secrets.c.D'],
  ['a word that means nothing', '{"addOns":[{"name":"a","namespace":"b","chart":"c"}]}', 'addOns[0]'],
])('a list with %s is refused, and where', (_what, text, words) => expect(() => parseAddOns(text)).toThrow(words));

test('inputs of helm-deploy are text, a line for each', () => {
  const secrets = { a: { B: 'secret-manager:c' } };
  expect(inputsOf(named('x', { values: ['a', 'b'], set: ['c=1'], secrets }))).toEqual({
    ...{ chart: 'helm/addons/x', release: 'x', namespace: 'a', values: 'a\nb', set: 'c=1', manifests: '' },
    secrets: JSON.stringify(secrets),
  });
});
