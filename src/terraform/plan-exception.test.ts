import { planException } from './plan-exception.ts';

test('a plan of everything needs no reason', () => {
  expect(planException(undefined, [], [])).toBeUndefined();
  expect(planException('a reason for nothing', [], [])).toBeUndefined();
});

test('targets and replacements come with theirs', () => {
  expect(planException('pool is broken', ['a.b'], ['c.d'])).toEqual({
    reason: 'pool is broken',
    targets: ['a.b'],
    replace: ['c.d'],
  });
});

test.each([
  [['a.b'], [], /`target` is given/],
  [[], ['a.b'], /`replace` is given/],
])('without one they are refused', (targets, replace, message) => {
  const refused = expect.objectContaining({
    code: 'LK-TF-040',
    message: expect.stringMatching(message) as string,
  }) as Error;
  expect(() => planException(undefined, targets, replace)).toThrow(refused);
});
