import { describe, expect, test } from '@jest/globals';
import type { CallReport } from '../call/call.ts';
import type { NodeCall } from '../call/each-node.ts';
import { DEFAULT_THRESHOLDS } from '../world.ts';
import { judgeCalls } from './media.ts';

const EXTERNAL = '203.0.113.11';

function call(pod: string, more: Partial<CallReport> = {}, firstStage?: CallReport['stage']): NodeCall {
  const report: CallReport = {
    stage: 'done',
    nodeId: `ND_${pod}`,
    version: '1.13.5',
    iceServers: [],
    candidates: [{ transport: 'udp', address: EXTERNAL, port: 50_001, type: 'host' }],
    publishedMilliseconds: 300,
    subscribedMilliseconds: 320,
    dataMilliseconds: 90,
    pairs: ['host udp 10.1.1.1:1 - host udp 203.0.113.11:50001', 'host udp 10.1.1.1:2 - host udp 203.0.113.11:50002'],
    quality: { sent: 250, lost: 0, roundTripMilliseconds: 24, slowMilliseconds: 31 },
  };
  return {
    pod,
    wantedNodeId: `ND_${pod}`,
    earlier: firstStage === undefined ? [] : [{ ...report, stage: firstStage }],
    report: { ...report, ...more },
  };
}
const judge = (calls: NodeCall[], why?: Parameters<typeof judgeCalls>[0]['why']) =>
  judgeCalls({
    calls,
    failed: calls.find(({ report }) => report.stage !== 'done'),
    why,
    thresholds: DEFAULT_THRESHOLDS,
    external: new Map(calls.map(({ pod }) => [pod ?? '', EXTERNAL])),
  });

describe('calls by one path', () => {
  test('pass with what was measured on each node', () =>
    expect(judge([call('p1'), call('p2')])).toEqual({
      verdict: 'pass',
      evidence:
        'p1: connected in 300 ms (publisher) and 320 ms (subscriber), host udp 10.1.1.1:2 - host udp 203.0.113.11:50002, data after 90 ms, round trip 24 ms (95 %: 31 ms), 0 of 250 audio packets lost; p2: connected in 300 ms (publisher) and 320 ms (subscriber), host udp 10.1.1.1:2 - host udp 203.0.113.11:50002, data after 90 ms, round trip 24 ms (95 %: 31 ms), 0 of 250 audio packets lost.',
      calls: ['p1', 'p2'].map((pod) => ({
        ...{ pod, verdict: 'pass', tries: 1, connectedMilliseconds: 320, roundTripMilliseconds: 24, lossPercent: 0 },
      })),
    }));

  test('warn when a call stood at the second try only, with both tries told', () =>
    expect(judge([call('p1'), call('p2', {}, 'publish')])).toMatchObject({
      verdict: 'warn',
      evidence: expect.stringContaining(
        'p2: the first try got to publish and no further within 8 s, the second connected in 300 ms',
      ),
      cause: expect.stringContaining('On p2 the call stood at the second try only'),
      calls: [
        { pod: 'p1', verdict: 'pass', tries: 1 },
        { pod: 'p2', verdict: 'warn', tries: 2 },
      ],
    }));

  test('fail with the cause, and where it works', () =>
    expect(
      judge([call('p1'), call('p2', { stage: 'publish' })], {
        verdict: 'fail',
        evidence: 'nothing came back',
        cause: 'A firewall.',
        fix: 'Open it.',
      }),
    ).toMatchObject({
      verdict: 'fail',
      evidence: 'No call on p2 (it got to: publish): nothing came back. It works on p1.',
      cause: 'A firewall.',
      fix: 'Open it.',
      calls: [
        { pod: 'p1', verdict: 'pass' },
        { pod: 'p2', verdict: 'fail' },
      ],
    }));

  test('fail when a room is on another node than was asked for', () =>
    expect(judge([call('p1', { nodeId: 'ND_other' })])).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('placed on the node ND_other'),
    }));

  test('fail when only inner addresses are named', () =>
    expect(
      judge([call('p1', { candidates: [{ transport: 'udp', address: '10.0.0.7', port: 50_001, type: 'host' }] })]),
    ).toMatchObject({ verdict: 'fail', fix: expect.stringContaining('use_external_ip') }));

  test('fail above the loss that is allowed, and not at it', () => {
    const lossy = (lost: number) =>
      call('p1', { quality: { sent: 200, lost, roundTripMilliseconds: 1, slowMilliseconds: 1 } });
    expect(judge([lossy(10)]).verdict).toBe('pass');
    expect(judge([lossy(60)])).toMatchObject({ verdict: 'fail', evidence: expect.stringContaining('30.0 %') });
  });

  test('warn of a long round trip', () =>
    expect(
      judge([call('p1', { quality: { sent: 250, lost: 0, roundTripMilliseconds: 401, slowMilliseconds: 500 } })]),
    ).toMatchObject({ verdict: 'warn', evidence: expect.stringContaining('More than 400 ms to p1') }));
});
