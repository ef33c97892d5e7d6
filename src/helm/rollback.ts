import type { Kubernetes } from '../kubernetes/client.ts';
import { step } from '../runner/log.ts';
import { conclude, type ConcludeOptions, historyBefore } from './conclude.ts';
import { helmFailures } from './failures.ts';
import type { Helm } from './helm.ts';
import { holdRelease, type Predecessor } from './hold.ts';
import { readLastGood } from './last-good.ts';
import { readManifest } from './manifest.ts';
import { settlePending } from './pending.ts';
import { readHistory, type ReleaseHistory, type Revision, rollBack } from './release.ts';
import type { DeployResult } from './result.ts';
import { chartOf } from './status.ts';

export interface RollbackOptions extends ConcludeOptions {
  /** Where to go back to; `undefined` for the last good revision before the present one. */
  readonly revision: number | undefined;
}

/**
 * Goes back to an earlier revision (`mode: rollback`) and follows the rollout like a deploy's. Keys, the companion chart and
 * the autoscaler's behaviour are no part of LiveKit's release and stay as they are. Throws LK-HELM-006, -008 and -090.
 */
export async function rollBackTo(helm: Helm, client: Kubernetes, options: RollbackOptions): Promise<DeployResult> {
  const { release, namespace } = options;
  if ((await readHistory(helm, release)).latest === undefined) throw noRelease(release, namespace);
  return holdRelease({ ...options, client, who: options.description }, async ({ signal, predecessor }) =>
    goBack(helm, client, { ...options, signal }, predecessor),
  );
}

async function goBack(
  helm: Helm,
  client: Kubernetes,
  options: RollbackOptions,
  predecessor: Predecessor | undefined,
): Promise<DeployResult> {
  const started = performance.now();
  const { release, namespace } = options;
  const before = await settlePending(helm, client, { ...options, predecessor });
  const lastGood = await readLastGood(client, namespace, release, before);
  const { revision: to } = target(release, before, lastGood, options.revision);
  await step(`Roll ${release} back to revision ${to}`, () => rollBack(helm, release, to));
  const history = await readHistory(helm, release);
  const [manifest, { latest }] = [await readManifest(helm, release), history];
  if (latest === undefined || manifest === undefined) throw noRelease(release, namespace);
  return conclude(helm, client, options, {
    chart: chartOf(latest),
    history: historyBefore(history, latest),
    upgraded: { ...latest, manifest },
    started,
  });
}

/** The revision to go back to. Pure; throws LK-HELM-090. */
export function target(
  release: string,
  history: ReleaseHistory,
  lastGood: Revision | undefined,
  wanted: number | undefined,
): Revision {
  const { latest, revisions } = history;
  const earlier = revisions.filter(({ revision }) => revision < (latest?.revision ?? 0));
  const known = `The history of ${release} has ${revisions.map(({ revision, status }) => `${revision} (${status})`).join(', ')}.`;
  if (wanted !== undefined) {
    const found = earlier.find(({ revision }) => revision === wanted);
    if (found !== undefined) return found;
    const why = wanted === latest?.revision ? 'is the present one' : 'is not there';
    throw helmFailures.failure('noRevision', { what: `Revision ${wanted} of ${release} ${why}. ${known}` });
  }
  // Where the present one is the last that worked, it is the one before that was replaced while it worked.
  const isEarlier = earlier.some(({ revision }) => revision === lastGood?.revision);
  const good = isEarlier
    ? lastGood
    : earlier.findLast(({ status }) => status === 'superseded' || status === 'deployed');
  if (good !== undefined) return good;
  throw helmFailures.failure('noRevision', { what: `No earlier revision of ${release} has worked. ${known}` });
}

const noRelease = (release: string, namespace: string) =>
  helmFailures.failure('noRelease', { what: `There is no release ${release} in the namespace ${namespace}.` });
