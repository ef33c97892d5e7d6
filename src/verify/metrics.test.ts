import { describe, expect, test } from '@jest/globals';
import { judgeMetrics } from './checks/metrics.ts';

const page = (nodeId: string) => `# HELP livekit_room_total
# TYPE livekit_room_total gauge
livekit_room_total{node_id="${nodeId}",node_type="SERVER"} 2
livekit_participant_total{node_id="${nodeId}",node_type="SERVER"} 5
livekit_node_packet_total{node_id="${nodeId}",type="out"} 12
go_goroutines 40`;

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
