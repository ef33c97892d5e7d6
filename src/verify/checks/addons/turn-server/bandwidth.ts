import type { Check, Result } from '../../../check.ts';
import { relay } from './peer.ts';
import { access, ADDON, configuration, hostOf, noAccess, noHost, withServer } from './server.ts';

/** A packet is counted by the second; some more come through in the first one. */
const TOLERANCE = 1.6;
const SECONDS = 3;
const SIZE = 1000;
/** What is sent, as a multiple of the limit. */
const TIMES = 4;

export const bandwidth: Check = {
  id: 'turn-server-bandwidth',
  title: 'A session has its limit',
  proves:
    'A peer that sends four times the configured bandwidth gets no more through than the limit; quotas of sessions are set.',
  tags: [ADDON],
  needs: ['turn-server-relay'],
  timeoutSeconds: 30,
  async run(world, signal): Promise<Result> {
    const host = hostOf(world);
    if (host === undefined) return noHost;
    const [known, settings] = await Promise.all([access(world), configuration(world)]);
    if (known === undefined) return noAccess;
    const limit = Number(settings?.get('max-bps') ?? 0);
    const quotas = ['user-quota', 'total-quota'].filter((name) => !(Number(settings?.get(name) ?? 0) > 0));
    if (!(limit > 0) || quotas.length > 0) {
      return {
        verdict: 'fail',
        evidence: `The configuration lacks ${[...(limit > 0 ? [] : ['max-bps']), ...quotas].join(', ')}.`,
        cause: 'Without them one client may use up the node, and the traffic is paid for.',
        fix: 'Leave `limits` to the chart, and deploy.',
      };
    }
    const everyMilliseconds = 20;
    const burst = Math.max(1, Math.ceil((limit * TIMES * everyMilliseconds) / 1000 / SIZE));
    const load = { packets: burst * ((SECONDS * 1000) / everyMilliseconds), size: SIZE, everyMilliseconds, burst };
    const seen = await withServer(host, 'udp', signal, (channel) =>
      relay(channel, { host, port: 3478 }, known.good, load, signal),
    );
    if (seen === undefined || seen.bytes === 0) {
      return {
        verdict: 'inconclusive',
        evidence: 'Nothing came through the relay.',
        cause: 'See what the check turn-server-relay says.',
        fix: 'Run verify again.',
      };
    }
    return judge(limit, { sent: seen.sent * load.size, came: seen.bytes, seconds: seen.seconds });
  },
};

/** Bytes a second that came through, against the limit. */
export function judge(limit: number, { sent, came, seconds }: { sent: number; came: number; seconds: number }): Result {
  const rate = Math.round(came / seconds);
  const offered = Math.round(sent / seconds);
  const evidence = `Of ${offered} bytes a second that were sent ${rate} came through; the limit is ${limit}.`;
  if (offered < limit * 1.5) {
    return {
      verdict: 'inconclusive',
      evidence,
      cause: 'This machine could not send fast enough to meet the limit.',
      fix: 'Run verify on a machine that has less to do.',
    };
  }
  if (rate <= limit * TOLERANCE) return { verdict: 'pass', evidence };
  return {
    verdict: 'fail',
    evidence,
    cause: 'The pods run without the limit, or with an older configuration.',
    fix: 'Deploy the chart again, which rolls the pods to its configuration.',
  };
}
