import type { MeasuredCall, Outcome, Verdict } from '../check.ts';
import { checks } from '../checks/index.ts';
import { makeReport, type Report } from '../report.ts';
import { fakeWorld, livekitDeployment, livekitPod, node, pendingPod } from '../world.fixture.ts';
import { type Scene, sceneOf } from './scene.ts';

/** What differs from a pass, by the check's id. */
export type Found = Readonly<Record<string, Partial<Outcome> & { readonly verdict: Verdict }>>;

/** A report with every check, all passed but for `found`. */
export function reportOf(found: Found = {}, more: { accept?: readonly string[]; runUrl?: string } = {}): Report {
  const outcomes = checks.map(({ id, title, tags }): Outcome => ({
    ...{ id, title, tags, verdict: 'pass', evidence: `Seen by ${id}.`, durationSeconds: 0.5, attempts: 1 },
    ...(tags.includes('media')
      ? { calls: [measured('livekit-server-7d4-x2x9q'), measured('livekit-server-7d4-p8m4t')] }
      : {}),
    ...found[id],
  }));
  const target = {
    ...{ cluster: 'livekit-cluster-dev', namespace: 'livekit', release: 'livekit-server' },
    signal: 'wss://livekit-dev.example.com',
  };
  return makeReport(
    {
      ...{ environment: 'dev', startedAt: '2026-11-21T09:00:00.000Z', durationSeconds: 41.5, target },
      ...(more.runUrl === undefined ? {} : { runUrl: more.runUrl }),
    },
    outcomes,
    new Set(more.accept),
  );
}

export function measured(pod: string, more: Partial<MeasuredCall> = {}): MeasuredCall {
  const numbers = { connectedMilliseconds: 318, roundTripMilliseconds: 24.3, lossPercent: 0 };
  return { pod, verdict: 'pass', tries: 1, ...numbers, ...more };
}

/** Two nodes with a pod each, and a third pod without a node. */
export async function scene(): Promise<Scene> {
  const names = ['gke-livekit-dev-livekit-5f0e-abcd', 'gke-livekit-dev-livekit-5f0e-wxyz'] as const;
  const world = fakeWorld({
    deployment: livekitDeployment(3),
    nodes: names.map((name, index) => {
      const one = node(name);
      return {
        ...one,
        status: { ...one.status, addresses: [{ type: 'ExternalIP', address: `203.0.113.${index + 11}` }] },
      };
    }),
    pods: [
      livekitPod('livekit-server-7d4-x2x9q', { node: names[0] }),
      livekitPod('livekit-server-7d4-p8m4t', { node: names[1] }),
      pendingPod('livekit-server-7d4-waits', '0/2 nodes are available'),
    ],
  });
  return sceneOf(world, await world.workload());
}

/** A report with one of everything. */
export function mixedReport(): Report {
  const calls = [measured('livekit-server-7d4-x2x9q'), measured('livekit-server-7d4-p8m4t')];
  return reportOf(
    {
      'pods-ready': {
        verdict: 'fail',
        evidence:
          '2 of 3 pods are Ready: livekit-server-7d4-waits is Pending (0/2 nodes are available: 2 node(s) didn’t have free ports).',
        cause: 'Each node carries one pod, and there are 3 pods for 2 nodes.',
        fix: 'Raise node_pool_max_nodes, or lower the replicas.',
      },
      'media-tcp': {
        verdict: 'warn',
        evidence:
          'livekit-server-7d4-p8m4t: the first try got to publish and no further within 8 s, the second connected in 610 ms.',
        cause: 'Packets of the first try were lost.',
        fix: 'Run verify again.',
        calls: [
          measured('livekit-server-7d4-x2x9q', { connectedMilliseconds: 590, roundTripMilliseconds: 31 }),
          measured('livekit-server-7d4-p8m4t', {
            verdict: 'warn',
            tries: 2,
            connectedMilliseconds: 612,
            roundTripMilliseconds: 188,
            lossPercent: 1.2,
          }),
        ],
      },
      'media-turn-tls': {
        verdict: 'fail',
        evidence:
          'No call on livekit-server-7d4-p8m4t (it got to: publish): the TURN server refused the connection. It works on livekit-server-7d4-x2x9q.',
        cause: 'A firewall rule for TCP 5349 is missing.',
        fix: 'Apply terraform for the environment.',
        calls: [
          measured('livekit-server-7d4-x2x9q', { roundTripMilliseconds: 44 }),
          { pod: 'livekit-server-7d4-p8m4t', verdict: 'fail', tries: 2 },
        ],
      },
      'media-turn-udp': {
        verdict: 'inconclusive',
        evidence: 'This machine cannot use UDP.',
        cause: 'Its network drops UDP.',
        fix: 'Run it elsewhere.',
        calls: calls.map(({ pod }) => ({ pod, verdict: 'inconclusive', tries: 1 })),
      },
      'turn-relay': {
        verdict: 'fail',
        evidence: 'It relays to 10.0.0.1.',
        cause: 'LiveKit below 1.12 does.',
        fix: 'Upgrade.',
      },
      'backend-config': { verdict: 'skip', evidence: 'Skipped because of ingress.', because: 'ingress' },
    },
    { accept: ['turn-relay'], runUrl: 'https://github.com/nova/livekit/actions/runs/42' },
  );
}
