import { lookup } from 'node:dns/promises';
import { unsupportedAnnotations } from '../../../../kubernetes/ingress-annotations.ts';
import type { Check, Result } from '../../../check.ts';
import { type Entrance, type EntranceIngress, readEntrance, worst } from './entrance.ts';

export const ingress: Check = {
  id: 'ingress-tls-ingress',
  title: 'Entrance: Ingresses are served',
  proves:
    'Each Ingress has the class that Traefik serves and got its address, to which DNS leads, and no annotation that Traefik passes over.',
  tags: ['ingress-tls'],
  needs: ['ingress-tls-address'],
  timeoutSeconds: 45,
  converges: true,
  async run(world): Promise<Result> {
    const entrance = await readEntrance(world);
    const results = entrance.ingresses.map(async (one) => {
      const found = await lookup(one.host, { family: 4, all: true }).catch(() => []);
      return judgeDns(
        judgeIngress(one, entrance),
        one,
        found.map(({ address }) => address),
      );
    });
    return worst(await Promise.all(results));
  },
};

/** The verdict on one Ingress. */
export function judgeIngress(one: EntranceIngress, { className, namespace, release, service }: Entrance): Result {
  const name = `${one.namespace}/${one.name}`;
  if (one.className !== className) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The Ingress ${name} has the class ${one.className ?? '(none)'}; Traefik serves ${className ?? 'none'}.`,
      cause: 'Somebody changed the class of the Ingress, or the release serves another one: clients get 404.',
      fix: 'Run the helm-deploy workflow, which sets `ingressClass.name` on both.',
    };
  }
  if (one.address === undefined || one.address !== service?.address) {
    return {
      verdict: 'fail',
      evidence: `The Ingress ${name} has ${one.address === undefined ? 'no address' : `the address ${one.address}, not ${service?.address ?? 'one'}`}.`,
      cause:
        'Traefik has not taken it up: it may not watch that namespace, or the class belongs to another controller.',
      fix: `Read Traefik’s log (\`kubectl logs deployment/${release} -n ${namespace}\`), and see that the namespace stands in the values and has the chart’s Role.`,
    };
  }
  const unread = unsupportedAnnotations(one.settings);
  if (unread.length > 0) {
    return {
      verdict: 'warn',
      evidence: `The Ingress ${name} (${one.host}) is served; Traefik passes over ${unread.map(({ name: each }) => each).join(', ')}.`,
      cause: 'These annotations meant something to ingress-nginx; what they asked for does not happen.',
      fix: `${unread[0]?.name ?? ''}: ${unread[0]?.instead ?? ''}`,
    };
  }
  return { verdict: 'pass', evidence: `${name} serves ${one.host} at ${one.address}.` };
}

/** Adds to a good Ingress where its name leads; while one moves here from another controller it leads elsewhere, which is no fault. */
export function judgeDns(good: Result, { address }: EntranceIngress, found: readonly string[]): Result {
  if (good.verdict !== 'pass' || (found.length > 0 && found.every((one) => one === address))) return good;
  return {
    verdict: 'warn',
    evidence: `${good.evidence} The name leads to ${found.join(', ') || 'no address'}.`,
    cause: 'Clients do not come here yet: the A record is missing or leads to another load balancer.',
    fix: 'Name the domain in `addons.ingress.domains` of the environment and apply it, or make the A record.',
  };
}
