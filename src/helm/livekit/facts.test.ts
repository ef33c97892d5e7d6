import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import { factsLayer } from './facts.ts';

const outputs = {
  redis_host: '10.1.2.3',
  redis_port: 6379,
  domain: 'livekit.nova.dev',
  turn_domain: 'turn.nova.dev',
} as unknown as EnvironmentOutputs;

test('Redis, domains and hosts come from the outputs', () => {
  expect(factsLayer(outputs).values).toEqual({
    livekit: { redis: { address: '10.1.2.3:6379' }, turn: { domain: 'turn.nova.dev' } },
    loadBalancer: { tls: [{ hosts: ['livekit.nova.dev'] }] },
  });
});

test('reserved addresses and the certificate become annotations where they exist', () => {
  const more = {
    ...outputs,
    signal_address_name: 'livekit-dev-signal',
    turn_address_name: 'livekit-dev-turn',
    managed_certificate_name: 'livekit-dev',
  };
  expect(factsLayer(more).values).toMatchObject({
    loadBalancer: {
      annotations: {
        'kubernetes.io/ingress.global-static-ip-name': 'livekit-dev-signal',
        'networking.gke.io/managed-certificates': 'livekit-dev',
      },
    },
    livekit: {
      turn: { loadBalancerAnnotations: { 'networking.gke.io/load-balancer-ip-addresses': 'livekit-dev-turn' } },
    },
  });
});
