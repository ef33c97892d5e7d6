import type { Check, MeasuredCall, Result } from '../check.ts';
import { isPrivateAddress, externalAddress } from '../addresses.ts';
import type { CallReport } from '../call/call.ts';
import { CALL_SECONDS, callEachNode, CONNECT_SECONDS, MEASURE_SECONDS, type NodeCall } from '../call/each-node.ts';
import { explain, type Explanation } from '../call/explain.ts';
import { candidateWords, type MediaPath } from '../call/path.ts';
import type { Thresholds, World } from '../world.ts';

const PATHS: readonly { id: string; path: MediaPath; title: string; way: string }[] = [
  { id: 'media-udp', path: 'udp', title: 'Call over UDP', way: 'over UDP 50000-60000 only' },
  { id: 'media-tcp', path: 'tcp', title: 'Call over TCP', way: 'over TCP 7881 only' },
  {
    id: 'media-turn-tls',
    path: 'turn-tls',
    title: 'Call through TURN over TLS',
    way: 'through TURN over TLS (443) only',
  },
  {
    id: 'media-turn-udp',
    path: 'turn-udp',
    title: 'Call through TURN over UDP',
    way: 'through TURN over UDP 3478 only',
  },
];

/** A real call of two participants by each path; all four at once. */
export const mediaChecks: readonly Check[] = PATHS.map(({ id, path, title, way }) => ({
  id,
  title,
  proves: `On every node two participants, who signal through different pods, connect ${way}: data and Opus audio come through for ${MEASURE_SECONDS} s, with the candidate pair, round trip and loss.`,
  tags: ['media', ...(path.startsWith('turn') ? ['turn'] : [])],
  needs: ['signal-join'],
  // For two rounds of nodes, and the search for the cause of a failure.
  timeoutSeconds: 2 * CALL_SECONDS + 15,
  async run(world: World, signal: AbortSignal): Promise<Result> {
    const calls = await callEachNode(world, path, signal);
    const failed = calls.find(({ report }) => report.stage !== 'done');
    const why = failed === undefined ? undefined : await explain(world, path, failed.report, signal);
    return judgeCalls({ calls, failed, why, thresholds: world.thresholds, external: await externalOf(world) });
  },
}));

/** External addresses of the nodes that the pods are on, by pod. */
async function externalOf(world: World): Promise<ReadonlyMap<string, string | undefined>> {
  const { pods, nodes } = await world.workload();
  const byName = new Map(nodes.map((node) => [node.metadata.name, externalAddress(node)]));
  return new Map(pods.map((pod) => [pod.metadata.name, byName.get(pod.spec.nodeName ?? '')]));
}

interface Found {
  readonly calls: readonly NodeCall[];
  readonly failed: NodeCall | undefined;
  readonly why: Explanation | undefined;
  readonly thresholds: Thresholds;
  readonly external: ReadonlyMap<string, string | undefined>;
}

/** The verdict on the calls of one path; `why` is what was found out about the one that failed. */
export function judgeCalls(found: Found): Result {
  return { ...judge(found), calls: found.calls.map((call) => measured(call, found)) };
}

function measured(call: NodeCall, { why, thresholds }: Found): MeasuredCall {
  const { report, pod, earlier } = call;
  const head = { pod: pod ?? report.nodeId, tries: earlier.length + 1 };
  if (report.stage !== 'done') return { ...head, verdict: why?.verdict === 'inconclusive' ? 'inconclusive' : 'fail' };
  const lossPercent = Math.round(lossOf(report) * 10) / 10;
  const roundTripMilliseconds = report.quality?.roundTripMilliseconds;
  const isSlow = (roundTripMilliseconds ?? 0) > thresholds.roundTripMilliseconds;
  const isLossy = lossOf(report) > thresholds.lossPercent;
  return {
    ...head,
    verdict: isLossy ? 'fail' : isSlow || earlier.length > 0 ? 'warn' : 'pass',
    connectedMilliseconds: Math.max(report.publishedMilliseconds ?? 0, report.subscribedMilliseconds ?? 0),
    roundTripMilliseconds,
    lossPercent,
  };
}

function judge(found: Found): Result {
  const { calls, failed, why, thresholds, external } = found;
  const done = calls.filter(({ report }) => report.stage === 'done');
  if (failed !== undefined && why !== undefined) {
    const others = done.length > 0 ? ` It works on ${done.map(nameOf).join(', ')}.` : '';
    return {
      verdict: why.verdict,
      evidence: `No call on ${nameOf(failed)} (it got to: ${failed.report.stage}): ${why.evidence}.${others}`,
      cause: why.cause,
      fix: why.fix,
    };
  }
  const misplaced = calls.find(
    ({ report, wantedNodeId }) => wantedNodeId !== undefined && report.nodeId !== wantedNodeId,
  );
  if (misplaced !== undefined) {
    return {
      verdict: 'fail',
      evidence: `The room for ${nameOf(misplaced)} was placed on the node ${misplaced.report.nodeId}.`,
      cause: 'The pods do not share one Redis: each keeps its own rooms.',
      fix: 'Compare `livekit.redis.address` with the environment’s Redis; see what the check pods-known says.',
    };
  }
  const evidence = `${calls.map(wordsOf).join('; ')}.`;
  const inner = calls.find(({ pod, report }) => advertisesInner(report, external.get(pod ?? '')));
  if (inner !== undefined) {
    const address = external.get(inner.pod ?? '');
    return {
      verdict: 'fail',
      evidence: `${nameOf(inner)} names its candidates ${inner.report.candidates.slice(0, 3).map(candidateWords).join(', ')}, none of them its external address ${address}.`,
      cause: 'LiveKit does not find its external address, so clients elsewhere cannot reach the node.',
      fix: 'Set `livekit.rtc.use_external_ip: true`, and see that the nodes reach a STUN server on the internet.',
    };
  }
  const lossy = calls.find(({ report }) => lossOf(report) > thresholds.lossPercent);
  if (lossy !== undefined) {
    return {
      verdict: 'fail',
      evidence: `${evidence} On ${nameOf(lossy)} ${lossOf(lossy.report).toFixed(1)} % of the packets were lost; ${thresholds.lossPercent} % are allowed.`,
      cause: 'The way between here and the node, or the node’s own network queue, drops packets.',
      fix: 'Run verify from another network; if it stays, look at the node’s CPU and its UDP receive errors.',
    };
  }
  const slow = calls.find(
    ({ report }) => (report.quality?.roundTripMilliseconds ?? 0) > thresholds.roundTripMilliseconds,
  );
  if (slow !== undefined) {
    return {
      verdict: 'warn',
      evidence: `${evidence} More than ${thresholds.roundTripMilliseconds} ms to ${nameOf(slow)} and back.`,
      cause: 'The machine that verifies is far from the region, or the way to it is congested.',
      fix: 'Compare with a run from the users’ region; raise `max-round-trip-ms` if this is simply the distance.',
    };
  }
  const again = calls.find(({ earlier }) => earlier.length > 0);
  if (again !== undefined) {
    return {
      verdict: 'warn',
      evidence,
      cause: `On ${nameOf(again)} the call stood at the second try only: packets of the first were lost, or the node was too busy to answer in time.`,
      fix: 'Run verify again; when it stays, look at the node’s CPU and at the loss between here and it.',
    };
  }
  return { verdict: 'pass', evidence };
}

function advertisesInner(report: CallReport, address: string | undefined): boolean {
  // A node without an external address, or an unknown one, is the concern of another check.
  if (address === undefined || isPrivateAddress(address) || report.candidates.length === 0) return false;
  return !report.candidates.some((candidate) => candidate.address === address);
}

function lossOf({ quality }: CallReport): number {
  return quality === undefined || quality.sent === 0 ? 100 : (quality.lost / quality.sent) * 100;
}

function nameOf({ pod, report }: NodeCall): string {
  return pod ?? `node ${report.nodeId}`;
}

function wordsOf(call: NodeCall): string {
  const { publishedMilliseconds, subscribedMilliseconds, dataMilliseconds, pairs, quality } = call.report;
  return [
    `${nameOf(call)}: ${call.earlier.map(earlierWords).join('')}connected in ${publishedMilliseconds} ms (publisher) and ${subscribedMilliseconds} ms (subscriber)`,
    pairs?.[1] ?? 'unknown pair',
    `data after ${dataMilliseconds} ms`,
    `round trip ${quality?.roundTripMilliseconds} ms (95 %: ${quality?.slowMilliseconds} ms)`,
    `${quality?.lost} of ${quality?.sent} audio packets lost`,
  ].join(', ');
}

/** A try that came to nothing; what came after it follows. */
function earlierWords({ stage, ended }: CallReport): string {
  const end = ended === undefined ? `within ${CONNECT_SECONDS[0]} s` : `since ${ended}`;
  return `the first try got to ${stage} and no further ${end}, the second `;
}
