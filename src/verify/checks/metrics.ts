import type { Check, Result } from '../check.ts';
import { askPods } from '../ask-pods.ts';
import { parseMetrics } from '../../livekit/metrics.ts';
import { noPods } from './health.ts';

/**
 * What alert rules and dashboards build on and what a server has from its start on. Others (`livekit_packet_total`,
 * `livekit_participant_join_total` ...) appear with the first call on a pod.
 */
export const BASE_SERIES = ['livekit_room_total', 'livekit_participant_total', 'livekit_node_packet_total'] as const;

export const metrics: Check = {
  id: 'metrics',
  title: 'Metrics of every pod',
  proves: `Each pod serves Prometheus metrics, and ${BASE_SERIES.join(', ')} are among them, each pod under its own node id.`,
  tags: ['pods', 'prometheus'],
  needs: ['cluster'],
  timeoutSeconds: 10,
  // A server that just started publishes its node's statistics after two seconds.
  converges: true,
  async run(world, signal): Promise<Result> {
    const answers = await askPods(world, { portName: 'metrics', port: 6789, path: '/metrics' }, signal);
    if (answers.length === 0) return noPods;
    return judgeMetrics(answers.map(({ pod, answer }) => ({ pod, status: answer.status, body: answer.body })));
  },
};

/** The verdict on the metrics pages of all pods. */
export function judgeMetrics(pages: readonly { pod: string; status: number; body: string }[]): Result {
  const nodeIds = new Map<string, string>();
  const seen: string[] = [];
  for (const { pod, status, body } of pages) {
    const samples = status === 200 ? parseMetrics(body) : [];
    const names = new Set(samples.map((sample) => sample.name));
    const missing = BASE_SERIES.filter((name) => !names.has(name));
    if (missing.length > 0) {
      return {
        verdict: 'fail',
        final: status !== 200,
        evidence:
          status === 200
            ? `${pod} serves ${names.size} series, but not ${missing.join(', ')}.`
            : `${pod} answered GET /metrics with status ${status}.`,
        cause: 'Something other than LiveKit’s metrics is on this port, or this version of LiveKit has other metrics.',
        fix: 'Set `livekit.prometheus_port: 6789` in the values, and use a LiveKit version that the values name as tried.',
      };
    }
    const nodeId = samples.find((sample) => sample.name === 'livekit_room_total')?.labels['node_id'] ?? '';
    const twin = nodeIds.get(nodeId);
    if (twin !== undefined) {
      return {
        verdict: 'fail',
        evidence: `${pod} and ${twin} both report the node id ${nodeId}.`,
        cause: 'Both pods run on one node and one of them answers for both.',
        fix: 'See what the check node-spread says.',
      };
    }
    nodeIds.set(nodeId, pod);
    const value = (name: string) => samples.find((sample) => sample.name === name)?.value ?? 0;
    seen.push(
      `${pod} ${names.size} series (${value('livekit_room_total')} rooms, ${value('livekit_participant_total')} participants)`,
    );
  }
  return { verdict: 'pass', evidence: `${seen.join('; ')}.` };
}
