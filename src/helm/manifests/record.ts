import { createHash } from 'node:crypto';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { configMaps } from '../../kubernetes/resources.ts';
import { type ClusterObject, identity } from '../preview/object.ts';
import type { ManifestSet } from './manifests.ts';

/** ConfigMap in the release's namespace: what its manifests were, since neither Helm nor the objects themselves tell. */
export const recordName = (release: string) => `${release}-manifests`;

/** What an earlier deploy of the release applied. */
export interface AppliedManifests {
  readonly origins: readonly string[];
  /** `Deployment argocd-server`, `Service kube-system/metrics`: those of another namespace with it. */
  readonly objects: readonly string[];
  /** Differs when any object does. */
  readonly digest: string;
}

export async function readApplied(
  client: Kubernetes,
  namespace: string,
  release: string,
): Promise<AppliedManifests | undefined> {
  const found = await client.get(configMaps, namespace, recordName(release));
  if (found === undefined) return undefined;
  const lines = (key: string) => (found.data[key] ?? '').split('\n').filter((line) => line !== '');
  return { origins: lines('origins'), objects: lines('objects'), digest: found.data['digest'] ?? '' };
}

export async function writeApplied(
  client: Kubernetes,
  namespace: string,
  release: string,
  sets: readonly ManifestSet[],
): Promise<void> {
  await client.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: recordName(release), namespace },
    data: {
      origins: sets.map(({ origin }) => origin).join('\n'),
      objects: namesOf(sets, namespace).join('\n'),
      digest: digestOf(sets),
    },
  });
}

export function digestOf(sets: readonly ManifestSet[]): string {
  const all = sets.map(({ name, objects }) => [name, objects.map(({ value }) => value)]);
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** Objects of an earlier version that the present manifests do not have; nothing deletes them. */
export function leftOver(
  before: AppliedManifests | undefined,
  sets: readonly ManifestSet[],
  namespace: string,
): string[] {
  const now = new Set(namesOf(sets, namespace));
  return (before?.objects ?? []).filter((name) => !now.has(name));
}

function namesOf(sets: readonly ManifestSet[], namespace: string): string[] {
  const all = sets.flatMap(({ objects }) => objects);
  const unique = new Map(all.map((object) => [identity(object, namespace), nameOf(object, namespace)]));
  return [...unique.values()].sort();
}

/** What lies in the release's own namespace goes without it, whether its author wrote it or not. */
const nameOf = ({ kind, namespace, name }: ClusterObject, own: string) =>
  `${kind} ${namespace === undefined || namespace === own ? '' : `${namespace}/`}${name}`;
