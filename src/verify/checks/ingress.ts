import { z } from 'zod';
import type { Check, Result } from '../check.ts';
import { addressOf, type LoadBalancer, readLoadBalancer, textOutput } from '../load-balancer/objects.ts';
import { noLoadBalancer } from './backend-config.ts';

export const ingress: Check = {
  id: 'ingress',
  title: 'Load balancers on their addresses, back ends healthy',
  proves:
    'The Ingress has the reserved address and healthy back ends, and TURN’s load balancer has its reserved address.',
  tags: ['load-balancer'],
  needs: ['cluster'],
  timeoutSeconds: 60,
  converges: true,
  async run(world): Promise<Result> {
    const reserved = { signal: textOutput(world, 'signal_address'), turn: textOutput(world, 'turn_address') };
    return judgeIngress(await readLoadBalancer(world), reserved);
  },
};

const health = z.record(z.string(), z.string());

/** The verdict on addresses and back ends; a reserved address that is not known is not compared. */
export function judgeIngress(
  found: LoadBalancer,
  reserved: { readonly signal: string | undefined; readonly turn: string | undefined },
): Result {
  const { ingress: one, turnService } = found;
  if (one === undefined) return { ...noLoadBalancer, final: true };
  const address = addressOf(one);
  if (address === undefined) {
    return {
      verdict: 'fail',
      evidence: `The Ingress ${one.metadata.name} has no address yet.`,
      cause:
        'GKE is still making the load balancer (some minutes), or cannot: a reserved address of another name, a missing FrontendConfig, a quota.',
      fix: `Read its events: \`kubectl describe ingress ${one.metadata.name}\`.`,
    };
  }
  if (reserved.signal !== undefined && address !== reserved.signal) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The Ingress ${one.metadata.name} has the address ${address}; ${reserved.signal} is reserved for it.`,
      cause: 'The annotation kubernetes.io/ingress.global-static-ip-name is missing or names another address.',
      fix: 'Run the helm-deploy workflow, which sets it from the environment’s outputs.',
    };
  }
  const backends = parse(one.metadata.annotations['ingress.kubernetes.io/backends']);
  const sick = Object.entries(backends).filter(([, state]) => state !== 'HEALTHY');
  if (Object.keys(backends).length === 0 || sick.length > 0) {
    return {
      verdict: 'fail',
      evidence:
        sick.length === 0
          ? `The Ingress ${one.metadata.name} (${address}) names no back end yet.`
          : `Of ${Object.keys(backends).length} back ends of ${address}, ${sick.map(([name, state]) => `${name} is ${state}`).join(', ')}.`,
      cause:
        'The load balancer’s health check does not get 200 from the pods: they are not ready, or its ranges (35.191.0.0/16, 130.211.0.0/22) are closed off.',
      fix: 'See what the checks pods-ready, health and firewall say; the first check after a deploy takes a minute.',
    };
  }
  if (turnService?.spec.type === 'LoadBalancer') {
    const turn = addressOf(turnService);
    if (turn === undefined || (reserved.turn !== undefined && turn !== reserved.turn)) {
      return {
        verdict: 'fail',
        final: turn !== undefined,
        evidence: `The Service ${turnService.metadata.name} has ${turn === undefined ? 'no address yet' : `the address ${turn}; ${reserved.turn} is reserved for it`}.`,
        cause: 'Its annotations at its creation did not name the reserved address; GKE refuses to change them later.',
        fix: `Delete the Service ${turnService.metadata.name}, and run the helm-deploy workflow, which makes it anew.`,
      };
    }
  }
  const turnWords = turnService === undefined ? '' : `; TURN has ${addressOf(turnService) ?? 'none'}`;
  return {
    verdict: 'pass',
    evidence: `The Ingress has ${address}, ${Object.keys(backends).length} of ${Object.keys(backends).length} back ends are healthy${turnWords}.`,
  };
}

function parse(text: string | undefined): Record<string, string> {
  try {
    return health.parse(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}
