import type { Check, Result } from '../../../check.ts';
import { eachIngress, type EntranceIngress } from './entrance.ts';
import { alone } from './lane.ts';
import { ask, type Asked } from './probe.ts';

export const health: Check = {
  id: 'ingress-tls-health',
  title: 'Entrance: the service answers',
  proves: 'HTTPS through the load balancer reaches the service, whose health has the answer that it should have.',
  tags: ['ingress-tls'],
  needs: ['ingress-tls-ingress'],
  timeoutSeconds: 30,
  converges: true,
  run: (world, signal) =>
    eachIngress(world, async (ingress, address) => {
      const path = ingress.hints['health-path'] ?? '/';
      const answer = await alone(world, () => ask({ address, host: ingress.host, path }, signal));
      return judgeHealth(ingress, path, answer);
    }),
};

/** The verdict on the answer to the health path. */
export function judgeHealth(ingress: EntranceIngress, path: string, { status, body, headers }: Asked): Result {
  const wanted = ingress.hints['health-answer'];
  const url = `https://${ingress.host}${path}`;
  const seen = `${url} answers ${status}${body === '' ? '' : ` ${JSON.stringify(body.slice(0, 80).trim())}`}.`;
  if (status === 404 && headers['content-type']?.startsWith('text/plain') === true) {
    return {
      verdict: 'fail',
      evidence: seen,
      cause:
        'Traefik has no route for this name and path: the Ingress is not taken up, or the service itself lacks the path.',
      fix: 'See what the check ingress-tls-ingress says; compare host and path with the Ingress.',
    };
  }
  if (status === 502 || status === 503 || status === 504) {
    return {
      verdict: 'fail',
      evidence: seen,
      cause:
        status === 503
          ? 'The service has no ready pods, or the Ingress refers to something that is not there (Service, ConfigMap of headers).'
          : 'The pods of the service do not answer Traefik.',
      fix: `See \`kubectl get endpointslices -n ${ingress.namespace}\` and Traefik’s log.`,
    };
  }
  const isRight = wanted === undefined ? status < 500 : status === 200 && sameAnswer(body, wanted);
  if (isRight) return { verdict: 'pass', evidence: seen };
  return {
    verdict: 'fail',
    evidence: seen,
    cause: wanted === undefined ? 'The service fails.' : `The service should answer 200 ${wanted}.`,
    fix: 'Look at the service’s own log; the entrance handed the request on.',
  };
}

/** Equal as JSON where both are. */
function sameAnswer(body: string, wanted: string): boolean {
  try {
    return JSON.stringify(JSON.parse(body)) === JSON.stringify(JSON.parse(wanted));
  } catch {
    return body.trim() === wanted.trim();
  }
}
