import { z } from 'zod';
import { Failure } from '../../failure/failure.ts';
import { mostNodes } from '../../google/node-pools.ts';
import type { Check, Result } from '../check.ts';
import { livekitNodes } from '../workload.ts';
import type { World } from '../world.ts';
import { livekitAutoscalers } from './autoscaler.ts';

const regionSchema = z.object({
  quotas: z.array(z.object({ metric: z.string(), limit: z.number(), usage: z.number() })).default([]),
});

export const capacity: Check = {
  id: 'capacity',
  title: 'Room to grow',
  proves:
    'The node pool can hold as many pods as the Deployment or its autoscaler may ask for, one a node, with one more for a rollout; its limit is the one that was applied, and Google’s quotas allow the nodes.',
  tags: ['kubernetes', 'nodes'],
  needs: ['cluster'],
  timeoutSeconds: 20,
  async run(world, signal): Promise<Result> {
    const workload = await world.workload();
    const [autoscaler] = await livekitAutoscalers(world);
    const current = world.outputs.current_node_pool_names ?? [world.outputs.node_pool_name];
    const pools = (await world.nodePools())?.filter(({ name }) => current.includes(name)).map(mostNodes);
    const isKnown = pools !== undefined && pools.length > 0 && !pools.includes(undefined);
    return judgeCapacity({
      most: autoscaler?.spec.maxReplicas ?? workload.deployment?.spec.replicas ?? 0,
      isAutoscaled: autoscaler !== undefined,
      present: livekitNodes(workload, world.outputs).length,
      maximum: isKnown ? pools.reduce<number>((sum, nodes) => sum + (nodes ?? 0), 0) : undefined,
      applied: world.outputs.node_pool_max_nodes,
      machineType: world.outputs.node_machine_type,
      quotas: await readQuotas(world, signal),
    });
  },
};

type Quota = z.infer<typeof regionSchema>['quotas'][number];

/** `undefined` when this identity may not read them. */
async function readQuotas({ google, outputs }: World, signal: AbortSignal): Promise<Quota[] | undefined> {
  try {
    const { quotas } = await google.request({
      host: 'compute.googleapis.com',
      path: `/compute/v1/projects/${encodeURIComponent(outputs.project_id)}/regions/${encodeURIComponent(outputs.region)}`,
      answer: regionSchema,
      subject: `the quotas of ${outputs.region}`,
      signal,
    });
    return quotas;
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith('LK-GOOGLE')) return undefined;
    throw error;
  }
}

/** The verdict on whether what may be asked for fits. */
export function judgeCapacity(found: {
  /** Pods that the autoscaler, or the Deployment without one, may ask for. */
  readonly most: number;
  readonly isAutoscaled: boolean;
  /** Nodes of the pool now; at most as Google has it, `undefined` where that is not known; at most as it was applied. */
  readonly present: number;
  readonly maximum: number | undefined;
  readonly applied: number;
  readonly machineType: string;
  readonly quotas: readonly Quota[] | undefined;
}): Result {
  const { most, isAutoscaled, present, applied, machineType, quotas } = found;
  const maximum = found.maximum ?? applied;
  const who = isAutoscaled ? 'the autoscaler may ask for' : 'the Deployment asks for';
  if (most > maximum) {
    return {
      verdict: 'fail',
      evidence: `${who[0]?.toUpperCase()}${who.slice(1)} ${most} pods, and the node pool has ${maximum} nodes at most: ${most} pods, ${maximum} nodes.`,
      cause: 'Each pod needs a node of its own, so the last ones would stay Pending.',
      fix: `Raise \`node_pool_max_nodes\` to ${most + 1}, or lower ${isAutoscaled ? '`autoscaling.maxReplicas`' : '`replicaCount`'}.`,
    };
  }
  if (maximum !== applied) {
    return {
      verdict: 'warn',
      evidence: `The node pool may have ${maximum} nodes; ${applied} was applied. ${who[0]?.toUpperCase()}${who.slice(1)} ${most} pods.`,
      cause: 'The limit was changed besides Terraform, and the next apply changes it back.',
      fix: 'Set `node_pool_max_nodes` to what it should be, and apply.',
    };
  }
  const short = shortQuota(quotas ?? [], machineType, Math.max(0, maximum - present));
  if (short !== undefined) {
    return {
      verdict: 'warn',
      evidence: `The quota ${short.metric} has ${short.limit - short.usage} of ${short.limit} left; ${maximum - present} more nodes of ${machineType} would need ${short.needed}.`,
      cause: 'The node pool could not grow to its maximum, and pods would stay Pending.',
      fix: `Ask Google for a higher ${short.metric} in the region, or lower \`node_pool_max_nodes\`.`,
    };
  }
  const quotaWords = quotas === undefined ? 'quotas could not be read (roles/compute.viewer)' : 'quotas suffice';
  if (most === maximum) {
    return {
      verdict: 'warn',
      evidence: `${who[0]?.toUpperCase()}${who.slice(1)} ${most} pods, as many as the node pool has nodes at most (${maximum}); ${quotaWords}.`,
      cause: 'At its fullest, a deploy has no spare node for its surge pod and waits until the first pod has drained.',
      fix: `Raise \`node_pool_max_nodes\` to ${most + 1}.`,
    };
  }
  return {
    verdict: 'pass',
    evidence: `${who[0]?.toUpperCase()}${who.slice(1)} ${most} pods at most, the node pool has ${present} nodes of ${maximum}; ${quotaWords}.`,
  };
}

function shortQuota(quotas: readonly Quota[], machineType: string, nodes: number) {
  const [family = ''] = machineType.split('-');
  const cpus = Number(/-(\d+)$/.exec(machineType)?.[1] ?? 0);
  const metric = quotas.some((quota) => quota.metric === `${family.toUpperCase()}_CPUS`)
    ? `${family.toUpperCase()}_CPUS`
    : 'CPUS';
  const needs: Readonly<Record<string, number>> = { [metric]: nodes * cpus, IN_USE_ADDRESSES: nodes };
  return quotas
    .map((quota) => ({ ...quota, needed: needs[quota.metric] ?? 0 }))
    .find(({ limit, usage, needed }) => needed > limit - usage);
}
