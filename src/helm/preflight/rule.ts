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
  resources: z.looseObject({ requests: z.record(z.string(), z.unknown()).optional() }).default({}),
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
    tls: z.array(z.looseObject({ hosts: z.array(z.string()).optional() })).optional(),
  }),
  autoscaling: z.looseObject({
    enabled: z.boolean(),
    maxReplicas: z.number().int().positive(),
    targetCPUUtilizationPercentage: z.number().optional(),
    targetMemoryUtilizationPercentage: z.number().optional(),
  }),
});

export type LivekitValues = z.infer<typeof livekitValuesSchema>;

export interface PreflightContext {
  /** What the templates see. */
  readonly values: LivekitValues;
  /** What was given, by source; a null in here removes a default. */
  readonly layers: readonly Layer[];
  readonly given: Values;
  /** `undefined` when there is no outputs document (a cluster that the suite did not make). */
  readonly outputs: Pick<EnvironmentOutputs, 'node_pool_max_nodes' | 'node_pool_name'> | undefined;
}

export interface Finding {
  readonly kind: keyof (typeof preflightFailures)['kinds'];
  /** An error stops the deploy, a warning does not. */
  readonly level: 'error' | 'warning';
  /** One sentence. */
  readonly what: string;
  /** Of the value in question. */
  readonly path: Path;
}

/** One thing that the chart or the cluster would not say in time. Pure: no rule asks anyone. */
export type PreflightRule = (context: PreflightContext) => Finding[];
