import { type Values } from '../values/tree.ts';
import { compare } from './compare.ts';
import { quantity } from './quantity.ts';

/** A live object as the API server keeps one, with what Helm has applied in its managed fields. */
const live = (spec: Values, fields: Values, more: readonly Values[] = []): Values => ({
  metadata: {
    name: 'x',
    managedFields: [{ manager: 'helm', operation: 'Apply', fieldsV1: { 'f:spec': fields } }, ...more],
  },
  spec,
});
const differences = (declared: Values, found: Values, previous?: Values) =>
  compare({ declared: { spec: declared }, live: found, previous: previous && { spec: previous }, manager: 'helm' }).map(
    ({ path, before, after }) => [path.join('.'), before, after],
  );

test.each([
  ['a number as text', { a: 80 }, { a: '80' }],
  ['an empty map', { a: {} }, {}],
  ['an empty list', { a: [] }, {}],
  ['null', { a: null }, { a: 'default' }],
  ['false, which the server leaves out', { a: false }, {}],
  ['a field that the server has filled in', {}, { a: 'default' }],
  ['cores in thousandths', { limits: { cpu: '1000m' } }, { limits: { cpu: '1' } }],
  ['memory in other units', { requests: { memory: '0.5Gi' } }, { requests: { memory: '512Mi' } }],
])('%s is no change', (_what, declared, found) => {
  expect(differences(declared, live(found, {}))).toEqual([]);
});

test.each<[string, Values, Values, unknown]>([
  ['another value', { a: 1 }, { a: 2 }, ['spec.a', 2, 1]],
  ['a new field', { a: 'x' }, {}, ['spec.a', undefined, 'x']],
  ['a quantity where none is meant', { a: '1000m' }, { a: '1' }, ['spec.a', '1', '1000m']],
  ['false that was true', { a: false }, { a: true }, ['spec.a', true, false]],
  ['an item of a list that is one value', { a: ['x', 'y'] }, { a: ['x', 'z'] }, ['spec.a.1', 'z', 'y']],
  ['a shorter list', { a: ['x'] }, { a: ['x', 'z'] }, ['spec.a.1', 'z', undefined]],
])('%s is a change', (_what, declared, found, expected) => {
  expect(differences(declared, live(found, {}))).toEqual([expected]);
});

describe('what the manifest has no more', () => {
  test('is removed when Helm owns it, and stays when another does', () => {
    const other = { manager: 'hpa', operation: 'Update', fieldsV1: { 'f:spec': { 'f:theirs': {} } } };
    const found = live({ ours: 1, theirs: 2 }, { 'f:ours': {} }, [other]);
    expect(differences({}, found)).toEqual([['spec.ours', 1, undefined]]);
  });

  test('of a part that others have set something in only Helm’s own goes', () => {
    const annotations = { 'f:map': { 'f:theirs': {} } };
    const other = { manager: 'kubectl-annotate', operation: 'Update', fieldsV1: { 'f:spec': annotations } };
    const found = live({ map: { ours: 1, theirs: 2 } }, { 'f:map': { '.': {}, 'f:ours': {} } }, [other]);
    expect(differences({}, found)).toEqual([['spec.map.ours', 1, undefined]]);
  });

  test('of an object that Helm 3 wrote is told by the manifest before, since the server’s defaults are Helm’s then', () => {
    const fieldsV1 = { 'f:spec': { 'f:ours': {}, 'f:default': {} } };
    const metadata = { managedFields: [{ manager: 'helm', operation: 'Update', fieldsV1 }] };
    const found = { metadata, spec: { ours: 1, default: 2 } };
    expect(differences({}, found, { ours: 1 })).toEqual([['spec.ours', 1, undefined]]);
    expect(differences({}, found)).toEqual([]);
  });
});

describe('a list whose items have keys', () => {
  const ports = { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } } };

  test('is compared by them, and what a manifest leaves out of a key is the server’s', () => {
    const found = live({ ports: [{ port: 80, protocol: 'TCP', name: 'a' }] }, ports);
    expect(differences({ ports: [{ port: 80, name: 'a' }] }, found)).toEqual([]);
    expect(differences({ ports: [{ port: 80, name: 'b' }] }, found)).toEqual([['spec.ports.[b].name', 'a', 'b']]);
  });

  test('tells items that come and go, but those of others', () => {
    const found = live(
      {
        ports: [
          { port: 80, protocol: 'TCP', name: 'a' },
          { port: 9, protocol: 'TCP', name: 'injected' },
        ],
      },
      ports,
    );
    expect(differences({ ports: [{ port: 443, name: 'c' }] }, found)).toEqual([
      ['spec.ports.[c]', undefined, { port: 443, name: 'c' }],
      ['spec.ports.[a]', { port: 80, protocol: 'TCP', name: 'a' }, undefined],
    ]);
  });
});

test('who else has set a field is told', () => {
  const other = { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:a': {} } } };
  const [difference] = compare({
    declared: { spec: { a: 1 } },
    live: live({ a: 2 }, { 'f:a': {} }, [other]),
    previous: undefined,
    manager: 'helm',
  });
  expect(difference?.setBy).toEqual(['kubectl-edit']);
});

test.each([
  ['1', 1],
  ['1000m', 1],
  ['100m', 0.1],
  ['0.1', 0.1],
  ['1Gi', 2 ** 30],
  ['1e3', 1000],
  ['5k', 5000],
  ['v1.13.11', undefined],
  ['', undefined],
])('the quantity %s is %s', (text, number) => {
  expect(quantity(text)).toBe(number);
});
