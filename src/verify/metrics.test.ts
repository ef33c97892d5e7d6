import { describe, expect, test } from '@jest/globals';
import { parseMetrics } from './metrics.ts';
import { judgeMetrics } from './checks/metrics.ts';

const page = (nodeId: string) => `# HELP livekit_room_total
# TYPE livekit_room_total gauge
livekit_room_total{node_id="${nodeId}",node_type="SERVER"} 2
livekit_participant_total{node_id="${nodeId}",node_type="SERVER"} 5
livekit_node_packet_total{node_id="${nodeId}",type="out"} 12
go_goroutines 40`;

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

describe('metrics', () => {
  test('all series on all pods pass', () =>
    expect(
      judgeMetrics([
        { pod: 'p1', status: 200, body: page('ND_1') },
        { pod: 'p2', status: 200, body: page('ND_2') },
      ]),
    ).toEqual({
      verdict: 'pass',
      evidence: 'p1 4 series (2 rooms, 5 participants); p2 4 series (2 rooms, 5 participants).',
    }));

  test('a missing series fails by its name, and may still come', () =>
    expect(
      judgeMetrics([{ pod: 'p1', status: 200, body: page('ND_1').replace('livekit_participant_total', 'x') }]),
    ).toMatchObject({
      verdict: 'fail',
      final: false,
      evidence: 'p1 serves 4 series, but not livekit_participant_total.',
    }));

  test('another status fails for good', () =>
    expect(judgeMetrics([{ pod: 'p1', status: 404, body: page('ND_1') }])).toMatchObject({
      verdict: 'fail',
      final: true,
      evidence: 'p1 answered GET /metrics with status 404.',
    }));

  test('two pods with one node id fail: one of them answers for both', () =>
    expect(
      judgeMetrics([
        { pod: 'p1', status: 200, body: page('ND_1') },
        { pod: 'p2', status: 200, body: page('ND_1') },
      ]),
    ).toMatchObject({ verdict: 'fail', evidence: 'p2 and p1 both report the node id ND_1.' }));
});
