import { z } from 'zod';
import { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { kubernetesFailures } from '../../kubernetes/failures.ts';
import type { ResourceKind } from '../../kubernetes/resources.ts';
import type { Values } from '../values/tree.ts';
import { type ClusterObject, objectOf } from './object.ts';

/**
 * How one object stands in the cluster. unreadable: this identity may not see it. unknown: the cluster has no such kind.
 */
export type Live =
  | { readonly state: 'present'; readonly value: Values }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable' }
  | { readonly state: 'unknown' };

const apiResource = z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() });
type ApiResource = z.infer<typeof apiResource>;

/** What an API serves: the list that lies at its root. */
const apiResources = (apiVersion: string): ResourceKind<ApiResource> => ({
  apiVersion,
  kind: 'APIResource',
  plural: '',
  schema: apiResource,
  listSchema: z
    .object({ resources: z.array(apiResource).nullish() })
    .transform(({ resources }) => ({ items: resources ?? [] })),
});

const anything = z.looseObject({});

/** Reads any object of a cluster; needs no more than the right to see it. */
export interface LiveReader {
  read(object: ClusterObject): Promise<Live>;
  /** What bears Helm's label among the objects of a kind; empty for a kind that the cluster does not have or show. */
  labelled(apiVersion: string, kind: string): Promise<ClusterObject[]>;
}

/** Where the API serves a kind, as far as this cluster has it. */
export type FindResource = (apiVersion: string, kind: string) => Promise<Omit<ApiResource, 'kind'> | undefined>;

/** Asks the cluster once for each API. */
export function resourceFinder(client: Pick<Kubernetes, 'list'>): FindResource {
  const known = new Map<string, Promise<readonly ApiResource[]>>();
  return async (apiVersion, kind) => {
    const asked = known.get(apiVersion) ?? client.list(apiResources(apiVersion), undefined).catch(noneWhenUnknown);
    known.set(apiVersion, asked);
    return (await asked).find((each) => each.kind === kind && !each.name.includes('/'));
  };
}

export function liveReader(client: Kubernetes, namespace: string): LiveReader {
  const findResource = resourceFinder(client);
  const find = async (apiVersion: string, kind: string) => {
    const resource = await findResource(apiVersion, kind);
    if (resource === undefined) return undefined;
    const listSchema = z
      .object({
        items: z.array(anything).nullish(),
        metadata: z.object({ continue: z.string().optional() }).optional(),
      })
      .transform(({ items, metadata }) => ({ items: items ?? [], metadata }));
    const place: ResourceKind<Values> = { apiVersion, kind, plural: resource.name, schema: anything, listSchema };
    return { place, scope: resource.namespaced ? namespace : undefined };
  };
  return {
    async read({ apiVersion, kind, namespace: own, name }) {
      const found = await find(apiVersion, kind);
      if (found === undefined) return { state: 'unknown' };
      try {
        const scope = found.scope === undefined ? undefined : (own ?? namespace);
        const value = await client.get(found.place, scope, name);
        return value === undefined ? { state: 'absent' } : { state: 'present', value };
      } catch (error) {
        if (isForbidden(error)) return { state: 'unreadable' };
        throw error;
      }
    },
    async labelled(apiVersion, kind) {
      const found = await find(apiVersion, kind);
      if (found === undefined) return [];
      try {
        const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
        const items = await client.list(found.place, found.scope, { labels });
        // The items of a list do not say what they are.
        return items.flatMap((item) => objectOf({ ...item, apiVersion, kind }) ?? []);
      } catch (error) {
        if (isForbidden(error)) return [];
        throw error;
      }
    },
  };
}

export const isForbidden = (error: unknown): boolean =>
  error instanceof Failure && error.code === kubernetesFailures.code('forbidden');

/** An API that is not there answers 404. */
function noneWhenUnknown(error: unknown): readonly ApiResource[] {
  const isMissing = error instanceof Failure && error.code === kubernetesFailures.code('refused');
  if (isMissing && error.cause instanceof Error && 'status' in error.cause && error.cause.status === 404) return [];
  throw error;
}
