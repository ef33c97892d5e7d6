import { at, effective, merge, strings, written } from './tree.ts';

test('mappings merge deeply, lists and scalars are replaced, a null stays', () => {
  const under = { a: { b: 1, c: 2 }, list: [1, 2], gone: 'x' };
  expect(merge(under, { a: { c: 3 }, list: [9], gone: null })).toEqual({ a: { b: 1, c: 3 }, list: [9], gone: null });
  expect(under.a.c).toBe(2);
});

test('a null takes a chart’s default away', () => {
  expect(
    effective({ livekit: { turn: { tls_port: 5349, enabled: true } } }, { livekit: { turn: { tls_port: null } } }),
  ).toEqual({ livekit: { turn: { enabled: true } } });
});

test('a path is followed through mappings and lists', () => {
  const values = { loadBalancer: { tls: [{ hosts: ['livekit.nova.dev'] }] } };
  expect(at(values, ['loadBalancer', 'tls', 0, 'hosts', 0])).toBe('livekit.nova.dev');
  expect(at(values, ['loadBalancer', 'tls', 1, 'hosts'])).toBeUndefined();
  expect(at(values, ['loadBalancer', 'tls', 0, 'hosts', 0, 'deeper'])).toBeUndefined();
});

test('every string is found with its path', () => {
  expect([...strings({ a: ['x', { b: 'y' }], c: 1 })].map(({ path, text }) => [written(path), text])).toEqual([
    ['a[0]', 'x'],
    ['a[1].b', 'y'],
  ]);
});

test('a dot in a key is written as the set input takes it', () => {
  expect(written(['podAnnotations', 'cluster-autoscaler.kubernetes.io/safe-to-evict'])).toBe(
    'podAnnotations.cluster-autoscaler\\.kubernetes\\.io/safe-to-evict',
  );
});
