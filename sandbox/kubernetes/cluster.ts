import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { together } from '../together.ts';
import { kubectl, type Administrator } from './kubectl.ts';
import { MACHINES, type Machine } from './plan.ts';

/** Label of the node pool that a node belongs to; a node without it is a spare machine. */
export const POOL_LABEL = 'cloud.google.com/gke-nodepool';

/** Taint of a node that the cloud has not said anything about yet. */
const UNINITIALIZED = 'node.cloudprovider.kubernetes.io/uninitialized';

const Node = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.object({
    unschedulable: z.boolean().default(false),
    taints: z.array(z.object({ key: z.string(), value: z.string().optional(), effect: z.string() })).default([]),
  }),
  status: z.object({
    addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
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
    if (missing.length === 0) {
      await together(nodes.map((node) => initialize(administrator, node)));
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `${missing.join(', ')} not Ready after ${deadlineSeconds} s: see the logs of kubelet and containerd`,
      );
    }
    await sleep(300);
  }
}

/** Plays the cloud's part for a new node: kubelet waits for its addresses, and the scheduler for the taint to go. */
async function initialize(administrator: Administrator, node: Node): Promise<void> {
  const { name } = node.metadata;
  const machine = MACHINES.find((each) => each.name === name);
  if (!machine) return;
  const patch = ['patch', 'node', name, '--type=merge', '--patch'];
  const addresses = addressesOf(machine);
  if (JSON.stringify(node.status.addresses) !== JSON.stringify(addresses)) {
    await kubectl(administrator, [...patch, JSON.stringify({ status: { addresses } }), '--subresource=status']);
  }
  const taints = node.spec.taints.filter(({ key }) => key !== UNINITIALIZED);
  if (taints.length < node.spec.taints.length) {
    await kubectl(administrator, [...patch, JSON.stringify({ spec: { taints } })]);
  }
}

function addressesOf({ name, address, externalAddress }: Machine): { type: string; address: string }[] {
  return [
    { type: 'InternalIP', address },
    { type: 'ExternalIP', address: externalAddress },
    { type: 'Hostname', address: name },
  ];
}

export function isReady(node: Node): boolean {
  return node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
