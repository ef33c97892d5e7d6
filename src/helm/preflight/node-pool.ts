import { surgePods } from './replicas.ts';
import type { Finding, PreflightRule } from './rule.ts';

/** One pod a node: more pods than the pool can have nodes stay Pending, and a deploy's surge pod wants a spare node. */
export const nodePool: PreflightRule = ({ values, outputs }) => {
  if (outputs === undefined || !values.podHostNetwork) return [];
  const maximum = outputs.node_pool_max_nodes;
  const path = values.autoscaling.enabled ? ['autoscaling', 'maxReplicas'] : ['replicaCount'];
  const pods = values.autoscaling.enabled ? values.autoscaling.maxReplicas : values.replicaCount;
  const finding = (level: Finding['level'], what: string): Finding[] => [{ kind: 'nodePool', level, what, path }];
  const where = `the node pool ${outputs.node_pool_name} has ${maximum} ${maximum === 1 ? 'node' : 'nodes'} at most`;
  if (pods > maximum) return finding('error', `\`${path.join('.')}\` is ${pods}, but ${where}.`);
  if (pods === maximum && surgePods(values, pods) > 0) {
    return finding(
      'warning',
      `\`${path.join('.')}\` is ${pods} and ${where}: a deploy’s additional pod finds no node while all are in use.`,
    );
  }
  return [];
};
