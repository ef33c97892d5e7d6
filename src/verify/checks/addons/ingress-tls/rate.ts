import type { Check, Result } from '../../../check.ts';
import { eachIngress, type EntranceIngress, numberSetting } from './entrance.ts';
import { alone } from './lane.ts';
import { burst, type Burst } from './probe.ts';

export const rate: Check = {
  id: 'ingress-tls-rate',
  title: 'Entrance: limit of requests',
  proves:
    'One client address that sends more requests than the limit and its burst gets 429 from a replica for the rest.',
  tags: ['ingress-tls'],
  needs: ['ingress-tls-health'],
  timeoutSeconds: 60,
  run: (world, signal) =>
    eachIngress(world, async (ingress, address) => {
      const limit = limitOf(ingress);
      if (limit === undefined) return { verdict: 'skip', evidence: `${ingress.host} limits no requests.` };
      if (limit.burst > MOST) {
        return {
          verdict: 'skip',
          evidence: `${ingress.host} lets ${limit.burst} requests through at once; so many are not tried.`,
        };
      }
      const whom = { address, host: ingress.host, path: ingress.hints['health-path'] ?? '/' };
      return judgeRate(ingress, limit, await alone(world, () => burst(whom, limit.burst + EXTRA, signal), true));
    }),
};

/** Beyond the burst; Traefik takes 250 at once on a connection, the others wait for their turn. */
const EXTRA = 100;
const MOST = 1000;
/** Traefik's own, where the annotation is missing. */
const DEFAULT_MULTIPLIER = 5;

interface Limit {
  readonly perSecond: number;
  readonly burst: number;
}

export function limitOf(ingress: EntranceIngress): Limit | undefined {
  const perSecond = numberSetting(ingress, 'limit-rps');
  if (perSecond === undefined) return undefined;
  return { perSecond, burst: perSecond * (numberSetting(ingress, 'limit-burst-multiplier') ?? DEFAULT_MULTIPLIER) };
}

/** The verdict on a burst: the bucket, and what flowed in during it, may pass. */
export function judgeRate({ host }: EntranceIngress, { perSecond, burst: size }: Limit, seen: Burst): Result {
  const passed = seen.sent - seen.limited;
  const most = Math.ceil(size + perSecond * seen.seconds) + 1;
  const words = `Of ${seen.sent} requests to ${host} in ${seen.seconds.toFixed(2)} s ${passed} passed the limit and ${seen.limited} got 429 (${perSecond}/s, bursts of ${size})`;
  if (passed > most) {
    return {
      verdict: 'fail',
      evidence: `${words}; ${most} may pass.`,
      cause: 'The limit does not hold as declared: a Traefik before 3.7, or another limit-burst-multiplier in effect.',
      fix: 'Deploy the add-on anew, and read Traefik’s log.',
    };
  }
  if (seen.limited === 0) {
    return {
      verdict: 'inconclusive',
      evidence: `${words}.`,
      cause: 'The way there is so slow that the limit let all of them through.',
      fix: 'Verify from a machine nearer to the cluster.',
    };
  }
  return { verdict: 'pass', evidence: `${words}; each replica counts by itself.` };
}
