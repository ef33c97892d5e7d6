import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { kubectl, type Administrator } from './kubectl.ts';
import { MACHINES } from './plan.ts';

/** Label of the node pool that a node belongs to; a node without it is a spare machine. */
export const POOL_LABEL = 'cloud.google.com/gke-nodepool';

const Node = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    unschedulable: z.boolean().default(false),
    taints: z.array(z.object({ key: z.string(), value: z.string().optional(), effect: z.string() })).default([]),
  }),
  status: z.object({
    capacity: z.object({ cpu: z.string() }).optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
  }),
});
export type Node = z.infer<typeof Node>;

export async function listNodes(administrator: Administrator): Promise<Node[]> {
  const answer = await kubectl(administrator, ['get', 'nodes', '-o', 'json']);
  return z.object({ items: z.array(Node) }).parse(JSON.parse(answer)).items;
}

/** Grants Google's roles their rights and defines GKE's custom resources. */
export async function applyManifests(administrator: Administrator): Promise<void> {
  const files = ['access.yaml', 'gke.yaml'].map((name) =>
    readFileSync(new URL(`./manifests/${name}`, import.meta.url), 'utf8'),
  );
  await kubectl(administrator, ['apply', '--server-side', '--force-conflicts', '-f', '-'], files.join('\n---\n'));
}

/** Waits until every machine is a Ready node, and cordons those that no node pool has taken. */
export async function settleNodes(administrator: Administrator, deadlineSeconds: number): Promise<void> {
  const deadline = Date.now() + deadlineSeconds * 1000;
  for (;;) {
    const nodes = await listNodes(administrator);
    const spare = nodes.filter((node) => !(POOL_LABEL in node.metadata.labels) && !node.spec.unschedulable);
    if (spare.length > 0) await kubectl(administrator, ['cordon', ...spare.map((node) => node.metadata.name)]);
    const ready = nodes.filter(isReady).map((node) => node.metadata.name);
    const missing = MACHINES.filter(({ name }) => !ready.includes(name)).map(({ name }) => name);
    if (missing.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(
        `${missing.join(', ')} not Ready after ${deadlineSeconds} s: see the logs of kubelet and containerd`,
      );
    }
    await sleep(300);
  }
}

export function isReady(node: Node): boolean {
  return node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
