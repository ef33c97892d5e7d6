import { z } from 'zod';
import type { Cluster } from './world.ts';
import { verifyFailures } from './failures.ts';

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const container = z.object({
  name: z.string(),
  image: z.string(),
  ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number() })).optional(),
});

const deploymentSchema = z.object({
  metadata: z.object({ name: z.string(), generation: z.number().optional() }),
  spec: z.object({
    replicas: z.number().optional(),
    template: z.object({ spec: z.object({ containers: z.array(container).min(1) }) }),
  }),
  status: z.object({ observedGeneration: z.number().optional() }).optional(),
});

const containerState = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  terminated: z.object({ reason: z.string().optional(), exitCode: z.number() }).optional(),
});

const podSchema = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({ nodeName: z.string().optional(), containers: z.array(container).min(1) }),
  status: z
    .object({
      phase: z.string().optional(),
      conditions: z.array(condition).optional(),
      containerStatuses: z
        .array(
          z.object({
            name: z.string(),
            ready: z.boolean(),
            restartCount: z.number(),
            image: z.string().optional(),
            imageID: z.string().optional(),
            state: containerState.optional(),
            lastState: containerState.optional(),
          }),
        )
        .optional(),
    })
    .default({}),
});

const nodeSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
  spec: z.object({ unschedulable: z.boolean().optional() }).default({}),
  status: z
    .object({
      conditions: z.array(condition).optional(),
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).optional(),
    })
    .default({}),
});

export type Deployment = z.infer<typeof deploymentSchema>;
export type Pod = z.infer<typeof podSchema>;
export type Node = z.infer<typeof nodeSchema>;

export interface Workload {
  /** `undefined` when nothing is deployed under this release. */
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
}

/** Reads LiveKit's Deployment and pods of a release (by the chart's labels) and all nodes. */
export async function readWorkload(
  cluster: Cluster,
  namespace: string,
  release: string,
  signal: AbortSignal,
): Promise<Workload> {
  const selector = `app.kubernetes.io/name=livekit-server,app.kubernetes.io/instance=${release}`;
  const [deployments, pods, nodes] = await Promise.all([
    cluster.list('deployments', { namespace, selector, signal }),
    cluster.list('pods', { namespace, selector, signal }),
    cluster.list('nodes', { signal }),
  ]);
  return {
    deployment: deployments.map((item) => parse(deploymentSchema, item, 'a Deployment'))[0],
    pods: pods.map((item) => parse(podSchema, item, 'a Pod')),
    nodes: nodes.map((item) => parse(nodeSchema, item, 'a Node')),
  };
}

/** Pods that should serve: not those that a rollout or scale-down is draining. */
export function servingPods(workload: Workload): Pod[] {
  return workload.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

export function isReady(object: Pod | Node): boolean {
  return object.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}

/** The port of LiveKit's container with this name; the chart names them. */
export function containerPort(pod: Pod, name: string, fallback: number): number {
  const ports = pod.spec.containers.flatMap((one) => one.ports ?? []);
  return ports.find((port) => port.name === name)?.containerPort ?? fallback;
}

function parse<Schema extends z.ZodType>(schema: Schema, item: unknown, kind: string): z.infer<Schema> {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw verifyFailures.failure('object', {
    what: `The cluster’s API gave ${kind} that is wrong at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
  });
}
