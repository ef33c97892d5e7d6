import type { CostEstimate } from '../cost/estimate.ts';
import { costPart } from './cost.ts';

const estimate = (more: Partial<CostEstimate> = {}): CostEstimate => ({
  before: { minimum: 412.4, maximum: 412.4 },
  after: { minimum: 824, maximum: 824 },
  parts: [
    {
      address: 'google_redis_instance.this["a|b"]',
      what: 'BASIC, 1 GiB',
      before: { minimum: 412.4, maximum: 412.4 },
      after: { minimum: 824, maximum: 1_648 },
    },
  ],
  notEstimated: [],
  prices: { date: '2026-07-16', region: 'asia-northeast1', source: 'list', unconfirmed: [] },
  ...more,
});
const first = (one: CostEstimate) => costPart(one, 'short')[0];

test.each<[string, Partial<CostEstimate>, string]>([
  ['before and after', {}, '<b>Cost</b> · about $412 → $824 a month'],
  ['no change', { after: { minimum: 412, maximum: 412 } }, '<b>Cost</b> · about $412 (as before) a month'],
  ['a first plan', { before: { minimum: 0, maximum: 0 } }, '<b>Cost</b> · about $0 → $824 a month'],
  [
    'nodes that scale',
    { after: { minimum: 824, maximum: 1_648 } },
    '<b>Cost</b> · about $412 → $824 a month at the least, up to $412 → $1,648 at the most',
  ],
  [
    'what is left out',
    { notEstimated: [{ what: 'google_storage_bucket', count: 2, why: 'by use' }] },
    '<b>Cost</b> · about $412 → $824 a month, 1 item not estimated',
  ],
  [
    'cents of a small sum',
    { before: { minimum: 0, maximum: 0 }, after: { minimum: 0.2, maximum: 0.2 } },
    '<b>Cost</b> · about $0 → $0.20 a month',
  ],
  [
    'nothing but what is left out',
    { parts: [], notEstimated: [{ what: 'google_storage_bucket', count: 1, why: 'by use' }] },
    '<b>Cost</b> · 1 item not estimated',
  ],
])('the line tells %s', (_name, more, line) => expect(first(estimate(more))).toBe(line));

test('the table has a row for each part, in which nothing is markup', () => {
  const [text = ''] = costPart(estimate(), 'full');
  expect(text).toContain(
    '| <code>google_redis_instance.this["a&#124;b"]</code> | BASIC, 1 GiB | $412 | $824 to $1,648 |',
  );
  expect(text).toContain('List prices of asia-northeast1 as of 2026-07-16');
});

test('what is left out is listed with its reason, and prices nobody has checked are named', () => {
  const notEstimated = [{ what: 'google_storage_bucket', count: 2, why: 'costs by use' }];
  const prices = { ...estimate().prices, unconfirmed: ['google_redis_instance'] };
  const [text] = costPart(estimate({ notEstimated, prices }), 'full');
  expect(text).toContain('Not estimated:\n- <code>google_storage_bucket</code> (2): costs by use');
  expect(text).toContain('Not confirmed: those of <code>google_redis_instance</code>.');
});

test('long lists are cut', () => {
  const [part] = estimate().parts;
  const parts = Array.from({ length: 5_000 }, () => part ?? []).flat();
  const notEstimated = Array.from({ length: 5_000 }, (_, index) => ({ what: `t${index}`, count: 1, why: 'x' }));
  const [text = ''] = costPart(estimate({ parts, notEstimated }), 'full');
  expect(text).toContain('and 4,970 cheaper parts.');
  expect(text).toContain('- and 4970 more');
  expect(text.length).toBeLessThan(10_000);
});

test('a plan without anything in it has no line', () => {
  expect(costPart(estimate({ parts: [] }), 'full')).toEqual([]);
});
