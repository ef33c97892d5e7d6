import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import type { Layer } from '../values/layer.ts';
import { merge, type Values } from '../values/tree.ts';

/** What Terraform made and the chart must know. Nobody copies an address by hand. */
export function factsLayer(outputs: EnvironmentOutputs): Layer {
  const layers: Values[] = [
    { livekit: { redis: { address: `${outputs.redis_host}:${outputs.redis_port}` } } },
    { livekit: { turn: { domain: outputs.turn_domain } } },
    { loadBalancer: { tls: [{ hosts: [outputs.domain] }] } },
    ...optional(outputs['signal_address_name'], (name) => ({
      loadBalancer: { annotations: { 'kubernetes.io/ingress.global-static-ip-name': name } },
    })),
    ...optional(outputs['managed_certificate_name'], (name) => ({
      loadBalancer: { annotations: { 'networking.gke.io/managed-certificates': name } },
    })),
    ...optional(outputs['turn_address_name'], (name) => ({
      livekit: { turn: { loadBalancerAnnotations: { 'networking.gke.io/load-balancer-ip-addresses': name } } },
    })),
  ];
  return { name: 'the environment’s outputs', values: layers.reduce(merge, {}) };
}

function optional(value: unknown, make: (value: string) => Values): Values[] {
  return typeof value === 'string' && value !== '' ? [make(value)] : [];
}
