import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { attempt } from '../command.ts';
import type { SandboxConfig } from '../config.ts';
import { createCredentials } from '../kubernetes/certificates.ts';
import { isReady, listNodes, POOL_LABEL, type Node } from '../kubernetes/cluster.ts';
import { kubectl, type Administrator } from '../kubernetes/kubectl.ts';
import { findMachineType, SPARE_TYPE, type MachineType } from '../kubernetes/machine-type.ts';
import { changeMachineType, restartKubelet } from '../kubernetes/node.ts';
import { MACHINES } from '../kubernetes/plan.ts';
import { together } from '../together.ts';
import { planNodes } from './node-plan.ts';
import { readRecord, type Pool, type WorldRecord } from './record.ts';
import type { Attributes } from './world.ts';

/** A dedicated pool gets this many nodes while spare machines remain, for one pod each on two nodes. */
const DEDICATED_NODES = 2;
const NODE_SECONDS = 60;

/** Google's spelling of a taint's effect -> Kubernetes'. */
const EFFECTS: Readonly<Record<string, string>> = {
  NO_SCHEDULE: 'NoSchedule',
  PREFER_NO_SCHEDULE: 'PreferNoSchedule',
  NO_EXECUTE: 'NoExecute',
};

const NodePool = z.object({
  name: z.string(),
  cluster: z.string().nullish(),
  node_count: z.number().nullish(),
  initial_node_count: z.number().nullish(),
  autoscaling: z
    .array(
      z.object({
        min_node_count: z.number().nullish(),
        max_node_count: z.number().nullish(),
        total_min_node_count: z.number().nullish(),
        total_max_node_count: z.number().nullish(),
      }),
    )
    .nullish(),
  node_config: z
    .array(
      z.object({
        machine_type: z.string().nullish(),
        tags: z.array(z.string()).nullish(),
        service_account: z.string().nullish(),
        labels: z.record(z.string(), z.string()).nullish(),
        taint: z.array(z.object({ key: z.string(), value: z.string().nullish(), effect: z.string() })).nullish(),
      }),
    )
    .nullish(),
});

/**
 * What a `google_container_node_pool` asks for. There is no autoscaler here, so the world plays it ahead: a pool that is
 * kept for one workload (tainted, or named for LiveKit) gets two nodes where its maximum allows it, any other its minimum.
 */
export function wishOf(attributes: Attributes): Pool {
  const pool = NodePool.parse(attributes);
  const node = pool.node_config?.[0];
  const taints = (node?.taint ?? []).map(({ key, value, effect }) => ({
    key,
    value: value ?? '',
    effect: EFFECTS[effect] ?? effect,
  }));
  const scaling = pool.autoscaling?.[0];
  const fixed = pool.node_count ?? pool.initial_node_count ?? 1;
  const minimum = scaling ? scaling.total_min_node_count || scaling.min_node_count || 0 : fixed;
  const maximum = scaling ? scaling.total_max_node_count || scaling.max_node_count || minimum : fixed;
  const machineType = node?.machine_type ?? SPARE_TYPE;
  findMachineType(machineType);
  const isDedicated = taints.length > 0 || pool.name.includes('livekit');
  return {
    name: pool.name,
    minimum,
    wanted: isDedicated ? Math.max(minimum, Math.min(DEDICATED_NODES, maximum)) : minimum,
    ...(scaling === undefined ? { fixed } : {}),
    machineType,
    labels: node?.labels ?? {},
    taints,
    cluster: pool.cluster?.split('/').at(-1) ?? '',
    tags: node?.tags ?? [],
    serviceAccount: node?.service_account ?? 'default',
  };
}

/** As `wishOf`, for a pool that is there. One that stops to scale keeps the nodes that it has: nobody asks for a number of them. */
export function changedWish(attributes: Attributes, has: number, before: Pool | undefined): Pool {
  const wish = wishOf(attributes);
  const isKept = wish.fixed !== undefined && before !== undefined && (before.fixed ?? wish.fixed) === wish.fixed;
  return isKept ? { ...wish, wanted: Math.max(wish.wanted, has) } : wish;
}

/** Gives machines to pools and takes them back, so that the nodes are as the record asks. */
export async function reconcileNodes(config: SandboxConfig, record: WorldRecord): Promise<void> {
  const administrator = { kubectl: join(config.bin, 'kubectl'), kubeconfig: config.kubernetes.adminKubeconfig };
  const machines = config.kubernetes.nodes.map(({ name }) => name);
  record.assigned = planNodes(record.pools, machines, record.assigned, await busyMachines(administrator));
  const settings = {
    directory: config.directory,
    bin: config.bin,
    apiServerPort: Number(new URL(config.addresses.kubernetes).port),
    credentials: await createCredentials(join(config.directory, 'kubernetes', 'pki')),
  };
  const nodes = await listNodes(administrator);
  await together(
    nodes.map(async (node) => {
      const machine = MACHINES.find(({ name }) => name === node.metadata.name);
      if (!machine) return;
      const key = record.assigned[machine.name];
      const pool = key === undefined ? undefined : record.pools[key];
      if (isOfAnotherPool(node, pool)) await empty(administrator, machine.name);
      if (pool) {
        const type = findMachineType(pool.machineType);
        await changeMachineType(settings, machine, pool.machineType);
        // One that does not come is started anew, once, as GKE does with its own.
        await untilNodeIs(administrator, machine.name, type).catch(async (error: unknown) => {
          console.log(
            `${String(error)}; its kubelet is started again. It said last:\n${lastWords(settings.directory, machine)}`,
          );
          await restartKubelet(settings, machine);
          await untilNodeIs(administrator, machine.name, type);
        });
      }
      const patch = JSON.stringify(nodePatch(node, pool));
      await kubectl(administrator, ['patch', 'node', machine.name, '--type=merge', '--patch', patch]);
    }),
  );
}

/** What type each machine has, by the pools that Terraform applied. */
export function machineTypes({ directory }: SandboxConfig): (machine: string) => string {
  const { pools, assigned } = readRecord(directory);
  return (machine) => pools[assigned[machine] ?? '']?.machineType ?? SPARE_TYPE;
}

/** The end of a kubelet's log. */
function lastWords(directory: string, { namespace }: { readonly namespace: string }): string {
  const text = readFileSync(join(directory, 'logs', `${namespace}-kubelet.log`), 'utf8');
  return text.trim().split('\n').slice(-15).join('\n');
}

/** Waits until a node that was started again is Ready and of the new size. */
async function untilNodeIs(administrator: Administrator, name: string, type: MachineType): Promise<void> {
  const deadline = Date.now() + NODE_SECONDS * 1000;
  for (;;) {
    const node = (await listNodes(administrator)).find(({ metadata }) => metadata.name === name);
    if (node && isReady(node) && node.status.capacity?.cpu === String(type.cpus)) return;
    if (Date.now() > deadline) throw new Error(`${name} was not Ready as ${type.name} after ${NODE_SECONDS} s`);
    await sleep(200);
  }
}

/** Addresses of the managed instance groups that GKE makes for a pool, one a zone. */
export function instanceGroups(config: SandboxConfig, attributes: Attributes): Attributes {
  const pool = z
    .object({ name: z.string(), cluster: z.string(), node_locations: z.array(z.string()).nullish() })
    .parse(attributes);
  const cluster = pool.cluster.split('/').at(-1) ?? '';
  const hash = createHash('sha256').update(`${cluster}/${pool.name}`).digest('hex').slice(0, 8);
  const group = `gke-${cluster}-${pool.name}`.slice(0, 46);
  const urls = (kind: string): string[] =>
    (pool.node_locations ?? []).map(
      (zone) =>
        `https://www.googleapis.com/compute/v1/projects/${config.project.id}/zones/${zone}/${kind}/${group}-${hash}-grp`,
    );
  return { instance_group_urls: urls('instanceGroupManagers'), managed_instance_group_urls: urls('instanceGroups') };
}

function isOfAnotherPool(node: Node, pool: Pool | undefined): boolean {
  const label = node.metadata.labels[POOL_LABEL];
  return label !== undefined && label !== pool?.name;
}

const Pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ ownerReferences: z.array(z.object({ kind: z.string() })).default([]) }),
      spec: z.object({ nodeName: z.string().optional() }),
      status: z.object({ phase: z.string().optional() }),
    }),
  ),
});

/** Machines with a pod that would have to move: a DaemonSet's goes with its node. */
async function busyMachines(administrator: Administrator): Promise<Set<string>> {
  const { items } = Pods.parse(JSON.parse(await kubectl(administrator, ['get', 'pods', '-A', '-o', 'json'])));
  const staying = items.filter(
    ({ metadata, status }) =>
      !['Succeeded', 'Failed'].includes(status.phase ?? '') &&
      !metadata.ownerReferences.some(({ kind }) => kind === 'DaemonSet' || kind === 'Node'),
  );
  return new Set(staying.flatMap(({ spec }) => spec.nodeName ?? []));
}

/** A machine that leaves a pool is deleted on GKE, and its pods with it. */
async function empty({ kubectl: command, kubeconfig }: Administrator, node: string): Promise<void> {
  await attempt(command, ['--kubeconfig', kubeconfig, 'cordon', node]);
  const selector = `spec.nodeName=${node}`;
  const pods = ['delete', 'pods', '--all-namespaces', '--field-selector', selector];
  await attempt(command, ['--kubeconfig', kubeconfig, ...pods, '--grace-period=5', '--timeout=20s']);
}

/** The merge patch that makes a node one of the pool, or a spare machine without a pool. */
export function nodePatch(node: Node, pool: Pool | undefined): object {
  const wanted: Record<string, string> = pool
    ? { ...pool.labels, [POOL_LABEL]: pool.name, 'node.kubernetes.io/instance-type': pool.machineType }
    : {};
  const superfluous = Object.keys(node.metadata.labels).filter((label) => !isOfKubelet(label) && !(label in wanted));
  // Taints of node.kubernetes.io are the cluster's own (not ready, unschedulable): they stay with their controller.
  const own = node.spec.taints.filter(({ key }) => key.startsWith('node.kubernetes.io/'));
  // A node of the pool stays cordoned when somebody cordoned it; a machine that comes to a pool is a new node.
  const isThere = pool !== undefined && node.metadata.labels[POOL_LABEL] === pool.name;
  const annotations = Object.keys(node.metadata.annotations ?? {}).filter((name) => name.startsWith('livekit-gke/'));
  return {
    metadata: {
      labels: { ...Object.fromEntries(superfluous.map((label) => [label, null])), ...wanted },
      ...(isThere || annotations.length === 0
        ? {}
        : { annotations: Object.fromEntries(annotations.map((name) => [name, null])) }),
    },
    spec: {
      ...(isThere ? {} : { unschedulable: pool ? null : true }),
      taints: [...own, ...(pool?.taints ?? [])],
    },
  };
}

/** Labels that a node has by itself: architecture, system, name, region and zone. */
function isOfKubelet(label: string): boolean {
  return /^(beta\.)?kubernetes\.io\/|^topology\.kubernetes\.io\//.test(label);
}
