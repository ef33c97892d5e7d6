import type { Kubernetes } from '../kubernetes/client.ts';
import { configMaps } from '../kubernetes/resources.ts';
import type { ReleaseHistory, Revision } from './release.ts';

/** No revision has worked yet. */
const NONE = 'none';

/** Name of the ConfigMap. */
export const lastGoodName = (release: string) => `${release}-last-good`;

/**
 * Helm calls a revision `deployed` as soon as its objects are written. Which one was seen to work is kept beside the
 * release, so that a rollback never goes to one that was only kept for its failure to be looked at. `undefined`: none has worked yet.
 */
export async function rememberGood(
  client: Kubernetes,
  namespace: string,
  release: string,
  good: Pick<Revision, 'revision' | 'updated'> | undefined,
): Promise<void> {
  await client.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: lastGoodName(release), namespace, labels: { 'app.kubernetes.io/managed-by': 'livekit-gke' } },
    data: { revision: String(good?.revision ?? NONE), updated: good?.updated ?? '' },
  });
}

/** The revision to go back to; `undefined` when none ever worked. Of a release that others made, the one that Helm calls deployed. */
export async function readLastGood(
  client: Kubernetes,
  namespace: string,
  release: string,
  history: ReleaseHistory,
): Promise<Revision | undefined> {
  const kept = (await client.get(configMaps, namespace, lastGoodName(release)))?.data;
  // Numbers begin anew after an uninstall; the time tells one revision 3 from another.
  const known = history.revisions.find(
    ({ revision, updated }) =>
      String(revision) === kept?.['revision'] && Date.parse(updated) === Date.parse(kept['updated'] ?? ''),
  );
  if (kept?.['revision'] === NONE) return undefined;
  return known ?? history.deployed;
}
