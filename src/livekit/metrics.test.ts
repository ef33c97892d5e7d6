import { describe, expect, test } from '@jest/globals';
import { parseMetrics } from './metrics.ts';

describe('Prometheus’ text format', () => {
  test.each([
    ['a 1', { name: 'a', labels: {}, value: 1 }],
    ['a{b="c"} 1.5e3', { name: 'a', labels: { b: 'c' }, value: 1500 }],
    ['a{b="c",d="e f",} 1 1700000000000', { name: 'a', labels: { b: 'c', d: 'e f' }, value: 1 }],
    ['a{b="x\\"y\\\\z\\n} 3"} +Inf', { name: 'a', labels: { b: 'x"y\\z\n} 3' }, value: Infinity }],
    ['a_bucket{le="+Inf"} -Inf', { name: 'a_bucket', labels: { le: '+Inf' }, value: -Infinity }],
  ])('%s', (line, sample) => expect(parseMetrics(line)).toEqual([sample]));

  test.each(['', '# TYPE a gauge', '<html>', '{"a": 1}', 'a', '1a 2'])('is not: %s', (line) =>
    expect(parseMetrics(line)).toEqual([]),
  );
});
