import { COMMENT_LIMIT, compose, type Section, sectionsOf } from './comment-body.ts';
import { arrange, type Draw } from './comment-space.ts';

const frame = (key: string) => ({
  kind: 'terraform',
  head: (all: readonly Section[]) => `${all.length} environments`,
  key,
});
/** A plan that has texts of these lengths, and takes the fullest that fits. */
const plan =
  (name: string, ...lengths: readonly number[]): Draw =>
  (room) => {
    const length = lengths.find((each) => each <= room) ?? 0;
    // What deflate cannot shorten to nothing, as real text.
    const body = Array.from({ length: Math.ceil(length / 3) }, (_, index) => (index * 7919 + 10_007).toString(36)).join(
      name,
    );
    return { cells: [name], body: body.slice(0, length) };
  };
const lengths = (sections: readonly Section[]) =>
  Object.fromEntries(sections.map(({ key, body }) => [key, body.length]));
/** The comment as the next job finds it. */
const posted = (sections: readonly Section[]) => {
  const text = compose('terraform', frame('').head, sections);
  expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
  return sectionsOf(text);
};
const put = (sections: readonly Section[], key: string, draw: Draw) =>
  posted(
    arrange(
      frame(key),
      sections.filter((each) => each.key !== key),
      draw,
    ),
  );

test('a section alone may take nearly all of the comment', () => {
  const found = put([], 'dev', plan('d', 50_000, 15_000, 700));
  expect(lengths(found)).toEqual({ dev: 50_000 });
});

test('what it took beyond its share it gives back as its shorter text', () => {
  const first = put([], 'dev', plan('d', 45_000, 15_000, 700));
  const second = put(first, 'stg', plan('s', 20_000, 700));
  expect(lengths(second)).toEqual({ dev: 15_000, stg: 20_000 });
  expect(second.find(({ key }) => key === 'dev')?.body).toBe(plan('d', 15_000)(20_000).body);
});

test('it stays as it is when there is room enough', () => {
  const first = put([], 'dev', plan('d', 40_000, 5_000, 700));
  expect(lengths(put(first, 'stg', plan('s', 10_000)))).toEqual({ dev: 40_000, stg: 10_000 });
});

test.each([
  ['large', [60_000, 30_000, 20_000, 700]],
  ['too large for anything but the counts', [200_000, 90_000, 700]],
  ['of any size', [50_000, 40_000, 21_500, 20_500, 10_000, 700]],
])('three environments fit, whoever comes first, when their plans are %s', (_what, sizes) => {
  for (const order of [
    ['dev', 'prd', 'stg'],
    ['stg', 'prd', 'dev'],
    ['prd', 'dev', 'stg', 'dev', 'prd', 'stg'],
  ]) {
    const found = order.reduce<Section[]>((all, key) => put(all, key, plan(key, ...sizes)), []);
    expect(found.map(({ key }) => key)).toEqual(['dev', 'prd', 'stg']);
    const least = sizes.find((size) => size <= 20_700) ?? 0;
    for (const { body } of found) expect(body.length).toBeGreaterThanOrEqual(least);
  }
});

test('a section that became small leaves its room to the others', () => {
  const sizes = [50_000, 15_000, 700];
  const three = ['dev', 'prd', 'stg'].reduce<Section[]>((all, key) => put(all, key, plan(key, ...sizes)), []);
  const small = put(put(three, 'prd', plan('p', 100)), 'stg', plan('s', 100));
  expect(lengths(put(small, 'dev', plan('d', ...sizes)))).toEqual({ dev: 50_000, prd: 100, stg: 100 });
});

test('twenty environments stay within the limit', () => {
  const keys = Array.from({ length: 20 }, (_, index) => `env-${String(index).padStart(2, '0')}`);
  const once = keys.reduce<Section[]>((all, key) => put(all, key, plan(key, 30_000, 2_500, 700, 0)), []);
  const twice = keys.reduce<Section[]>((all, key) => put(all, key, plan(key, 30_000, 2_500, 700, 0)), once);
  expect(twice).toHaveLength(20);
  // At the second run each knows how many there are.
  expect(Math.min(...twice.map(({ body }) => body.length))).toBeGreaterThanOrEqual(700);
});
