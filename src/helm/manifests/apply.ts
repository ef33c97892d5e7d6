import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { type Manifest, resource } from '../../kubernetes/resources.ts';
import { log } from '../../runner/log.ts';
import { type FindResource, resourceFinder } from '../preview/live.ts';
import type { ClusterObject } from '../preview/object.ts';
import { manifestFailures } from './failures.ts';
import type { ManifestSet } from './manifests.ts';

export interface ApplyManifests {
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** How long definitions may take until the API serves them. */
  readonly establishSeconds?: number;
}

export const definitions = resource(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  z.object({
    metadata: z.object({ name: z.string() }),
    status: z
      .object({
        conditions: z
          .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
          .nullish()
          .transform((conditions) => conditions ?? []),
      })
      .prefault({}),
  }),
);

/** The API server takes many at once, and a runner's connection some. */
const AT_ONCE = 6;

/**
 * Applies all sets, server-side, one after another: in each the definitions first, waited for until they are established, and
 * namespaces; then the rest. What others own is taken over, as a new version must be able to. Throws LK-HELM-154, LK-KUBE-002 and
 * -004.
 */
export async function applyManifests(
  client: Kubernetes,
  sets: readonly ManifestSet[],
  options: ApplyManifests,
): Promise<void> {
  for (const { origin, objects, fieldManager } of sets) {
    const [first, second, third] = [0, 1, 2].map((tier) => objects.filter((object) => tierOf(object) === tier));
    await applyAll(client, first ?? [], fieldManager, options);
    await untilEstablished(client, first ?? [], options);
    await applyAll(client, second ?? [], fieldManager, options);
    await applyAll(client, third ?? [], fieldManager, options);
    log.info(`Applied ${objects.length} ${objects.length === 1 ? 'object' : 'objects'} of ${origin}`);
  }
}

/** What others need comes first: a binding is refused while its role is not there, and pods while their account is not. */
function tierOf({ kind }: ClusterObject): number {
  if (kind === 'CustomResourceDefinition' || kind === 'Namespace') return 0;
  return ['ServiceAccount', 'Role', 'ClusterRole', 'ConfigMap', 'Secret'].includes(kind) ? 1 : 2;
}

async function applyAll(
  client: Kubernetes,
  objects: readonly ClusterObject[],
  fieldManager: string,
  { namespace, signal }: ApplyManifests,
): Promise<void> {
  // Asked anew: what the definitions before have added is there now.
  const find = resourceFinder(client);
  const left = objects.values();
  const work = async () => {
    for (const object of left) {
      signal.throwIfAborted();
      const { manifest, plural } = await sendable(find, object, namespace);
      await client.apply(manifest, fieldManager, { plural });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** An object with the namespace and the path that it is sent to. Throws LK-HELM-154. */
export async function sendable(
  find: FindResource,
  { apiVersion, kind, name, namespace: own, value }: ClusterObject,
  namespace: string,
): Promise<{ manifest: Manifest; plural: string; namespaced: boolean }> {
  const found = await find(apiVersion, kind);
  if (found === undefined) {
    throw manifestFailures.failure('kind', {
      what: `The cluster knows no ${kind} of ${apiVersion}, which the manifests have (${name}).`,
    });
  }
  const metadata = {
    ...(value['metadata'] as Manifest['metadata']),
    ...(found.namespaced && { namespace: own ?? namespace }),
  };
  return { manifest: { ...value, apiVersion, kind, metadata }, plural: found.name, namespaced: found.namespaced };
}

async function untilEstablished(
  client: Kubernetes,
  objects: readonly ClusterObject[],
  { signal, establishSeconds = 60 }: ApplyManifests,
): Promise<void> {
  const started = performance.now();
  let waiting = objects.filter(({ kind }) => kind === 'CustomResourceDefinition').map(({ name }) => name);
  for (let pause = 100; ; pause = Math.min(1000, pause * 2)) {
    const found = await Promise.all(waiting.map((name) => client.get(definitions, undefined, name)));
    const conditions = (index: number) => found[index]?.status.conditions ?? [];
    const is = (index: number, type: string, status: string) =>
      conditions(index).find((each) => each.type === type && each.status === status);
    for (const [index, name] of waiting.entries()) {
      const refused = is(index, 'NamesAccepted', 'False') ?? is(index, 'NonStructuralSchema', 'True');
      if (refused !== undefined) {
        throw manifestFailures.failure('kind', {
          what: `The cluster does not establish the definition ${name}: ${(refused.message ?? refused.type).replace(/\.$/, '')}.`,
        });
      }
    }
    waiting = waiting.filter((_name, index) => is(index, 'Established', 'True') === undefined);
    if (waiting.length === 0) return;
    if (performance.now() - started > establishSeconds * 1000) {
      throw manifestFailures.failure('kind', {
        what: `The definition ${waiting.join(', ')} was not established within ${establishSeconds} s.`,
      });
    }
    await sleep(pause, undefined, { signal });
  }
}
