import type { Kubernetes } from '../../kubernetes/client.ts';
import {
  controllerRevisions,
  type DaemonSet,
  daemonSets,
  type Pod,
  pods,
  type StatefulSet,
  statefulSets,
} from '../../kubernetes/resources.ts';
import { type Look, ownedBy } from './look.ts';

/** Both controllers write on each pod which of their revisions it is of. */
const REVISION_LABEL = 'controller-revision-hash';

/**
 * Looks at a StatefulSet or DaemonSet, and tells it in a Deployment's form, so that all that follows, judges and diagnoses
 * rollouts knows one form only. These have no ReplicaSets: a pod tells its template by a label.
 */
export async function lookAtOrdered(
  client: Kubernetes,
  namespace: string,
  kind: 'StatefulSet' | 'DaemonSet',
  name: string,
): Promise<Look | undefined> {
  if (kind === 'StatefulSet') {
    const set = await client.get(statefulSets, namespace, name);
    if (set === undefined) return undefined;
    const revision = isOnDelete(set) ? undefined : set.status.updateRevision;
    const { partition } = set.spec.updateStrategy.rollingUpdate;
    const mine = await podsOf(client, namespace, set);
    // Below its partition a StatefulSet leaves pods as they are, by its own will.
    const isNew = (pod: Pod) => isOf(pod, revision) || ordinal(pod) < partition;
    return inForm(set, set.spec.replicas, revision ?? 'any', mine, isNew);
  }
  const set = await client.get(daemonSets, namespace, name);
  if (set === undefined) return undefined;
  const [mine, revision] = await Promise.all([
    podsOf(client, namespace, set),
    isOnDelete(set) ? undefined : newestRevision(client, namespace, set),
  ]);
  return inForm(set, set.status.desiredNumberScheduled, revision ?? 'any', mine, (pod) => isOf(pod, revision));
}

/** Pods are replaced only when somebody deletes them: there is no rollout to wait for. */
const isOnDelete = (set: StatefulSet | DaemonSet) => set.spec.updateStrategy.type === 'OnDelete';

/** Without a revision every pod is as good as another. */
const isOf = (pod: Pod, revision: string | undefined) =>
  revision === undefined || pod.metadata.labels[REVISION_LABEL] === revision;

const ordinal = (pod: Pod) => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? Number.NaN);

async function podsOf(client: Kubernetes, namespace: string, set: StatefulSet | DaemonSet): Promise<Pod[]> {
  const found = await client.list(pods, namespace, { labels: set.spec.selector.matchLabels });
  return found
    .filter((pod) => ownedBy(pod, set.metadata.uid))
    .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
}

async function newestRevision(client: Kubernetes, namespace: string, set: DaemonSet): Promise<string | undefined> {
  const all = await client.list(controllerRevisions, namespace, { labels: set.spec.selector.matchLabels });
  const own = all.filter(({ metadata }) => metadata.ownerReferences.some(({ uid }) => uid === set.metadata.uid));
  return own.sort((a, b) => a.revision - b.revision).at(-1)?.metadata.labels[REVISION_LABEL];
}

function inForm(
  { metadata, spec, status }: StatefulSet | DaemonSet,
  replicas: number,
  digest: string,
  mine: readonly Pod[],
  isNew: (pod: Pod) => boolean,
): Look {
  const { selector, template } = spec;
  // Until the controller has seen the new template, its revision is the old one's.
  const isSeen = status.observedGeneration >= (metadata.generation ?? 0);
  const newPods = isSeen ? mine.filter(isNew) : [];
  return {
    deployment: {
      metadata,
      spec: { replicas, selector, template: { ...template, digest } },
      status: {
        observedGeneration: status.observedGeneration,
        conditions: status.conditions,
        replicas: mine.length,
        updatedReplicas: newPods.length,
        readyReplicas: 0,
      },
    },
    current: isSeen ? { metadata, spec: { replicas, template: { digest } }, status: { conditions: [] } } : undefined,
    newPods,
    oldPods: mine.filter((pod) => !newPods.includes(pod)),
  };
}
