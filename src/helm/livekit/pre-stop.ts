import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { deployments, type Manifest, type ReplicaSet, replicaSets, resource } from '../../kubernetes/resources.ts';
import { log } from '../../runner/log.ts';
import { LIVEKIT_CHART } from './name.ts';

/** Owner of the pods' last seconds; Helm owns the rest, and neither takes from the other. */
export const PRE_STOP_FIELD_MANAGER = 'livekit-gke-prestop';

/**
 * A LiveKit server without calls ends at once when it is told to, and GKE's load balancer takes some ten seconds to hear of it:
 * joins that it sends there meanwhile fail. So a pod serves on for so long before it is told.
 */
export const PRE_STOP_SECONDS = 20;

const seenContainer = z.object({
  name: z.string(),
  lifecycle: z
    .object({ preStop: z.looseObject({}).optional() })
    .loose()
    .optional(),
});

/** Of a Deployment only what a pod does before it ends. */
const lastSeconds = resource(
  'apps/v1',
  'Deployment',
  'deployments',
  z.object({ spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(seenContainer) }) }) }) }),
);

/** What Helm's chart cannot say, as a manifest to apply. */
export function preStop(name: string, namespace: string): Manifest {
  const lifecycle = { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { template: { spec: { containers: [{ name: LIVEKIT_CHART, lifecycle }] } } },
  };
}

/** As a Deployment has it; `undefined` without one. */
export async function readPreStop(
  client: Kubernetes,
  namespace: string,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const found = await client.get(lastSeconds, namespace, name);
  const own = found?.spec.template.spec.containers.find((container) => container.name === LIVEKIT_CHART);
  return found === undefined ? undefined : (own?.lifecycle?.preStop ?? {});
}

/** Somebody’s own action before the end is as good, and a container has one only. */
export const isForeign = (present: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(present).some((action) => action !== 'sleep');

/**
 * Has the pods of a Deployment serve on before they end; false when there is no Deployment yet. Before Helm's own change, so
 * that both are one roll; where it is so already nothing changes.
 */
export async function keepServing(client: Kubernetes, namespace: string, name: string): Promise<boolean> {
  try {
    const present = await readPreStop(client, namespace, name);
    if (present === undefined) return false;
    if (!isForeign(present)) await client.apply(preStop(name, namespace), PRE_STOP_FIELD_MANAGER);
  } catch (error) {
    tell(error, name);
  }
  return true;
}

const POLL_MILLISECONDS = 100;

/**
 * The same for a Deployment that Helm has just made. Its first pods, which serve nobody yet, give their nodes up for those that
 * serve on: otherwise these would wait until the first are ready, and then replace them one by one.
 */
export async function keepServingFromTheStart(
  client: Kubernetes,
  { namespace, name, signal, seconds = 5 }: { namespace: string; name: string; signal: AbortSignal; seconds?: number },
): Promise<void> {
  if (!(await keepServing(client, namespace, name))) return;
  const started = performance.now();
  while (performance.now() - started < seconds * 1000) {
    signal.throwIfAborted();
    const { current, earlier } = await setsOf(client, namespace, name);
    if (current !== undefined) {
      if (earlier.length > 0) {
        log.info(
          `The first pods of ${name} are replaced at once by ones that serve on for ${PRE_STOP_SECONDS} s before they end.`,
        );
      }
      for (const { metadata } of earlier) await client.scale(replicaSets, namespace, metadata.name, 0);
      return;
    }
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  }
  // A slow controller: the rollout replaces the first pods by itself.
}

async function setsOf(client: Kubernetes, namespace: string, name: string) {
  const deployment = await client.get(deployments, namespace, name);
  if (deployment === undefined) return { current: undefined, earlier: [] };
  const { metadata, spec } = deployment;
  const all = await client.list(replicaSets, namespace, { labels: spec.selector.matchLabels });
  const own = all.filter((set) => set.metadata.ownerReferences.some(({ uid }) => uid === metadata.uid));
  const isCurrent = (set: ReplicaSet) => set.spec.template.digest === spec.template.digest;
  return {
    current: own.find(isCurrent),
    earlier: own.filter((set) => !isCurrent(set) && set.spec.replicas > 0),
  };
}

/** Calls do not depend on it, so it is no reason to stop a deploy. */
function tell(error: unknown, name: string): void {
  if (!(error instanceof Failure)) throw error;
  log.warning(
    `Pods of ${name} end at once when they are replaced, so that joins can meet a 502 until the load balancer knows: the cluster did not take their ${PRE_STOP_SECONDS} s more (Kubernetes has \`preStop.sleep\` since 1.30). ${error.message}`,
  );
}
