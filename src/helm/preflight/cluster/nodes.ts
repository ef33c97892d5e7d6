import type { KubernetesNode } from '../../../kubernetes/resources.ts';
import { nodes as nodeKind } from '../../../kubernetes/resources.ts';
import { fewestPods, surgePods } from '../replicas.ts';
import type { Finding, LivekitValues } from '../rule.ts';
import { quantity } from './quantity.ts';
import type { ClusterRule } from './rule.ts';

const POOL_LABEL = 'cloud.google.com/gke-nodepool';

/**
 * One pod a node: are there nodes that take one? Nodes that the pool can still grow by are counted as its present ones are.
 * What other pods ask for on a node is not counted: nodes of LiveKit's pool have little else, and the scheduler's own words
 * come when it matters.
 */
export const nodes: ClusterRule = {
  question: 'whether the cluster has nodes for the pods',
  async ask({ client, values, outputs }) {
    if (!values.podHostNetwork) return [];
    const pool = outputs?.node_pool_name;
    const all = await client.list(nodeKind, undefined);
    const labelled = all.filter(({ metadata }) => metadata.labels[POOL_LABEL] === pool);
    // Without the label it is not known which nodes are the pool's, nor how many more it may get.
    const isKnown = pool !== undefined && labelled.length > 0;
    const seen = isKnown ? labelled : all;
    // A pool that is at zero shows nothing.
    if (seen.length === 0 || (pool !== undefined && !isKnown)) return [];
    const growth = isKnown ? Math.max(0, (outputs?.node_pool_max_nodes ?? 0) - labelled.length) : 0;
    return judge(values, { seen, growth, isKnown }, isKnown ? `nodes of the pool ${pool}` : 'nodes');
  },
};

function judge(
  values: LivekitValues,
  { seen, growth, isKnown }: { seen: readonly KubernetesNode[]; growth: number; isKnown: boolean },
  called: string,
): Finding[] {
  const reasons = seen.map((node) => ({ misfit: misfit(node, values), away: whyAway(node) }));
  const path = values.autoscaling.enabled ? ['autoscaling', 'minReplicas'] : ['replicaCount'];
  const wanted = fewestPods(values);
  const misfits = reasons.flatMap((one) => (one.misfit === undefined ? [] : [one.misfit]));
  const usable = reasons.filter((one) => one.misfit === undefined && one.away === undefined).length;
  const passing = reasons.filter((one) => one.misfit === undefined && one.away !== undefined).length;
  // New nodes are made like the present ones.
  const room = misfits.length === seen.length ? 0 : growth;
  const finding = (level: Finding['level'], what: string): Finding[] => [{ kind: 'nodes', level, what, path }];
  const counted = `${usable} of ${seen.length} ${called} can take a pod now${because([...misfits, ...reasons.flatMap(({ away: why }) => why ?? [])])}${room > 0 ? `, and the pool may grow by ${room}` : ''}`;
  const pods = wanted === 1 ? '1 pod wants' : `${wanted} pods want`;
  // Where the pool is not known it may grow, too.
  if (wanted > usable + passing + room)
    return finding(isKnown ? 'error' : 'warning', `${pods} a node each, but ${counted}.`);
  if (wanted > usable + room) return finding('warning', `${pods} a node each, and ${counted}.`);
  const surge = surgePods(values, values.autoscaling.enabled ? values.autoscaling.minReplicas : values.replicaCount);
  if (wanted > 0 && wanted + surge > usable + room && wanted < seen.length + growth) {
    return finding('warning', `A deploy’s additional pod finds no node: ${counted}, and ${pods} one each.`);
  }
  return [];
}

/** Why no node like this one takes a pod; `undefined` when it does. */
function misfit({ metadata, spec, status }: KubernetesNode, values: LivekitValues): string | undefined {
  const lacking = Object.entries(values.nodeSelector).find(([label, value]) => metadata.labels[label] !== value);
  if (lacking !== undefined) return `the label ${lacking[0]}=${lacking[1]} is missing`;
  const taint = spec.taints.find((one) => isTemplateTaint(one) && !isTolerated(one, values));
  if (taint !== undefined)
    return `the taint ${taint.key}${taint.value === undefined ? '' : `=${taint.value}`} is not tolerated`;
  for (const [resource, text] of Object.entries(values.resources.requests ?? {})) {
    const asked = quantity(text);
    const has = quantity(status.allocatable[resource]);
    if (asked !== undefined && has !== undefined && asked > has) {
      return `${resource} ${String(text)} is asked for and ${status.allocatable[resource] ?? ''} can be had`;
    }
  }
  return undefined;
}

type Taint = KubernetesNode['spec']['taints'][number];

/** Kubernetes' own taints tell of a state that passes. */
const isTemplateTaint = ({ key, effect }: Taint) =>
  effect !== 'PreferNoSchedule' && !key.startsWith('node.kubernetes.io/') && !key.includes('ToBeDeleted');

function isTolerated(taint: Taint, { tolerations }: LivekitValues): boolean {
  return tolerations.some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (operator === 'Exists'
        ? key === undefined || key === '' || key === taint.key
        : key === taint.key && value === (taint.value ?? '')),
  );
}

/** Why this node takes no pod at this moment. */
function whyAway({ spec, status }: KubernetesNode): string | undefined {
  if (spec.unschedulable === true) return 'cordoned';
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True' ? undefined : 'not ready';
}

function because(reasons: readonly string[]): string {
  if (reasons.length === 0) return '';
  const counts = Map.groupBy(reasons, (reason) => reason);
  return ` (${[...counts].map(([reason, all]) => `${all.length}: ${reason}`).join('; ')})`;
}
