import { combinationName, combinations } from './matrix.ts';

it('is one empty combination without a matrix', () => expect(combinations(undefined)).toEqual([{}]));

it('combines every value of every axis, without what is excluded', () => {
  const matrix = { environment: ['dev', 'stg'], size: [1, 2], exclude: [{ environment: 'stg', size: 2 }] };
  expect(combinations(matrix)).toEqual([
    { environment: 'dev', size: 1 },
    { environment: 'dev', size: 2 },
    { environment: 'stg', size: 1 },
  ]);
});

it("follows GitHub's own example of include", () => {
  const matrix = {
    fruit: ['apple', 'pear'],
    animal: ['cat', 'dog'],
    include: [
      { color: 'green' },
      { color: 'pink', animal: 'cat' },
      { fruit: 'apple', shape: 'circle' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ],
  };
  expect(combinations(matrix)).toEqual([
    { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
    { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
    { fruit: 'pear', animal: 'cat', color: 'pink' },
    { fruit: 'pear', animal: 'dog', color: 'green' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ]);
});

it('takes include alone', () => expect(combinations({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]));

it('refuses an axis that is no list', () =>
  expect(() => combinations({ a: 'x' })).toThrow("The matrix's a is not a list."));

it('refuses an axis without values', () =>
  expect(() => combinations({ environment: [] })).toThrow("Matrix vector 'environment' does not contain any values."));

it('names a job by its combination', () => {
  expect(combinationName('plan', { environment: 'dev', size: 1 })).toBe('plan (dev, 1)');
  expect(combinationName('plan', {})).toBe('plan');
});
