import {
  type Application,
  hasRevision,
  isAutomated,
  PAUSED_ANNOTATION,
  revisionsOf,
  short,
  sourcesOf,
} from './application.ts';
import type { gitopsFailures } from './failures.ts';

/** What stands between the application and its commit. */
export interface Obstacle {
  readonly kind: keyof (typeof gitopsFailures)['kinds'];
  /** One sentence. */
  readonly what: string;
  /** For how long it may stand before the wait is over. */
  readonly patienceSeconds: number;
}

export type Judgement =
  | { readonly state: 'ready'; readonly overtaken: boolean }
  /** `looks` where the pods may tell more than Argo CD does. */
  | { readonly state: 'waiting'; readonly obstacle?: Obstacle; readonly looks?: boolean };

export interface Expectation {
  /** A commit, or the beginning of one; `undefined` for whichever the application follows now. */
  readonly revision: string | undefined;
  /** From `closedWindow`. */
  readonly closed: string | undefined;
}

/** Judges one look at an application. Pure. */
export function judge(application: Application, { revision, closed }: Expectation): Judgement {
  const { status, metadata } = application;
  const { name } = metadata;
  if (metadata.deletionTimestamp !== undefined) {
    return waiting({ kind: 'noApplication', what: `The application ${name} is being deleted.`, patienceSeconds: 0 });
  }
  const isThere = revision === undefined || hasRevision(revisionsOf(status.sync), revision);
  const overtaken = !isThere && wasDeployed(application, revision);
  const refused = specObstacle(application, isThere) ?? syncObstacle(application, revision);
  if (refused !== undefined) return waiting(refused);
  const window = blocked(application);
  if (window !== undefined) return waiting(window);
  if (!isThere && !overtaken) return waiting(notSeen(application, revision));
  if (status.sync.status !== 'Synced') return waiting(outOfSync(application, closed));
  if (isAtWork(application)) return { state: 'waiting', looks: true };
  switch (status.health.status) {
    case 'Healthy':
      return { state: 'ready', overtaken };
    case 'Degraded':
    case 'Missing':
      return { state: 'waiting', obstacle: unhealthy(application, 30), looks: true };
    case 'Suspended':
      return waiting({
        kind: 'suspended',
        what: `The application ${name} is suspended${unwell(application)}.`,
        patienceSeconds: 15,
      });
    default:
      return { state: 'waiting', looks: true };
  }
}

const waiting = (obstacle: Obstacle | undefined): Judgement =>
  obstacle === undefined ? { state: 'waiting' } : { state: 'waiting', obstacle };

export const isAtWork = ({ operation, status }: Application): boolean =>
  operation !== undefined ||
  status.operationState?.phase === 'Running' ||
  status.operationState?.phase === 'Terminating';

/** A sync that was begun, and that a window keeps from going on. */
export function blocked({ metadata, status }: Application): Obstacle | undefined {
  const { phase, message } = status.operationState ?? { phase: '', message: '' };
  if (phase !== 'Running' || !/blocked by sync window/i.test(message)) return undefined;
  const what = `The sync of ${metadata.name} waits: ${inOneLine(message)}.`;
  return { kind: 'window', what, patienceSeconds: 10 };
}

/** A later commit may be there already: what was waited for was in the cluster before it. */
function wasDeployed({ status }: Application, revision: string): boolean {
  return status.history.some((entry) => hasRevision(revisionsOf(entry), revision));
}

const CREDENTIALS =
  /authentication required|authorization failed|authentication failed|invalid username or (password|token)|could not read username|repository not found|unable to authenticate|permission denied \(publickey\)|access denied|bad credentials|could not refresh installation|\b40[13]\b/i;
const UNREACHABLE =
  /no such host|could not resolve host|connection refused|i\/o timeout|connection timed out|context deadline exceeded|no route to host|network is unreachable|tls:|x509:|certificate (verify|signed)|server misbehaving/i;

function specObstacle(application: Application, isThere: boolean): Obstacle | undefined {
  const { name } = application.metadata;
  for (const { type, message } of application.status.conditions) {
    const words = inOneLine(message);
    // What an earlier commit did stands until Argo CD has looked at this one.
    const patienceSeconds = isThere ? 5 : 30;
    if (type === 'ComparisonError' || type === 'InvalidSpecError' || type === 'UnknownError') {
      const from = sourcesOf(application)
        .map(({ repoURL }) => repoURL)
        .join(', ');
      if (CREDENTIALS.test(words)) {
        return {
          kind: 'credentials',
          what: `Argo CD may not read ${from} for the application ${name}: ${words}.`,
          patienceSeconds,
        };
      }
      // The repository server itself is asked by the same words.
      if (UNREACHABLE.test(words) && !/argocd-repo-server|:8081/.test(words)) {
        return {
          kind: 'repository',
          what: `Argo CD does not reach ${from} for the application ${name}: ${words}.`,
          patienceSeconds: 30,
        };
      }
      if (type === 'InvalidSpecError')
        return {
          kind: 'spec',
          what: `Argo CD does not accept the application ${name}: ${words}.`,
          patienceSeconds: 15,
        };
      return {
        kind: 'comparison',
        what: `Argo CD cannot make manifests for the application ${name}: ${words}.`,
        patienceSeconds,
      };
    }
  }
  return undefined;
}

/** The last sync, where it was one to this commit and it failed. */
function syncObstacle({ metadata, status }: Application, revision: string | undefined): Obstacle | undefined {
  const { operationState } = status;
  if (operationState === undefined) return undefined;
  const { phase, syncResult, operation, retryCount } = operationState;
  const tried = [...(syncResult === undefined ? [] : revisionsOf(syncResult)), operation.sync?.revision ?? ''];
  const wanted = revision ?? status.sync.revision;
  if (wanted !== '' && !hasRevision(tried, wanted)) return undefined;
  const refused = (syncResult?.resources ?? []).filter(
    (each) => each.status === 'SyncFailed' || each.hookPhase === 'Failed' || each.hookPhase === 'Error',
  );
  const isOver = phase === 'Failed' || phase === 'Error';
  if (!isOver && !(phase === 'Running' && retryCount > 0 && refused.length > 0)) return undefined;
  // An application that is in order again was helped by somebody.
  if (isOver && status.sync.status === 'Synced') return undefined;
  const words = refused.map((each) => `${each.kind} ${each.name}: ${inOneLine(each.message)}`);
  return {
    kind: 'syncFailed',
    what: `The sync of ${metadata.name} to ${short(wanted)} failed${retryCount > 0 ? ` (after ${retryCount} ${retryCount === 1 ? 'retry' : 'retries'})` : ''}: ${words.length > 0 ? words.join('; ') : inOneLine(operationState.message)}.`,
    patienceSeconds: isOver ? 5 : 60,
  };
}

function notSeen(application: Application, revision: string): Obstacle {
  const { metadata, status } = application;
  const at = revisionsOf(status.sync).map(short).join(', ');
  const follows = sourcesOf(application)
    .map(({ repoURL, targetRevision = 'HEAD' }) => `${targetRevision} of ${repoURL}`)
    .join(', ');
  return {
    kind: 'notSeen',
    what: `The application ${metadata.name} follows ${follows}, which is ${at === '' ? 'not read yet' : `at ${at}`}, and ${short(revision)} has not appeared.`,
    patienceSeconds: Infinity,
  };
}

function outOfSync(application: Application, closed: string | undefined): Obstacle | undefined {
  const { metadata, status } = application;
  const { name } = metadata;
  if (status.sync.status !== 'OutOfSync' || isAtWork(application)) return undefined;
  const behind = status.resources.filter((each) => each.status === 'OutOfSync');
  const names = behind.map((each) => `${each.kind} ${each.name}`);
  const listed = names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
  if (!isAutomated(application)) {
    const paused = metadata.annotations[PAUSED_ANNOTATION];
    if (paused !== undefined) {
      return {
        kind: 'paused',
        what: `The application ${name} is not synced: a rollback ${inOneLine(paused)} has paused it.`,
        patienceSeconds: 10,
      };
    }
    return {
      kind: 'manualSync',
      what: `The application ${name} is OutOfSync (${listed}), and its automated sync is off.`,
      patienceSeconds: 15,
    };
  }
  if (closed !== undefined)
    return { kind: 'window', what: `The application ${name} is not synced now: ${closed}.`, patienceSeconds: 10 };
  const wipes = behind.length > 0 && status.resources.every((each) => each.requiresPruning);
  if (wipes && application.spec.syncPolicy.automated?.prune === true) {
    // Argo CD leaves out a file that it does not take for a manifest, and deletes nothing when nothing is left.
    const what = `The revision ${revisionsOf(status.sync).map(short).join(', ')} has no manifest that Argo CD can read, and it does not delete all of ${name}.`;
    return { kind: 'comparison', what, patienceSeconds: 20 };
  }
  if (behind.length > 0 && behind.every((each) => each.requiresPruning)) {
    return {
      kind: 'prune',
      what: `The application ${name} stays OutOfSync: ${listed} would have to be deleted.`,
      patienceSeconds: 45,
    };
  }
  const { operationState } = status;
  const revisions = revisionsOf(status.sync);
  const isDone =
    operationState?.phase === 'Succeeded' &&
    operationState.syncResult !== undefined &&
    revisionsOf(operationState.syncResult).join() === revisions.join();
  if (!isDone) return undefined;
  return {
    kind: 'drift',
    what: `The application ${name} was synced to ${revisions.map(short).join(', ')} and is OutOfSync again: ${listed}.`,
    patienceSeconds: 90,
  };
}

function unhealthy(application: Application, patienceSeconds: number): Obstacle {
  const { metadata, status } = application;
  return {
    kind: 'degraded',
    what: `The application ${metadata.name} is ${status.health.status} at ${revisionsOf(status.sync).map(short).join(', ')}${unwell(application)}.`,
    patienceSeconds,
  };
}

/** Argo CD from 3.0 on keeps the health of single objects elsewhere; where it is here it is told. */
function unwell({ status }: Application): string {
  const sick = status.resources.filter(
    ({ health }) => health !== undefined && !['Healthy', 'Progressing', ''].includes(health.status),
  );
  if (sick.length === 0) return '';
  return `: ${sick.map(({ kind, name, health }) => `${kind} ${name} (${[health?.status, inOneLine(health?.message ?? '')].filter(Boolean).join(': ')})`).join('; ')}`;
}

export function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}

/** How an application stands, in a few words. Pure. */
export function describeApplication({ status, operation }: Application): string {
  const at = revisionsOf(status.sync).map(short).join(', ');
  const phase =
    operation !== undefined
      ? 'sync asked for'
      : status.operationState?.phase === 'Running'
        ? `sync running${retries(status.operationState.retryCount)}`
        : '';
  return [`${status.sync.status}${at === '' ? '' : ` at ${at}`}`, status.health.status, phase]
    .filter((word) => word !== '')
    .join(', ');
}

const retries = (count: number) => (count === 0 ? '' : `, ${count} ${count === 1 ? 'retry' : 'retries'}`);
