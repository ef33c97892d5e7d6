import { expect, test } from '@jest/globals';
import { allCases, KINDS, sample } from './cases.ts';
import type { Point } from './gate.ts';

const point = (service: Point['service'], method: string, shape: string, nth = 1): Point => ({
  service,
  method,
  shape,
  nth,
});
const points = [
  point('storage', 'GET', '/o/lease.json'),
  point('storage', 'POST', '/upload lease.json'),
  point('storage', 'POST', '/upload lease.json', 2),
  point('acme', 'POST', '/order-plz'),
  point('kubernetes', 'PATCH', '/secrets/tls'),
];

test('every request has every kind of fault that it can have, lasting ones only from its first time on', () => {
  const kinds = (index: number) =>
    allCases(points)
      .filter((each) => each.point === points[index])
      .map(({ kind }) => kind);
  expect(kinds(0)).toEqual(KINDS.filter((kind) => kind !== 'changed'));
  expect(kinds(1)).toEqual(KINDS);
  expect(kinds(2)).toEqual(KINDS.filter((kind) => kind !== 'away' && kind !== 'refused'));
  expect(kinds(3)).not.toContain('changed');
  expect(kinds(4)).toEqual(KINDS);
});

test('a sample is the same for the same seed, another for another, and meets every kind and service early', () => {
  const cases = allCases(points);
  expect(sample(cases, 10, 7)).toEqual(sample(cases, 10, 7));
  expect(sample(cases, 10, 7)).not.toEqual(sample(cases, 10, 8));
  const groups = new Set(cases.map(({ kind, point: { service } }) => `${kind} ${service}`));
  const first = sample(cases, groups.size, 7).map(({ kind, point: { service } }) => `${kind} ${service}`);
  expect(new Set(first)).toEqual(groups);
  expect(new Set(sample(cases, 1000, 7))).toEqual(new Set(cases));
});
