import { z } from 'zod';
import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import type { Layer } from '../values/layer.ts';
import type { Path, Values } from '../values/tree.ts';
import type { preflightFailures } from '../failures.ts';

const port = z.number().int().min(1).max(65_535);

/** The chart's values that the rules read, defaults and nulls resolved. The chart has no schema of its own. */
export const livekitValuesSchema = z.looseObject({
  replicaCount: z.number().int().nonnegative(),
  podHostNetwork: z.boolean(),
  terminationGracePeriodSeconds: z.number().optional(),
  podAnnotations: z.record(z.string(), z.unknown()).optional(),
  nodeSelector: z.record(z.string(), z.string()).default({}),
  tolerations: z
    .array(
      z.looseObject({
        key: z.string().optional(),
        operator: z.string().optional(),
        value: z.string().optional(),
        effect: z.string().optional(),
      }),
    )
    .default([]),
  deploymentStrategy: z
    .looseObject({
      type: z.string().optional(),
      rollingUpdate: z.looseObject({ maxSurge: z.union([z.number(), z.string()]).optional() }).optional(),
    })
    .default({}),
  resources: z.looseObject({ requests: z.record(z.string(), z.unknown()).optional() }).default({}),
  gcp: z
    .looseObject({
      backendConfig: z
        .looseObject({
          timeoutSec: z.number().optional(),
          connectionDraining: z.looseObject({ drainingTimeoutSec: z.number().optional() }).optional(),
        })
        .optional(),
    })
    .default({}),
  livekit: z.looseObject({
    port,
    key_file: z.string().optional(),
    prometheus_port: port.optional(),
    prometheus: z.looseObject({ port: z.unknown().optional() }).optional(),
    rtc: z.looseObject({
      udp_port: z.unknown().optional(),
      port_range_start: port.optional(),
      port_range_end: port.optional(),
    }),
    redis: z.looseObject({ address: z.string().optional(), password: z.unknown().optional() }).default({}),
    keys: z.record(z.string(), z.unknown()).default({}),
    turn: z.looseObject({
      enabled: z.boolean(),
      domain: z.string().optional(),
      tls_port: port.optional(),
      external_tls: z.boolean().optional(),
      secretName: z.string().optional(),
    }),
  }),
  storeKeysInSecret: z.looseObject({
    enabled: z.boolean(),
    existingSecret: z.string(),
    keys: z.record(z.string(), z.unknown()).default({}),
  }),
  loadBalancer: z.looseObject({
    type: z.string(),
    annotations: z.record(z.string(), z.unknown()).default({}),
    tls: z.array(z.looseObject({ hosts: z.array(z.string()).optional() })).optional(),
  }),
  autoscaling: z.looseObject({
    enabled: z.boolean(),
    minReplicas: z.number().int().nonnegative().default(1),
    maxReplicas: z.number().int().positive(),
    targetCPUUtilizationPercentage: z.number().optional(),
    targetMemoryUtilizationPercentage: z.number().optional(),
  }),
});

export type LivekitValues = z.infer<typeof livekitValuesSchema>;

/** What Terraform made, as far as the rules look at it. */
export type PreflightFacts = Pick<EnvironmentOutputs, 'node_pool_max_nodes' | 'node_pool_name'> &
  Partial<Pick<EnvironmentOutputs, 'redis_host' | 'redis_port' | 'domain' | 'turn_domain'>> & {
    readonly [name: string]: unknown;
  };

export interface PreflightContext {
  /** What the templates see. */
  readonly values: LivekitValues;
  /** What was given, by source; a null in here removes a default. */
  readonly layers: readonly Layer[];
  readonly given: Values;
  /** `undefined` when there is no outputs document (a cluster that the suite did not make). */
  readonly outputs: PreflightFacts | undefined;
}

export interface Finding {
  readonly kind: keyof (typeof preflightFailures)['kinds'];
  /** An error stops the deploy, a warning does not. */
  readonly level: 'error' | 'warning';
  /** One sentence. */
  readonly what: string;
  /** Of the value in question; empty when it is about the cluster and no value. */
  readonly path: Path;
  /** More exact than the catalogue's, where it can be. */
  readonly fix?: string;
}

/** One thing that the chart or the cluster would not say in time. Pure: no rule asks anyone. */
export type PreflightRule = (context: PreflightContext) => Finding[];
