import { z } from 'zod';
import { resource } from '../../kubernetes/resources.ts';
import { ifAllowed } from '../rights.ts';
import type { World } from '../world.ts';

const metadata = z.object({
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});
const balancer = z
  .object({
    loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string().optional() })).default([]) }).prefault({}),
  })
  .prefault({});

export const ingresses = resource(
  'networking.k8s.io/v1',
  'Ingress',
  'ingresses',
  z.object({ metadata, status: balancer }),
);

export const services = resource(
  'v1',
  'Service',
  'services',
  z.object({ metadata, spec: z.object({ type: z.string().default('ClusterIP') }).prefault({}), status: balancer }),
);

export const backendConfigs = resource(
  'cloud.google.com/v1',
  'BackendConfig',
  'backendconfigs',
  z.object({
    metadata,
    spec: z
      .object({
        timeoutSec: z.number().optional(),
        connectionDraining: z.object({ drainingTimeoutSec: z.number().optional() }).optional(),
      })
      .prefault({}),
  }),
);

export const managedCertificates = resource(
  'networking.gke.io/v1',
  'ManagedCertificate',
  'managedcertificates',
  z.object({
    metadata,
    spec: z.object({ domains: z.array(z.string()).default([]) }).prefault({}),
    status: z
      .object({
        certificateStatus: z.string().default('Provisioning'),
        domainStatus: z.array(z.object({ domain: z.string(), status: z.string() })).default([]),
        expireTime: z.string().optional(),
      })
      .prefault({}),
  }),
);

export type Ingress = z.infer<typeof ingresses.schema>;
export type Service = z.infer<typeof services.schema>;
export type BackendConfig = z.infer<typeof backendConfigs.schema>;
export type ManagedCertificate = z.infer<typeof managedCertificates.schema>;

/** What GKE made of the release's load balancer; undefined for what is not there. */
export interface LoadBalancer {
  readonly ingress: Ingress | undefined;
  /** The Service that the Ingress leads to, and TURN's own. */
  readonly service: Service | undefined;
  readonly turnService: Service | undefined;
  /** Of Google's own kinds, which Kubernetes' role `view` does not know: `undefined` where this identity may not read them. */
  readonly backendConfigs: readonly BackendConfig[] | undefined;
  readonly certificates: readonly ManagedCertificate[] | undefined;
}

/** Reads it by the chart's labels. */
export async function readLoadBalancer({ kubernetes, namespace, release }: World): Promise<LoadBalancer> {
  const labels = { 'app.kubernetes.io/name': 'livekit-server', 'app.kubernetes.io/instance': release };
  const [allIngresses, allServices, configs, certificates] = await Promise.all([
    kubernetes.list(ingresses, namespace, { labels }),
    kubernetes.list(services, namespace, { labels }),
    ifAllowed(kubernetes.list(backendConfigs, namespace)),
    ifAllowed(kubernetes.list(managedCertificates, namespace)),
  ]);
  const isTurn = ({ metadata: { name } }: Service) => name.endsWith('-turn');
  return {
    ingress: allIngresses[0],
    service: allServices.find((one) => !isTurn(one)),
    turnService: allServices.find(isTurn),
    backendConfigs: configs,
    certificates,
  };
}

export function addressOf(object: Ingress | Service): string | undefined {
  return object.status.loadBalancer.ingress[0]?.ip;
}

/** An output of the environment that is text; `undefined` when it is absent or empty. */
export function textOutput(world: Pick<World, 'outputs'>, name: string): string | undefined {
  const value = world.outputs[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
