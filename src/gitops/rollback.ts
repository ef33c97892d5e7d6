import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubernetes } from '../kubernetes/client.ts';
import { log } from '../runner/log.ts';
import {
  type Application,
  applications,
  hasRevision,
  type HistoryEntry,
  isAutomated,
  PAUSED_ANNOTATION,
  revisionsOf,
  short,
} from './application.ts';
import { gitopsFailures } from './failures.ts';
import { absent, followApplication, type FollowApplication } from './follow.ts';
import { blocked, inOneLine, isAtWork, judge, type Judgement } from './judge.ts';
import type { GitopsResult } from './result.ts';

/** Owns `automated.enabled` and the annotation, and nothing else: what it has set goes when it lets go. */
const PAUSE_MANAGER = 'livekit-gke-pause';
const ROLLBACK_MANAGER = 'livekit-gke-rollback';
const STOP_MANAGER = 'livekit-gke-stop';

export interface RollBackApplication extends Omit<FollowApplication, 'revision'> {
  /** A number of the history, a commit, or `undefined` for the entry before the present one. */
  readonly to: string | undefined;
  /** Kept on the application: by whom, and in which run. */
  readonly description: string;
}

/**
 * Goes back to an earlier entry of the application's history, as `argocd app rollback` does: automated sync, which would undo it at
 * once, is switched off first and stays off until `resumeApplication`. Throws LK-ARGO-001, -002, -016, -017 and -019.
 */
export async function rollBackApplication(client: Kubernetes, options: RollBackApplication): Promise<GitopsResult> {
  const { application: name, namespace, to, description } = options;
  const before = await client.get(applications, namespace, name);
  if (before === undefined) throw await absent(client, name, namespace);
  const entry = historyTarget(before, to);
  const revisions = revisionsOf(entry);
  const words = revisions.map(short).join(', ');
  log.info(`${name} goes back to ${words}, number ${entry.id} of its history`);
  const isPausing = isAutomated(before);
  if (isPausing) await pause(client, namespace, name, description);
  const still = await stopSync(client, options);
  const startedBefore = still.status.operationState?.startedAt ?? '';
  await client.apply({ ...object(namespace, name), operation: operationOf(before, entry) }, ROLLBACK_MANAGER, {
    plural: applications.plural,
  });
  const result = await followApplication(client, {
    ...options,
    revision: revisions[0],
    judgement: (seen) => judgeRollback(seen, revisions, startedBefore),
  });
  const paused = `Automated sync of ${name} is off: it would undo the rollback. Git still has the newer commit: revert it there, then run \`mode: resume\`.`;
  if (isPausing) log.warning(paused);
  return {
    ...result,
    status: result.failure === undefined ? 'rolled-back' : 'failed',
    notes: [...result.notes, ...(isPausing ? [paused] : [])],
  };
}

/** Switches automated sync on again and waits for what git has. Throws LK-ARGO-001 and -002. */
export async function resumeApplication(client: Kubernetes, options: FollowApplication): Promise<GitopsResult> {
  const { application: name, namespace } = options;
  const before = await client.get(applications, namespace, name);
  if (before === undefined) throw await absent(client, name, namespace);
  if (before.metadata.annotations[PAUSED_ANNOTATION] === undefined)
    log.info(`No rollback has paused ${name}: there is nothing to switch on.`);
  // An apply without the fields gives them up, and nobody else has them.
  await client.apply(object(namespace, name), PAUSE_MANAGER, { plural: applications.plural });
  return followApplication(client, options);
}

/** A sync that runs may end by itself in so many looks, and in so many more after it was told to. */
const LOOKS = 10;

/** A sync that tries again and again would mix with the rollback: it is ended as `argocd app terminate-op` does. */
async function stopSync(
  client: Kubernetes,
  { application: name, namespace, signal, pollSeconds = 1.5 }: RollBackApplication,
): Promise<Application> {
  for (let looks = 1; ; looks++) {
    const seen = await client.get(applications, namespace, name);
    if (seen === undefined) throw await absent(client, name, namespace);
    if (!isAtWork(seen)) return seen;
    if (looks === LOOKS && seen.status.operationState !== undefined) {
      log.info(`A sync of ${name} still runs, and is ended: ${inOneLine(seen.status.operationState.message)}`);
      const status = { operationState: { phase: 'Terminating' } };
      await client.apply({ ...object(namespace, name), status }, STOP_MANAGER, { plural: applications.plural });
    }
    if (looks === 3 * LOOKS) {
      throw gitopsFailures.failure('busy', { what: `A sync of ${name} still runs, though it was told to end.` });
    }
    await sleep(pollSeconds * 1000, undefined, { signal });
  }
}

async function pause(client: Kubernetes, namespace: string, name: string, description: string): Promise<void> {
  const { metadata, ...rest } = object(namespace, name);
  await client.apply(
    {
      ...rest,
      metadata: { ...metadata, annotations: { [PAUSED_ANNOTATION]: description } },
      spec: { syncPolicy: { automated: { enabled: false } } },
    },
    PAUSE_MANAGER,
    { plural: applications.plural },
  );
  const now = await client.get(applications, namespace, name);
  if (now === undefined || !isAutomated(now)) return;
  await client.apply(object(namespace, name), PAUSE_MANAGER, { plural: applications.plural });
  throw gitopsFailures.failure('stillAutomated', {
    what: `Automated sync of ${name} is still on after it was switched off.`,
  });
}

const object = (namespace: string, name: string) => ({
  apiVersion: applications.apiVersion,
  kind: applications.kind,
  metadata: { name, namespace },
});

/** As Argo CD's own rollback asks for it. */
function operationOf(
  { spec }: Application,
  { revision, revisions, source, sources }: HistoryEntry,
): Record<string, unknown> {
  const { automated, syncOptions } = spec.syncPolicy;
  return {
    initiatedBy: { username: 'livekit-gke' },
    sync: {
      ...(sources.length > 0 ? { revisions, sources } : { revision, source }),
      prune: automated?.prune ?? false,
      ...(syncOptions.length > 0 && { syncOptions }),
      syncStrategy: { apply: {} },
    },
  };
}

/** The entry to go back to. Pure; throws LK-ARGO-016. */
export function historyTarget({ metadata, status }: Application, wanted: string | undefined): HistoryEntry {
  const present = status.history.at(-1);
  const earlier = status.history.slice(0, -1);
  const known = `Its history has ${status.history.map((entry) => `${entry.id} (${revisionsOf(entry).map(short).join(', ')})`).join(', ') || 'nothing'}.`;
  const isPresent = (entry: HistoryEntry) =>
    present !== undefined && revisionsOf(entry).join() === revisionsOf(present).join();
  const found =
    wanted === undefined
      ? earlier.findLast((entry) => !isPresent(entry))
      : /^\d{1,6}$/.test(wanted)
        ? earlier.find(({ id }) => id === Number(wanted))
        : earlier.findLast((entry) => hasRevision(revisionsOf(entry), wanted));
  if (found !== undefined && (found.source !== undefined || found.sources.length > 0)) return found;
  const what =
    wanted === undefined
      ? `The application ${metadata.name} has no earlier revision.`
      : `The application ${metadata.name} has no earlier revision ${wanted}.`;
  throw gitopsFailures.failure('noRevision', { what: `${what} ${known}` });
}

/** A rollback is done when its own sync has succeeded and the pods are well; git has another revision, so it is not Synced. */
export function judgeRollback(
  application: Application,
  revisions: readonly string[],
  startedBefore: string,
): Judgement {
  const { metadata, status } = application;
  const { operationState } = status;
  const closed = blocked(application);
  if (closed !== undefined) return { state: 'waiting', obstacle: closed };
  if (isAtWork(application) || operationState === undefined || operationState.startedAt === startedBefore) {
    return { state: 'waiting', looks: false };
  }
  const { phase, syncResult, message } = operationState;
  if (phase !== 'Succeeded') {
    const refused = (syncResult?.resources ?? []).filter((each) => each.status === 'SyncFailed');
    const words =
      refused.length > 0
        ? refused.map((each) => `${each.kind} ${each.name}: ${inOneLine(each.message)}`).join('; ')
        : inOneLine(message);
    return {
      state: 'waiting',
      obstacle: {
        kind: 'syncFailed',
        what: `The rollback of ${metadata.name} to ${revisions.map(short).join(', ')} failed: ${words}.`,
        patienceSeconds: 0,
      },
    };
  }
  // Of the health only: as if it were what git has.
  const own = judge(
    {
      ...application,
      status: {
        ...status,
        conditions: [],
        sync: { status: 'Synced', revision: revisions[0] ?? '', revisions: [...revisions] },
      },
    },
    { revision: undefined, closed: undefined },
  );
  return own.state === 'ready' ? { state: 'ready', overtaken: false } : own;
}
