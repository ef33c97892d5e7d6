import { parseMetrics } from '../../livekit/metrics.ts';
import { askPods } from '../ask-pods.ts';
import type { Check, Result } from '../check.ts';
import { noPods } from './health.ts';

/** Every series of LiveKit that the alert rules use (helm/charts/livekit-gke/files/rules/livekit.yaml), with the label values they choose by. */
export const RULE_SERIES: readonly {
  readonly name: string;
  readonly label?: string;
  readonly values?: readonly string[];
  /** A server has it from its first lost packet on, so that its absence says nothing. */
  readonly comesWithLoss?: true;
}[] = [
  { name: 'livekit_room_total' },
  { name: 'livekit_participant_join_total', label: 'state', values: ['signal_connected', 'rtc_init', 'rtc_connected'] },
  { name: 'livekit_packet_total' },
  { name: 'livekit_packet_loss_total', comesWithLoss: true },
];

export const alertSeries: Check = {
  id: 'alert-series',
  title: 'Alert rules have their series',
  proves:
    'After a call on each node every pod serves the series that the alert rules use, with the labels that they choose by: an alert cannot stay silent because LiveKit named something anew.',
  tags: ['prometheus', 'media'],
  // Some of them appear with the first call on a pod only.
  needs: ['metrics', 'media-udp'],
  timeoutSeconds: 20,
  converges: true,
  async run(world, signal): Promise<Result> {
    const answers = await askPods(world, { portName: 'metrics', port: 6789, path: '/metrics' }, signal);
    if (answers.length === 0) return noPods;
    return judgeSeries(answers.map(({ pod, answer }) => ({ pod, body: answer.body })));
  },
};

/** The verdict on the metrics pages of all pods. */
export function judgeSeries(pages: readonly { readonly pod: string; readonly body: string }[]): Result {
  for (const { pod, body } of pages) {
    const samples = parseMetrics(body);
    for (const { name, label, values = [], comesWithLoss } of RULE_SERIES) {
      const own = samples.filter((sample) => sample.name === name);
      const lacking =
        label === undefined ? [] : values.filter((value) => !own.some(({ labels }) => labels[label] === value));
      if (comesWithLoss === true || (own.length > 0 && lacking.length === 0)) continue;
      return {
        verdict: 'fail',
        evidence: `${pod} serves no ${name}${label === undefined || own.length === 0 ? '' : ` with ${label} ${lacking.join(', ')}`} after a call on it.`,
        cause: 'This version of LiveKit has other metrics: an alert rule that uses it can never fire.',
        fix: 'Use a version of LiveKit that helm/values/common.yaml names, or correct the rules of the chart livekit-gke.',
      };
    }
  }
  return {
    verdict: 'pass',
    evidence: `${pages.map(({ pod }) => pod).join(', ')} serve ${names(false)}, on which the alert rules build; ${names(true)} comes with the first lost packet.`,
  };
}

function names(withLoss: boolean): string {
  return RULE_SERIES.filter(({ comesWithLoss }) => (comesWithLoss ?? false) === withLoss)
    .map(({ name }) => name)
    .join(', ');
}
