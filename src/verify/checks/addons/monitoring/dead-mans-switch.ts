import { z } from 'zod';
import type { Check, Result } from '../../../check.ts';
import { receiversOf } from './alertmanager.ts';
import { SWITCH } from './rules.ts';
import { reach } from './stack.ts';

export const deadMansSwitch: Check = {
  id: 'monitoring-dead-mans-switch',
  title: 'Monitoring: dead-man’s switch',
  proves: 'The alert that always fires has reached Alertmanager, and goes to somebody who notices when it stays away.',
  tags: ['monitoring'],
  needs: ['monitoring-alertmanager'],
  timeoutSeconds: 90,
  converges: true,
  run: (world, signal): Promise<Result> =>
    reach(world, 'alertmanager', signal, async (ask) => {
      const filter = encodeURIComponent(`alertname="${SWITCH}"`);
      const alerts = await ask.json(`/api/v2/alerts?filter=${filter}`, alertsSchema);
      const { config } = await ask.json('/api/v2/status', z.object({ config: z.object({ original: z.string() }) }));
      return judgeSwitch(alerts, await receiversOf(config.original));
    }),
};

const alertsSchema = z.array(
  z.object({ receivers: z.array(z.object({ name: z.string() })), status: z.object({ state: z.string() }) }),
);

/** The verdict on the alert as Alertmanager has it. */
export function judgeSwitch(
  alerts: z.infer<typeof alertsSchema>,
  receivers: ReadonlyMap<string, readonly string[]>,
): Result {
  const [alert] = alerts;
  if (alert === undefined) {
    return {
      verdict: 'fail',
      evidence: `Alertmanager has no alert ${SWITCH}.`,
      cause: 'Prometheus does not evaluate its rules, or cannot hand alerts over: no other alert would arrive either.',
      fix: 'See the checks monitoring-rules and monitoring-alertmanager.',
    };
  }
  if (alert.status.state !== 'active') {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The alert ${SWITCH} is ${alert.status.state} in Alertmanager.`,
      cause: 'A silence or an inhibition covers it, and with it maybe everything else.',
      fix: 'Look at the silences of Alertmanager, and end the one that matches all alerts.',
    };
  }
  const ways = alert.receivers.flatMap(({ name }) => receivers.get(name) ?? []);
  if (ways.length === 0) {
    return {
      verdict: 'warn',
      evidence: `The alert ${SWITCH} is in Alertmanager and goes to nobody.`,
      cause:
        '`alertmanager.deadMansSwitch` is off: when Prometheus, Alertmanager or the cluster is down, nobody is told.',
      fix: 'Enable it with the address of a service that expects a regular POST, by helm-deploy’s input `secrets`.',
    };
  }
  return { verdict: 'pass', evidence: `${SWITCH} is in Alertmanager and goes out by ${ways.join(' and ')}.` };
}
