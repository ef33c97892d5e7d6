import { tallyOf } from './e2e/beside.ts';

test('the tally of scenarios that ran beside others is their last line; it names each failure once', () => {
  const lines = ['✓ terraform: x (1 s)', '✗ terraform: y (2 s)', '    Error: why', 'Failed:', '  ✗ terraform: y (2 s)'];
  expect(tallyOf([...lines, '', '3 passed, 1 failed', ''])).toEqual({
    passed: 3,
    failed: 1,
    failures: ['✗ terraform: y (2 s)'],
  });
});

test.each([
  ['nothing', []],
  ['a run that was cut short', ['✓ terraform: x (1 s)']],
  ['a tally that is not the end', ['3 passed, 0 failed', 'Error: killed']],
  ['a tally in the middle of a line', ['Tests: 3 passed, 0 failed in all']],
])('%s is no tally', (_what, lines) => {
  expect(tallyOf(lines)).toBeUndefined();
});
