import { condition, evaluate, interpolate, interpolateAll } from './expression.ts';

const CONTEXT = {
  github: { ref: 'refs/heads/main', event: { number: 7 } },
  needs: { a: { outputs: { list: '["x","y"]' } } },
};
const GOOD = { failed: false, skipped: false, cancelled: false };
const FAILED = { ...GOOD, failed: true };

it('evaluates with contexts and functions', () => {
  expect(evaluate("github.ref == 'refs/heads/main' && github.event.number > 6", CONTEXT)).toBe(true);
  expect(evaluate('fromJSON(needs.a.outputs.list)[1]', CONTEXT)).toBe('y');
  expect(evaluate('github.nothing.there', CONTEXT)).toBeNull();
});

it('keeps the type of a text that is one expression, and writes others into the text', () => {
  expect(interpolate('${{ fromJSON(needs.a.outputs.list) }}', CONTEXT)).toEqual(['x', 'y']);
  expect(interpolate("n ${{ github.event.number }} ${{ '}}' }} ${{ github.none }}.", CONTEXT)).toBe('n 7 }} .');
  expect(interpolateAll({ a: ['${{ github.event.number }}'], b: true }, CONTEXT)).toEqual({ a: [7], b: true });
});

it.each([
  ['nothing written, all good', undefined, GOOD, true],
  ['nothing written, a need failed', undefined, FAILED, false],
  ['an own condition, a need failed', "github.ref == 'refs/heads/main'", FAILED, false],
  ['always()', '${{ always() }}', FAILED, true],
  ['failure()', 'failure()', FAILED, true],
  ['failure() without one', 'failure()', GOOD, false],
  ['!cancelled() and more', "!cancelled() && github.ref == 'refs/heads/main'", FAILED, true],
  ['false', false, GOOD, false],
])('decides about a job: %s', (_, written, status, expected) =>
  expect(condition(written, CONTEXT, status)).toBe(expected),
);

it('names the expression that it cannot evaluate', () => {
  expect(() => evaluate('nothing.known', CONTEXT)).toThrow('${{ nothing.known }} cannot be evaluated');
});
