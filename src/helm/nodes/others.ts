import type { Kubernetes } from '../../kubernetes/client.ts';
import { pods as podKind } from '../../kubernetes/resources.ts';
import { reason } from '../../failure/failure.ts';
import { log } from '../../runner/log.ts';
import type { Standing } from './standing.ts';

/** Pods on older nodes that are neither the release's nor every node's own. Empty where this identity may not see them. */
export async function otherPods(client: Kubernetes, { olderNodes, onOlder }: Standing): Promise<string[]> {
  const names = new Set(olderNodes.map(({ metadata }) => metadata.name));
  const own = new Set(onOlder.map(({ metadata }) => metadata.uid));
  try {
    const all = await client.list(podKind, undefined);
    return all
      .filter(
        ({ metadata, spec, status }) =>
          names.has(spec.nodeName ?? '') &&
          !own.has(metadata.uid) &&
          !['Succeeded', 'Failed'].includes(status.phase) &&
          // A DaemonSet's pod belongs to its node, and so does one that the kubelet made itself.
          !metadata.ownerReferences.some(({ kind }) => kind === 'DaemonSet' || kind === 'Node'),
      )
      .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  } catch (error) {
    log.debug(`Pods of other namespaces were not seen: ${reason(error)}`);
    return [];
  }
}
