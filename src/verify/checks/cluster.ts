import { externalAddress, isPrivateAddress } from '../addresses.ts';
import type { Check } from '../check.ts';
import { isReady, livekitNodes } from '../workload.ts';

export const cluster: Check = {
  id: 'cluster',
  title: 'Cluster reachable, nodes ready',
  proves:
    'The cluster’s API answers this identity, every node is Ready, and LiveKit’s have an external address: the cluster is not private.',
  tags: ['kubernetes'],
  needs: [],
  timeoutSeconds: 30,
  async run(world) {
    // Cordoned nodes are on their way out, or not in use yet.
    const workload = await world.workload();
    const nodes = workload.nodes.filter((node) => node.spec.unschedulable !== true);
    if (nodes.length === 0) {
      return {
        verdict: 'fail',
        evidence: 'The cluster has no nodes that take pods.',
        cause: 'The node pool is empty, could not get machines, or all of them are cordoned.',
        fix: 'Look at the node pool in Google Cloud: quota, stock-outs, and its minimum size.',
      };
    }
    const notReady = nodes.filter((node) => !isReady(node)).map((node) => node.metadata.name);
    if (notReady.length > 0) {
      return {
        verdict: 'warn',
        evidence: `${notReady.length} of ${nodes.length} nodes are not Ready: ${notReady.join(', ')}.`,
        cause:
          'The kubelet on these nodes does not report, or reports a problem; a node that just started needs a minute.',
        fix: `Run \`kubectl describe node ${notReady[0]}\` and read its conditions.`,
      };
    }
    const inner = livekitNodes(workload, world.outputs).filter((node) =>
      isPrivateAddress(externalAddress(node) ?? '10.0.0.0'),
    );
    if (inner.length > 0) {
      return {
        verdict: 'fail',
        evidence: `${inner.map((node) => node.metadata.name).join(', ')} has no external address.`,
        cause: 'The cluster is private: LiveKit’s clients reach the nodes themselves, so media cannot work.',
        fix: 'Make the node pool with public nodes (`enable_private_nodes` off), as the Terraform payload does.',
      };
    }
    return {
      verdict: 'pass',
      evidence: `The API answers, all nodes are Ready (${nodes.length}), LiveKit’s with external addresses.`,
    };
  },
};
