import type { Failure } from '../../failure/failure.ts';
import type { KubernetesNode } from '../../kubernetes/resources.ts';
import { helmFailures } from '../failures.ts';
import { isEnding } from '../rollout/observe.ts';
import { CORDONED_BY, isCordoned } from './cordon.ts';
import { type NodePools, POOL_LABEL } from './pools.ts';
import type { Standing } from './standing.ts';

/** Whether the newest pools can take the pods: why not, or what is to be said of how the nodes come. Pure. */
export function judgeRoom(pools: NodePools, standing: Standing): { refusal?: Failure; words?: string } {
  const { currentNodes, workloads } = standing;
  const called = pools.current.join(', ');
  const wanted = workloads.reduce((sum, { deployment }) => sum + deployment.spec.replicas, 0);
  const away = currentNodes.flatMap((node) => whyAway(node) ?? []);
  const usable = currentNodes.length - away.length;
  const grown = currentNodes.filter(({ metadata }) => metadata.labels[POOL_LABEL] === pools.growing.name).length;
  const growth = Math.max(0, pools.growing.maximum - grown);
  const refuse = (what: string) => ({ refusal: helmFailures.failure('noRoom', { what }) });
  if (currentNodes.length > 0 && usable === 0) {
    return refuse(`No node of ${called} takes pods: ${[...new Set(away)].join(', ')}.`);
  }
  // Host ports: each pod wants a node of its own.
  if (usable + growth < wanted) {
    return refuse(
      `${count(wanted, 'pod')} want a node each, but ${called} has ${count(usable, 'ready node')} and may grow by ${growth}.`,
    );
  }
  const busy = new Set(
    workloads.flatMap(({ newPods, oldPods }) => [...newPods, ...oldPods].map(({ spec }) => spec.nodeName)),
  );
  const free = currentNodes.filter((node) => whyAway(node) === undefined && !busy.has(node.metadata.name)).length;
  const moving = workloads.flatMap(({ newPods }) => newPods.filter((pod) => !isEnding(pod))).length;
  if (free >= moving) return {};
  if (free + growth >= moving) {
    return {
      words: `${called} has ${count(free, 'free node')} for ${count(moving, 'pod')}: the autoscaler adds nodes as pods ask for them, which takes minutes each.`,
    };
  }
  return {
    words: `${called} has ${count(free, 'free node')} for ${count(moving, 'pod')} and may grow by ${growth}: the last pods move when pods before them have drained.`,
  };
}

/** Why this node takes no pod; one that an upgrade cordoned will be uncordoned. */
function whyAway(node: KubernetesNode): string | undefined {
  const { metadata, status } = node;
  if (isCordoned(node) && metadata.annotations[CORDONED_BY] === undefined) return `${metadata.name} is cordoned`;
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' ? undefined : `${metadata.name} is not ready`;
}

const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
