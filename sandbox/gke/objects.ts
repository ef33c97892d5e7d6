import { z } from 'zod';

/** What the controllers read of Kubernetes' objects. The API server has checked them already, also the custom resources. */

const texts = z.record(z.string(), z.string()).nullish();
const Meta = z
  .object({ name: z.string(), namespace: z.string().default(''), uid: z.string(), annotations: texts, labels: texts })
  .transform(({ annotations, labels, ...rest }) => ({
    ...rest,
    annotations: annotations ?? {},
    labels: labels ?? {},
  }));
export type Meta = z.infer<typeof Meta>;

const list = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
const addresses = z
  .object({ loadBalancer: z.object({ ingress: list(z.object({ ip: z.string().optional() })) }).nullish() })
  .nullish()
  .transform((status) => (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? ''));

const Backend = z.object({
  service: z
    .object({ name: z.string(), port: z.object({ number: z.number().optional(), name: z.string().optional() }) })
    .optional(),
});
export type Backend = z.infer<typeof Backend>;

export const Ingress = z.object({
  metadata: Meta,
  spec: z.object({
    ingressClassName: z.string().nullish(),
    defaultBackend: Backend.nullish(),
    rules: list(
      z.object({
        host: z.string().default(''),
        http: z
          .object({
            paths: list(z.object({ path: z.string().default(''), pathType: z.string(), backend: Backend })),
          })
          .nullish(),
      }),
    ),
    tls: list(z.object({ secretName: z.string().optional() })),
  }),
  /** Addresses in the status. */
  status: addresses,
});
export type Ingress = z.infer<typeof Ingress>;

export const Service = z.object({
  metadata: Meta,
  spec: z.object({
    type: z.string().default('ClusterIP'),
    externalTrafficPolicy: z.string().default('Cluster'),
    loadBalancerIP: z.string().optional(),
    loadBalancerClass: z.string().optional(),
    loadBalancerSourceRanges: list(z.string()),
    ports: list(
      z.object({
        name: z.string().default(''),
        protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
        port: z.number(),
        nodePort: z.number().optional(),
      }),
    ),
  }),
  status: addresses,
});
export type Service = z.infer<typeof Service>;

export const EndpointSlice = z.object({
  metadata: Meta,
  ports: list(z.object({ name: z.string().nullish(), port: z.number().nullish() })),
  endpoints: list(
    z.object({
      addresses: z.array(z.string()),
      nodeName: z.string().nullish(),
      conditions: z
        .object({ ready: z.boolean().nullish(), terminating: z.boolean().nullish() })
        .nullish()
        .transform((conditions) => ({
          ready: conditions?.ready ?? true,
          terminating: conditions?.terminating ?? false,
        })),
      targetRef: z.object({ uid: z.string().optional() }).nullish(),
    }),
  ),
});
export type EndpointSlice = z.infer<typeof EndpointSlice>;

export const BackendConfig = z.object({
  metadata: Meta,
  spec: z
    .object({
      timeoutSec: z.number().optional(),
      connectionDraining: z.object({ drainingTimeoutSec: z.number().optional() }).optional(),
      healthCheck: z
        .object({
          checkIntervalSec: z.number().optional(),
          timeoutSec: z.number().optional(),
          healthyThreshold: z.number().optional(),
          unhealthyThreshold: z.number().optional(),
          type: z.string().optional(),
          requestPath: z.string().optional(),
          port: z.number().optional(),
        })
        .optional(),
    })
    .default({}),
});
export type BackendConfig = z.infer<typeof BackendConfig>;

export const FrontendConfig = z.object({
  metadata: Meta,
  spec: z
    .object({
      redirectToHttps: z.object({ enabled: z.boolean(), responseCodeName: z.string().optional() }).optional(),
    })
    .default({}),
});
export type FrontendConfig = z.infer<typeof FrontendConfig>;

export const ManagedCertificate = z.object({
  metadata: Meta,
  spec: z.object({ domains: z.array(z.string()) }),
  status: z
    .object({
      certificateName: z.string().optional(),
      certificateStatus: z.string().optional(),
      expireTime: z.string().optional(),
      domainStatus: z.array(z.object({ domain: z.string(), status: z.string() })).optional(),
    })
    .default({}),
});
export type ManagedCertificate = z.infer<typeof ManagedCertificate>;

export const Secret = z.object({ metadata: Meta, data: texts });
export type Secret = z.infer<typeof Secret>;

export const Node = z.object({
  metadata: Meta,
  status: z.object({
    addresses: list(z.object({ type: z.string(), address: z.string() })),
    conditions: list(z.object({ type: z.string(), status: z.string() })),
  }),
});
export type Node = z.infer<typeof Node>;

/** Name that is unique in the cluster. */
export function keyOf({ metadata }: { readonly metadata: Pick<Meta, 'namespace' | 'name'> }): string {
  return `${metadata.namespace}/${metadata.name}`;
}
