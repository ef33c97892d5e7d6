import { tallyOf } from './e2e/beside.ts';

test('the tally of scenarios that ran beside others is their last line', () => {
  expect(tallyOf(['✓ terraform: x (1 s)', '', '3 passed, 1 failed', ''])).toEqual({ passed: 3, failed: 1 });
});

test.each([
  ['nothing', []],
  ['a run that was cut short', ['✓ terraform: x (1 s)']],
  ['a tally that is not the end', ['3 passed, 0 failed', 'Error: killed']],
  ['a tally in the middle of a line', ['Tests: 3 passed, 0 failed in all']],
])('%s is no tally', (_what, lines) => {
  expect(tallyOf(lines)).toBeUndefined();
});
