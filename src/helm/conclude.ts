import type { Failure } from '../failure/failure.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import type { Forward } from '../livekit/load.ts';
import { log } from '../runner/log.ts';
import { tellNotes } from './diagnosis/notes.ts';
import type { Helm } from './helm.ts';
import type { HeldLease, WhenBusy } from './hold.ts';
import { readLastGood, rememberGood } from './last-good.ts';
import { type OnFailure, recover } from './recover.ts';
import type { ReleaseHistory, Revision, Upgraded } from './release.ts';
import type { DeployResult, DeployStatus } from './result.ts';
import { type DrainingPod, type DrainMode, followDrain } from './rollout/drain.ts';
import type { Followed } from './rollout/follow.ts';
import { isSettled } from './rollout/observe.ts';
import { countPods, followAll, type RolloutOptions, rolloutFailure } from './rollout/rollout.ts';
import { joinLives, timeline } from './rollout/timeline.ts';
import { deploymentsOf } from './workloads.ts';

/** How a rollout is followed to its end. */
export interface ConcludeOptions {
  readonly release: string;
  readonly namespace: string;
  readonly timeoutSeconds: number;
  readonly onFailure: OnFailure;
  readonly drain: DrainMode;
  readonly drainSeconds: number;
  /** Reaches LiveKit's metrics; `undefined` for another chart. */
  readonly forward: Forward | undefined;
  readonly signal: AbortSignal;
  /** Which run works here: told to others that want to, and kept in the release's history. */
  readonly description: string;
  readonly whenBusy: WhenBusy;
  /** Hears which Lease is held, so that whoever cleans up after a killed run can end it. */
  readonly onHeld?: ((lease: HeldLease | undefined) => void) | undefined;
}

export interface Rollout {
  readonly chart: { readonly name: string; readonly version: string };
  /** As it was before. */
  readonly history: ReleaseHistory;
  /** The release as it was written, or why it was not. */
  readonly upgraded: Upgraded | Failure;
  /** `performance.now()` when the work began. */
  readonly started: number;
}

/**
 * From a release that was written to a verdict: follows the rollout, then the drain; on a failure the diagnosis first, then
 * what `onFailure` says.
 */
export async function conclude(
  helm: Helm,
  client: Kubernetes,
  options: ConcludeOptions,
  { chart, history, upgraded, started }: Rollout,
): Promise<DeployResult> {
  const { release, namespace, signal } = options;
  const lastGood = await readLastGood(client, namespace, release, history);
  const rollout: RolloutOptions = { client, namespace, timeoutSeconds: options.timeoutSeconds, signal };
  const result = (
    status: DeployStatus,
    revision: number | undefined,
    followed: readonly Followed[],
    more: { failure?: Failure; draining?: readonly DrainingPod[] } = {},
  ): DeployResult => ({
    release,
    namespace,
    chart: { name: chart.name, version: chart.version },
    previousRevision: lastGood?.revision,
    revision,
    status,
    ...countPods(followed),
    lives: joinLives(followed.map(({ lives = [] }) => lives)),
    draining: more.draining ?? [],
    durationSeconds: (performance.now() - started) / 1000,
    failure: more.failure,
  });
  const since = new Date(Date.now() - (performance.now() - started));
  const notes = (manifest: string) => tellNotes(client, namespace, manifest, since);
  const followed: Followed[] = [];
  let failure: Failure | undefined;
  if ('revision' in upgraded) {
    const names = await deploymentsOf(upgraded.manifest);
    log.info(names.length === 0 ? 'The release has no Deployment to follow.' : `Rollout of ${names.join(', ')}`);
    followed.push(...(await followAll(rollout, names)));
    failure = await rolloutFailure(rollout, release, followed);
    if (failure === undefined) {
      if (followed.every(({ observation }) => observation !== undefined && isSettled(observation))) {
        await rememberGood(client, namespace, release, upgraded);
      }
      const { draining, seen } = await drainAfter(client, options, names, followed);
      followed.splice(0, followed.length, ...seen);
      // The old pods have given up their nodes: now the new ones get them.
      if (draining.length === 0 && isWaiting(followed)) {
        const again = await conclude(helm, client, options, { chart, history, upgraded, started });
        return { ...again, lives: joinLives([...seen.map(({ lives = [] }) => lives), again.lives ?? []]) };
      }
      await notes(upgraded.manifest);
      return result(draining.length > 0 ? 'draining' : 'deployed', upgraded.revision, followed, {
        draining,
      });
    }
    await notes(upgraded.manifest);
  } else failure = upgraded;
  log.info(`✗ ${failure.code} ${failure.message}`);
  const recovered = await recover(helm, rollout, { release, history, lastGood, onFailure: options.onFailure, failure });
  const seen = [...followed, ...(recovered.followed ?? [])];
  return {
    ...result(recovered.status, recovered.revision, recovered.followed ?? followed, { failure: recovered.failure }),
    lives: joinLives(seen.map(({ lives = [] }) => lives)),
  };
}

/** New pods that wait for old ones to give up their nodes. */
const isWaiting = (followed: readonly Followed[]) =>
  followed.some(({ observation }) => observation !== undefined && !isSettled(observation));

async function drainAfter(
  client: Kubernetes,
  { namespace, drain, drainSeconds, forward, signal }: ConcludeOptions,
  deployments: readonly string[],
  followed: readonly Followed[],
): Promise<{ draining: DrainingPod[]; seen: readonly Followed[] }> {
  if (followed.every(({ verdict }) => verdict.state !== 'draining')) return { draining: [], seen: followed };
  const recorded = followed.map(({ lives }) => timeline(lives));
  const draining = await followDrain({
    client,
    namespace,
    deployments,
    mode: drain,
    limitSeconds: drainSeconds,
    forward,
    signal,
    onLook: (looks) => {
      for (const [index, look] of looks.entries()) if (look !== undefined) recorded[index]?.see(look);
    },
  });
  if (draining.length > 0) {
    log.info(
      `The drain goes on without this job: ${draining.map(({ name }) => name).join(', ')}. The next deploy, or \`mode: follow\`, goes on with it.`,
    );
  }
  return { draining, seen: followed.map((each, index) => ({ ...each, lives: recorded[index]?.lives() ?? [] })) };
}

/** The history as it was before its newest revision was written. */
export function historyBefore(history: ReleaseHistory, { revision }: Pick<Revision, 'revision'>): ReleaseHistory {
  const revisions = history.revisions.filter((each) => each.revision < revision);
  return {
    revisions,
    latest: revisions.at(-1),
    // Helm calls the one before `superseded` as soon as a newer one is deployed.
    deployed: revisions.findLast(({ status }) => status === 'deployed' || status === 'superseded'),
  };
}
