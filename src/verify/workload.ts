import type { EnvironmentOutputs } from '../environment/outputs.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import { type Deployment, deployments, type KubernetesNode, nodes, type Pod, pods } from '../kubernetes/resources.ts';

export interface Workload {
  /** `undefined` when nothing is deployed under this release. */
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
  readonly nodes: readonly KubernetesNode[];
}

/** Reads LiveKit's Deployment and pods of a release (by the chart's labels) and all nodes. */
export async function readWorkload(
  kubernetes: Pick<Kubernetes, 'list'>,
  namespace: string,
  release: string,
): Promise<Workload> {
  const labels = { 'app.kubernetes.io/name': 'livekit-server', 'app.kubernetes.io/instance': release };
  const [ownDeployments, ownPods, allNodes] = await Promise.all([
    kubernetes.list(deployments, namespace, { labels }),
    kubernetes.list(pods, namespace, { labels }),
    kubernetes.list(nodes, undefined),
  ]);
  return { deployment: ownDeployments[0], pods: ownPods, nodes: allNodes };
}

/** Pods that should serve: not those that a rollout or scale-down is draining. */
export function servingPods(workload: Workload): Pod[] {
  return workload.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** LiveKit's own nodes, of all generations of its pool; all nodes where none says which pool it is of. */
export function livekitNodes(
  { nodes: all }: Workload,
  outputs: Pick<EnvironmentOutputs, 'node_pool_name' | 'node_pool_names'>,
): KubernetesNode[] {
  const pools = outputs.node_pool_names ?? [outputs.node_pool_name];
  const own = all.filter(({ metadata }) => pools.includes(metadata.labels['cloud.google.com/gke-nodepool'] ?? ''));
  return own.length > 0 ? own : [...all];
}

export function isReady(object: Pod | KubernetesNode): boolean {
  return object.status.conditions.some((one) => one.type === 'Ready' && one.status === 'True');
}

/** The port of a pod's container by its name in the chart. */
export function containerPort(pod: Pod, name: string, fallback: number): number {
  const ports = pod.spec.containers.flatMap((one) => one.ports);
  return ports.find((port) => port.name === name)?.containerPort ?? fallback;
}
