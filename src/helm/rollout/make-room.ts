import type { Kubernetes } from '../../kubernetes/client.ts';
import { type Pod, replicaSets } from '../../kubernetes/resources.ts';
import { log } from '../../runner/log.ts';
import { isEnding, isReady, type Observation } from './observe.ts';

/**
 * Takes failed pods out of a rollback's way. With host ports a pod of the failed template holds a node that the good pod
 * waits for, and with `maxUnavailable: 0` Kubernetes ends no pod before the good one is ready: neither gets on. So templates
 * that have no ready pod at all, and hence no call, are scaled to zero.
 */
export function makeRoom(client: Kubernetes, namespace: string): (observation: Observation) => Promise<void> {
  const done = new Set<string>();
  return async ({ newPods, oldPods }) => {
    for (const { metadata } of oldPods.filter((pod) => isStuck(pod) && !done.has(pod.metadata.uid))) {
      done.add(metadata.uid);
      log.info(`       the failed pod ${metadata.name} is ended, so that its StatefulSet goes on`);
      await client.end(namespace, metadata.name, 30);
    }
    if (newPods.every(({ spec }) => spec.nodeName !== undefined)) return;
    const bySet = Map.groupBy(oldPods.filter(isOfReplicaSet), (pod) => pod.metadata.ownerReferences[0]?.name ?? '');
    for (const [name, pods] of bySet) {
      if (name === '' || done.has(name) || pods.some(isReady) || pods.every(isEnding)) continue;
      done.add(name);
      log.info(`       the failed pods of ${name} are ended, so that their nodes are free`);
      await client.scale(replicaSets, namespace, name, 0);
    }
  };
}

const isOfReplicaSet = ({ metadata }: Pod) => metadata.ownerReferences[0]?.kind === 'ReplicaSet';

/** A StatefulSet waits for a pod that never becomes ready, whatever template comes after. */
function isStuck(pod: Pod): boolean {
  return pod.metadata.ownerReferences[0]?.kind === 'StatefulSet' && !isReady(pod) && !isEnding(pod);
}
