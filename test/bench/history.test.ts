import { describe, expect, test } from '@jest/globals';
import { chart, share, withRun, type Run } from './history.ts';

const run = (date: string, ...rows: Run['rows'][number][]): Run => ({
  date,
  commit: 'abc1234',
  node: 'v24',
  load: 1,
  rows,
});
const row = (what: string, value: string, bar: string, holds = true) => ({ what, value, bar, holds });

test.each([
  ['42 ms more (90 ms, 48 ms)', '<= 80 ms more', 0.525],
  ['3.60 x (115 ms)', '<= 4.50 x', 0.8],
  ['2,200 kB', '<= 1,100 kB', 2],
  ['-4 ms more', '<= 80 ms more', -0.05],
])('%s takes of %s that part', (value, bar, part) => {
  expect(share(row('a', value, bar))).toBeCloseTo(part);
});

test('what is no number takes no part', () => expect(share(row('a', 'linear', 'linear'))).toBeUndefined());

test('the oldest runs go, the newest stays last', () => {
  let history: Run[] = [];
  for (let day = 0; day < 60; day++)
    history = withRun(history, run(`2026-01-01T00:00:${String(day).padStart(2, '0')}Z`));
  expect(history).toHaveLength(50);
  expect(history.at(-1)?.date).toContain(':59');
});

describe('the chart', () => {
  const history = [
    run('2026-01-01T00:00:00Z', row('start', '60 ms', '<= 80 ms')),
    run(
      '2026-01-02T00:00:00Z',
      row('start', '40 ms', '<= 80 ms'),
      row('<b>', '12 MB', '<= 6 MB', false),
      row('c', 'x', 'y'),
    ),
  ];
  const svg = chart(history);
  test('has a bar for each measurement of the newest run that is a number', () => {
    expect(svg.match(/<rect [^>]*rx=/g)).toHaveLength(2);
    expect(svg).toContain('width="170.0"');
    expect(svg).toContain('40 ms of 80 ms');
  });
  test('shows what was missed by more than its colour, and stays within the picture', () => {
    expect(svg).toContain('✗ 12 MB of 6 MB');
    expect(svg).toContain('width="459.0"');
  });
  test('has a dot for each run before', () => expect(svg.match(/<circle/g)).toHaveLength(1));
  test('lets nothing that is measured be markup', () => expect(svg).not.toContain('<b>'));
  test('of nothing is a picture, too', () => expect(chart([])).toContain('<svg'));
});
