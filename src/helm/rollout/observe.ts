import { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { kubernetesFailures } from '../../kubernetes/failures.ts';
import {
  deployments,
  events,
  horizontalPodAutoscalers,
  type KubernetesEvent,
  nodes,
  type Pod,
  pods,
  replicaSets,
} from '../../kubernetes/resources.ts';
import { readWorkloadName, type WorkloadName } from '../workloads.ts';
import { type Look, ownedBy } from './look.ts';
import { lookAtOrdered } from './ordered.ts';

/** One look at a workload and all that hangs on it. */
export interface Observation extends Look {
  readonly at: Date;
  /** Warnings about the pods and the ReplicaSet, and what the autoscaler says; empty when all is well. */
  readonly events: readonly KubernetesEvent[];
  /** Nodes that hold new pods up, since they no longer report. */
  readonly silentNodes?: readonly string[];
}

/** Looks once; `undefined` when the workload is not there. */
export async function observe(
  client: Kubernetes,
  namespace: string,
  workload: WorkloadName,
  now: Date,
): Promise<Observation | undefined> {
  const { kind, name } = readWorkloadName(workload);
  const seen =
    kind === 'Deployment'
      ? await lookAtDeployment(client, namespace, name)
      : await lookAtOrdered(client, namespace, kind, name);
  if (seen === undefined) return undefined;
  const observation = { at: now, ...seen, events: [] };
  if (isSettled(observation)) return observation;
  const [told, silentNodes] = await Promise.all([
    relevant(client, namespace, observation),
    readSilentNodes(client, observation),
  ]);
  return { ...observation, events: told, silentNodes };
}

/** A kubelet that lives has started a pod, or said why not, long before. */
const SILENT_SECONDS = 15;

/** Of a pod that its node never took up no event tells that the node is lost: the node itself is asked. */
async function readSilentNodes(client: Kubernetes, { newPods, at }: Observation): Promise<string[]> {
  const waiting = newPods.filter(
    (pod) =>
      !isReady(pod) &&
      !isEnding(pod) &&
      at.getTime() - Date.parse(pod.metadata.creationTimestamp) > SILENT_SECONDS * 1000,
  );
  const names = new Set(waiting.flatMap(({ spec }) => spec.nodeName ?? []));
  const silent = await Promise.all(
    [...names].map(async (name) => {
      try {
        const node = await client.get(nodes, undefined, name);
        const ready = node?.status.conditions.find(({ type }) => type === 'Ready');
        // Unknown: the node does not say. False: it says itself what is wrong.
        return ready?.status === 'Unknown' ? name : [];
      } catch (error) {
        // Not everyone who deploys may look at nodes.
        if (error instanceof Failure && error.code === kubernetesFailures.code('forbidden')) return [];
        throw error;
      }
    }),
  );
  return silent.flat();
}

async function lookAtDeployment(client: Kubernetes, namespace: string, name: string): Promise<Look | undefined> {
  const written = await client.get(deployments, namespace, name);
  if (written === undefined) return undefined;
  const labels = written.spec.selector.matchLabels;
  const [sets, allPods, fewest] = await Promise.all([
    client.list(replicaSets, namespace, { labels }),
    client.list(pods, namespace, { labels }),
    fewestPods(client, namespace, name),
  ]);
  // A new Deployment has one replica until its autoscaler has looked at it; none at all switches the autoscaler off.
  const { replicas } = written.spec;
  const deployment =
    replicas > 0 && replicas < fewest ? { ...written, spec: { ...written.spec, replicas: fewest } } : written;
  const own = sets.filter(({ metadata }) =>
    metadata.ownerReferences.some(({ uid }) => uid === deployment.metadata.uid),
  );
  // By the template itself. The revision annotation lags: a change of replicas and template at once is first seen as a
  // scaling, with the generation observed and the revision still that of the old template.
  const current = own.find(({ spec }) => spec.template.digest === deployment.spec.template.digest);
  const mine = allPods
    .filter((pod) => own.some(({ metadata }) => ownedBy(pod, metadata.uid)))
    .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
  const newPods = current === undefined ? [] : mine.filter((pod) => ownedBy(pod, current.metadata.uid));
  return { deployment, current, newPods, oldPods: mine.filter((pod) => !newPods.includes(pod)) };
}

/** What an autoscaler brings the Deployment to at least. Whoever may not see autoscalers takes the Deployment's word. */
async function fewestPods(client: Kubernetes, namespace: string, name: string): Promise<number> {
  const all = await client.list(horizontalPodAutoscalers, namespace).catch((error: unknown) => {
    if (error instanceof Failure && error.code === kubernetesFailures.code('forbidden')) return [];
    throw error;
  });
  const own = all.filter(
    ({ spec: { scaleTargetRef: target } }) => target.kind === 'Deployment' && target.name === name,
  );
  return Math.max(0, ...own.map(({ spec }) => spec.minReplicas));
}

/** The controller knows the template, all its pods are ready, as many as wanted, and no old pod is there that is not ending. */
export function isSettled({ deployment, current, newPods, oldPods }: Look): boolean {
  const living = newPods.filter((pod) => !isEnding(pod));
  return (
    current !== undefined &&
    deployment.status.observedGeneration >= (deployment.metadata.generation ?? 0) &&
    living.length === deployment.spec.replicas &&
    living.every(isReady) &&
    oldPods.every(isEnding)
  );
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Told to end: it takes no new rooms once its last seconds of service are over, and lives until its calls are. */
export function isEnding(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** How long a pod goes on as before when it is told to end. */
export function secondsBeforeEnd({ spec }: Pod): number {
  return Math.max(0, ...spec.containers.map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0));
}

async function relevant(
  client: Kubernetes,
  namespace: string,
  { deployment, current, newPods }: Look,
): Promise<KubernetesEvent[]> {
  const uids = new Set([
    deployment.metadata.uid,
    current?.metadata.uid,
    ...newPods.map(({ metadata }) => metadata.uid),
  ]);
  const all = await client.list(events, namespace);
  return all
    .filter(
      ({ involvedObject, type, reason }) =>
        uids.has(involvedObject.uid) && (type === 'Warning' || /ScaleUp/.test(reason)),
    )
    .sort((a, b) => time(a).localeCompare(time(b)));
}

function time({ lastTimestamp, eventTime, metadata }: KubernetesEvent): string {
  return lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
}
