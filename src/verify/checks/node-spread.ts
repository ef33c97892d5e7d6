import type { Check, Result } from '../check.ts';
import { servingPods, type Workload } from '../workload.ts';

const ZONE = 'topology.kubernetes.io/zone';

export const nodeSpread: Check = {
  id: 'node-spread',
  title: 'One pod a node',
  proves: 'Every pod has a node of its own, so that a lost node takes one pod’s calls only and ports never collide.',
  tags: ['pods', 'nodes'],
  needs: ['cluster'],
  timeoutSeconds: 30,
  async run(world) {
    return judgeSpread(await world.workload());
  },
};

/** The verdict on how the pods stand on the nodes. */
export function judgeSpread(workload: Workload): Result {
  const placed = servingPods(workload).filter((pod) => pod.spec.nodeName !== undefined);
  if (placed.length === 0) {
    return {
      verdict: 'skip',
      evidence: 'No pod is on a node.',
      cause: 'There is nothing to look at.',
      fix: 'See what the check pods-ready says.',
    };
  }
  const byNode = Map.groupBy(placed, (pod) => pod.spec.nodeName ?? '');
  const crowded = [...byNode].filter(([, pods]) => pods.length > 1);
  if (crowded.length > 0) {
    const [node, pods] = crowded[0] ?? ['', []];
    return {
      verdict: 'fail',
      evidence: `${pods.length} pods share the node ${node}: ${pods.map((pod) => pod.metadata.name).join(', ')}.`,
      cause: 'The pods do not use the node’s network, or lack the anti-affinity; they compete for CPU and ports.',
      fix: 'Keep `podHostNetwork: true` and the anti-affinity of helm/values/common.yaml, and deploy again.',
    };
  }
  const zoneOf = new Map(workload.nodes.map((node) => [node.metadata.name, node.metadata.labels[ZONE]]));
  const zones = new Set(placed.map((pod) => zoneOf.get(pod.spec.nodeName ?? '')).filter((zone) => zone !== undefined));
  const where = [...byNode.keys()].sort().join(', ');
  if (placed.length > 1 && zones.size === 1) {
    const available = new Set(workload.nodes.map((node) => node.metadata.labels[ZONE]).filter(Boolean));
    if (available.size > 1) {
      return {
        verdict: 'warn',
        evidence: `All ${placed.length} pods are in the zone ${[...zones][0]}, on ${where}; the nodes are in ${available.size} zones.`,
        cause: 'The pods are not spread over the zones, so one zone’s outage takes all calls.',
        fix: 'Add a preferred anti-affinity by topology.kubernetes.io/zone to the values.',
      };
    }
  }
  const zonesText = zones.size > 1 ? ` in ${zones.size} zones` : '';
  return { verdict: 'pass', evidence: `Pods: ${placed.length}, each on a node of its own${zonesText}: ${where}.` };
}
