import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Sample } from '../../../../livekit/metrics.ts';
import type { Check, Result } from '../../../check.ts';
import { receiversOf } from './alertmanager.ts';
import { type Ask, reach, targetOf } from './stack.ts';

export const notifications: Check = {
  id: 'monitoring-notifications',
  title: 'Monitoring: notifications arrive',
  proves:
    'What Alertmanager sent to its receivers was accepted by all of them. With the option `test-alert=send` of the input `addons` a test alert is sent through, which people see.',
  tags: ['monitoring'],
  needs: ['monitoring-alertmanager'],
  // A group waits for `groupWait` before it is sent.
  timeoutSeconds: 150,
  onTimeout: 'inconclusive',
  run: (world, signal): Promise<Result> =>
    reach(world, 'alertmanager', signal, async (ask) => {
      if (targetOf(world).options.get('test-alert') !== 'send') return judgePast(deliveries(await ask.metrics()));
      return sendThrough(ask, signal);
    }),
};

/** Requests of Alertmanager to the other ends, by the way they went. */
export interface Deliveries {
  readonly way: string;
  readonly sent: number;
  readonly failed: number;
}

/** From its own metrics; only ways that it has used. */
export function deliveries(samples: readonly Sample[]): Deliveries[] {
  const sum = (name: string, way: string) =>
    samples
      .filter((one) => one.name === name && one.labels['integration'] === way)
      .reduce((all, { value }) => all + value, 0);
  const ways = new Set(samples.flatMap(({ name, labels }) => (name === REQUESTS ? [labels['integration'] ?? ''] : [])));
  return [...ways]
    .map((way) => ({ way, sent: sum(REQUESTS, way), failed: sum(FAILED, way) }))
    .filter(({ sent }) => sent > 0);
}

const REQUESTS = 'alertmanager_notification_requests_total';
const FAILED = 'alertmanager_notification_requests_failed_total';

async function sendThrough(ask: Ask, signal: AbortSignal): Promise<Result> {
  const { config } = await ask.json('/api/v2/status', z.object({ config: z.object({ original: z.string() }) }));
  const ways = (await receiversOf(config.original)).get('team') ?? [];
  if (ways.length === 0) {
    return { verdict: 'skip', evidence: 'No test alert was sent: the receiver `team` notifies nobody.' };
  }
  const before = deliveries(await ask.metrics());
  const now = new Date();
  const labels = { alertname: 'VerifyTestAlert', severity: 'warning', run: randomBytes(4).toString('hex') };
  const summary = 'This is a test by verify: nothing is wrong.';
  const alert = { labels, annotations: { summary, description: 'It ends by itself.' }, startsAt: now.toISOString() };
  // Ends soon, so that its end is not told for long.
  const endsAt = new Date(now.getTime() + 180_000).toISOString();
  await ask.post('/api/v2/alerts', [{ ...alert, endsAt }]);
  for (;;) {
    await sleep(1000, undefined, { signal });
    const result = judgeTest(ways, before, deliveries(await ask.metrics()));
    if (result !== undefined) return result;
  }
}

/** What became of a test alert that goes these ways; `undefined` while one of them is still to be heard of. */
export function judgeTest(
  ways: readonly string[],
  before: readonly Deliveries[],
  after: readonly Deliveries[],
): Result | undefined {
  const changed = ways.map((way) => {
    const [old, now] = [before, after].map((list) => list.find((one) => one.way === way) ?? { sent: 0, failed: 0 });
    return { way, sent: (now?.sent ?? 0) - (old?.sent ?? 0), failed: (now?.failed ?? 0) - (old?.failed ?? 0) };
  });
  const bad = changed.find(({ failed }) => failed > 0);
  if (bad !== undefined) return refused(bad.way, `The test alert was refused by ${bad.way}.`);
  if (changed.some(({ sent }) => sent === 0)) return undefined;
  return { verdict: 'pass', evidence: `A test alert was sent and accepted by ${ways.join(' and ')}.` };
}

/** The verdict on what was sent since Alertmanager started. */
export function judgePast(all: readonly Deliveries[]): Result {
  if (all.length === 0) {
    return {
      verdict: 'skip',
      evidence: 'Alertmanager has notified nobody since it started.',
      cause: 'Nothing fired, and no test alert was asked for.',
      fix: 'Write `monitoring test-alert=send` into the input `addons` to see one arrive.',
    };
  }
  const bad = all.find(({ failed }) => failed > 0);
  const told = all.map(({ way, sent, failed }) => `${way} ${sent - failed} of ${sent}`).join(', ');
  if (bad === undefined) return { verdict: 'pass', evidence: `Accepted of what was sent: ${told}.` };
  if (bad.failed >= bad.sent) return refused(bad.way, `Accepted of what was sent: ${told}.`);
  return { ...refused(bad.way, `Accepted of what was sent: ${told}.`), verdict: 'warn' };
}

function refused(way: string, evidence: string): Result {
  const known = CAUSES[way];
  return {
    verdict: 'fail',
    evidence,
    cause: known?.cause ?? 'The other end is not reached, or does not accept it.',
    fix: known?.fix ?? 'Read Alertmanager’s log.',
  };
}

const CAUSES: Readonly<Record<string, Pick<Result, 'cause' | 'fix'>>> = {
  slack: {
    cause:
      'The file with the webhook’s address holds none, or another one: Slack answers 403 or 404 to one that was revoked.',
    fix: 'Give the whole address (https://hooks.slack.com/services/…) as `slack-api-url` in helm-deploy’s input `secrets`, and read Alertmanager’s log.',
  },
  email: {
    cause: 'The mail server is not reached, wants TLS otherwise, or refuses user and password.',
    fix: 'Compare `alertmanager.email` with what the server wants, and `smtp-password` in helm-deploy’s input `secrets`.',
  },
  webhook: {
    cause: 'The service of the dead-man’s switch is not reached, or does not know the address.',
    fix: 'Give its whole address as `dead-mans-switch-url` in helm-deploy’s input `secrets`.',
  },
};
