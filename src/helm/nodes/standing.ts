import type { Kubernetes } from '../../kubernetes/client.ts';
import { type KubernetesNode, nodes as nodeKind, type Pod } from '../../kubernetes/resources.ts';
import { isEnding, observe, type Observation } from '../rollout/observe.ts';
import { POOL_LABEL, type NodePools } from './pools.ts';

/** Which pods are on which nodes at this moment; all that the next step is decided from, so that any run can go on. */
export interface Standing {
  readonly currentNodes: readonly KubernetesNode[];
  readonly olderNodes: readonly KubernetesNode[];
  readonly workloads: readonly Observation[];
  /** Pods of the present template on nodes of older pools: nothing has told them to move yet. */
  readonly unmoved: readonly Pod[];
  /** All pods of the release on such nodes, those that are ending among them. */
  readonly onOlder: readonly Pod[];
}

export async function readStanding(
  client: Kubernetes,
  namespace: string,
  pools: NodePools,
  deployments: readonly string[],
): Promise<Standing> {
  const now = new Date();
  const [all, looks] = await Promise.all([
    client.list(nodeKind, undefined),
    Promise.all(deployments.map((name) => observe(client, namespace, name, now))),
  ]);
  const workloads = looks.filter((look) => look !== undefined);
  const olderNodes = nodesOf(all, pools.older);
  const isOnOlder = ({ spec }: Pod) => olderNodes.some(({ metadata }) => metadata.name === spec.nodeName);
  return {
    currentNodes: nodesOf(all, pools.current),
    olderNodes,
    workloads,
    unmoved: workloads.flatMap(({ newPods }) => newPods.filter((pod) => !isEnding(pod) && isOnOlder(pod))),
    onOlder: workloads.flatMap(({ newPods, oldPods }) => [...newPods, ...oldPods].filter(isOnOlder)),
  };
}

const nodesOf = (all: readonly KubernetesNode[], pools: readonly string[]) =>
  all.filter(({ metadata }) => pools.includes(metadata.labels[POOL_LABEL] ?? ''));
