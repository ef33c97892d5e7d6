import { z } from 'zod';
import type { Check, Result } from '../../../check.ts';
import { reach } from './stack.ts';

export const alertmanager: Check = {
  id: 'monitoring-alertmanager',
  title: 'Monitoring: alerts have a way out',
  proves:
    'Prometheus hands its alerts to Alertmanager, whose configuration names at least one receiver and holds no placeholder.',
  tags: ['monitoring'],
  needs: ['monitoring-ready'],
  timeoutSeconds: 60,
  converges: true,
  async run(world, signal): Promise<Result> {
    const known = await reach(world, 'prometheus', signal, async (ask) => ({
      ...(await ask.json(
        '/api/v1/alertmanagers',
        z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })) }),
      )),
      metrics: await ask.metrics(),
    }));
    const { config } = await reach(world, 'alertmanager', signal, (ask) => ask.json('/api/v2/status', statusSchema));
    const sum = (name: string) =>
      known.metrics.filter((one) => one.name === name).reduce((all, { value }) => all + value, 0);
    return judgeWay({
      known: known.activeAlertmanagers.length,
      sent: sum('prometheus_notifications_sent_total'),
      errors: sum('prometheus_notifications_errors_total'),
      configuration: config.original,
      receivers: await receiversOf(config.original),
    });
  },
};

const statusSchema = z.object({ config: z.object({ original: z.string() }) });
const configurationSchema = z.object({
  receivers: z.array(z.looseObject({ name: z.string() })).default([]),
});

/** Receivers by name, with the ways in which each notifies: `slack`, `email`, `webhook`. None for a text that is no configuration. */
export async function receiversOf(configuration: string): Promise<Map<string, string[]>> {
  const { parse } = await import('yaml');
  const parsed = configurationSchema.safeParse(parse(configuration) as unknown);
  if (!parsed.success) return new Map();
  return new Map(
    parsed.data.receivers.map(({ name, ...rest }) => [
      name,
      Object.entries(rest).flatMap(([key, list]) =>
        key.endsWith('_configs') && Array.isArray(list) && list.length > 0 ? [key.slice(0, -'_configs'.length)] : [],
      ),
    ]),
  );
}

/** As helm-deploy finds them in values; a host of a real mail address may be any. */
const PLACEHOLDER = /\bTODO\b|CHANGE_?ME|example\.(com|org|net)\b|<[A-Z_-]{3,}>/i;

/** The verdict on the way of an alert. */
export function judgeWay(seen: {
  readonly known: number;
  readonly sent: number;
  readonly errors: number;
  readonly configuration: string;
  readonly receivers: ReadonlyMap<string, readonly string[]>;
}): Result {
  if (seen.known === 0) {
    return {
      verdict: 'fail',
      evidence: 'Prometheus knows no Alertmanager.',
      cause: 'Its configuration names none, or the name of the Service has no address.',
      fix: 'Run the helm-deploy workflow for the add-on, and see that the Service of Alertmanager is there.',
    };
  }
  const line = seen.configuration.split('\n').find((one) => PLACEHOLDER.test(one.replace(/#.*/, '')));
  if (line !== undefined) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `Alertmanager’s configuration has a placeholder: ${line.trim().slice(0, 100)}.`,
      cause: 'A value of `alertmanager` was never filled in.',
      fix: 'Set it in your values file, and run the helm-deploy workflow.',
    };
  }
  if (seen.errors > 0 && seen.sent === 0) {
    return {
      verdict: 'fail',
      evidence: `Prometheus could hand none of its alerts to Alertmanager (${seen.errors} errors).`,
      cause: 'Alertmanager does not answer at its Service: a NetworkPolicy, or its pod has just started.',
      fix: 'See whether the pods are ready, and `networkPolicy` of the values.',
    };
  }
  const ways = seen.receivers.get('team') ?? [];
  if (ways.length === 0) {
    return {
      verdict: 'warn',
      evidence: 'Alertmanager gets the alerts, and its receiver `team` notifies nobody.',
      cause: 'Neither `alertmanager.slack` nor `alertmanager.email` is enabled.',
      fix: 'Enable one of them, and give its secret by helm-deploy’s input `secrets`.',
    };
  }
  return { verdict: 'pass', evidence: `Alertmanager gets the alerts and notifies by ${ways.join(' and ')}.` };
}
