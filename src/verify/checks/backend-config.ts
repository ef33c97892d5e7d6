import { z } from 'zod';
import type { Check, Result } from '../check.ts';
import { mayNotLook } from '../rights.ts';
import { type LoadBalancer, readLoadBalancer } from '../load-balancer/objects.ts';

/** Ten hours; the default of 30 s is the longest life of any WebSocket. */
const TIMEOUT_SECONDS = 36_000;

export const backendConfig: Check = {
  id: 'backend-config',
  title: 'Back end’s limits',
  proves: `The load balancer’s back end has a BackendConfig that is attached, lets a WebSocket live for ${TIMEOUT_SECONDS} s, and keeps connections of a pod that ends.`,
  tags: ['load-balancer'],
  needs: ['cluster'],
  timeoutSeconds: 20,
  async run(world): Promise<Result> {
    return judgeBackendConfig(await readLoadBalancer(world));
  },
};

const annotation = z.object({ default: z.string().optional(), ports: z.record(z.string(), z.string()).default({}) });

/** The verdict on the BackendConfig of the release's Service. */
export function judgeBackendConfig({ ingress, service, backendConfigs }: LoadBalancer): Result {
  if (service === undefined || ingress === undefined) return noLoadBalancer;
  if (backendConfigs === undefined)
    return mayNotLook(
      'BackendConfigs of the namespace may not be read; the check signal-life proves how long a connection lives.',
    );
  const text = service.metadata.annotations['cloud.google.com/backend-config'];
  const names = namesIn(text);
  const cause =
    'Without it the back end has Google’s defaults: every WebSocket is cut after 30 s, and a pod that ends cuts its own at once.';
  const fix = 'Run the helm-deploy workflow: the chart makes the BackendConfig and attaches it (`gcp.backendConfig`).';
  if (names.length === 0) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The Service ${service.metadata.name} has no BackendConfig attached (annotation cloud.google.com/backend-config: ${text ?? 'none'}).`,
      cause,
      fix,
    };
  }
  const found = backendConfigs.find(({ metadata }) => names.includes(metadata.name));
  if (found === undefined) {
    return {
      verdict: 'fail',
      evidence: `The Service ${service.metadata.name} names the BackendConfig ${names.join(', ')}, which does not exist.`,
      cause,
      fix,
    };
  }
  const { timeoutSec, connectionDraining } = found.spec;
  const draining = connectionDraining?.drainingTimeoutSec ?? 0;
  const evidence = `${found.metadata.name} is attached, with timeoutSec ${timeoutSec ?? 'unset (30)'} and drainingTimeoutSec ${draining}`;
  if ((timeoutSec ?? 30) < TIMEOUT_SECONDS) {
    return {
      verdict: 'fail',
      evidence: `${evidence}.`,
      cause: `Every signal connection is cut after ${timeoutSec ?? 30} s, busy or not.`,
      fix: `Set \`gcp.backendConfig.timeoutSec: ${TIMEOUT_SECONDS}\` in the values, and deploy.`,
    };
  }
  if (draining < 60) {
    return {
      verdict: 'warn',
      evidence: `${evidence}.`,
      cause: 'A pod that ends has its signal connections cut before its calls are over.',
      fix: 'Set `gcp.backendConfig.connectionDraining.drainingTimeoutSec` to 3600, the most that is possible, and deploy.',
    };
  }
  return { verdict: 'pass', evidence: `${evidence}.` };
}

export const noLoadBalancer: Result = {
  verdict: 'skip',
  evidence: 'The release has no Ingress.',
  cause: '`loadBalancer.type` is off, or the chart was deployed under another release name.',
  fix: 'See the values; signalling through a pod (`signal-url: pod`) works without a load balancer.',
};

function namesIn(text: string | undefined): string[] {
  try {
    const parsed = annotation.parse(JSON.parse(text ?? '{}'));
    return [...(parsed.default === undefined ? [] : [parsed.default]), ...Object.values(parsed.ports)];
  } catch {
    return [];
  }
}
