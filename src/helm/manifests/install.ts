import { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { log, step } from '../../runner/log.ts';
import { followAll, rolloutFailure } from '../rollout/rollout.ts';
import { applyManifests } from './apply.ts';
import type { ManifestSet } from './manifests.ts';
import { digestOf, leftOver, readApplied, writeApplied } from './record.ts';

export interface InstallManifests {
  readonly release: string;
  readonly namespace: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Applies the manifests and follows their workloads until they are ready, so that the chart finds what it needs. Nothing of them is
 * rolled back when that fails: an earlier version is applied again by its own line. Gives whether they differ from what was applied
 * before. Throws LK-HELM-009, -020 and following, and -154.
 */
export async function installManifests(
  client: Kubernetes,
  sets: readonly ManifestSet[],
  options: InstallManifests,
): Promise<boolean> {
  if (sets.length === 0) return false;
  const { release, namespace } = options;
  const before = await readApplied(client, namespace, release);
  await step('Apply the manifests', () => applyManifests(client, sets, options));
  await writeApplied(client, namespace, release, sets);
  const left = leftOver(before, sets, namespace);
  if (left.length > 0) {
    log.warning(
      `The manifests have these objects no more, and they stay in the cluster: ${left.join(', ')}. Delete them by kubectl when nothing needs them.`,
    );
  }
  const names = workloadsOf(sets, namespace);
  if (names.length > 0) {
    log.info(`Rollout of ${names.join(', ')}`);
    const failure = await rolloutFailure(
      { client, ...options },
      release,
      await followAll({ client, ...options }, names),
    );
    if (failure !== undefined) {
      const { code, message, why, fix, evidence } = failure;
      const kept = 'The manifests stay applied as they are; the chart was not touched.';
      throw new Failure(code, { what: `${message} ${kept}`, why, fix, evidence });
    }
  }
  return before?.digest !== digestOf(sets);
}

/** Those that the release's own namespace gets: the others are somebody else's to follow. */
function workloadsOf(sets: readonly ManifestSet[], own: string): string[] {
  const names = sets.flatMap(({ objects }) =>
    objects.flatMap(({ kind, name, namespace = own }) => {
      if (namespace !== own) return [];
      if (kind === 'Deployment') return [name];
      return kind === 'StatefulSet' || kind === 'DaemonSet' ? [`${kind}/${name}`] : [];
    }),
  );
  return [...new Set(names)];
}
