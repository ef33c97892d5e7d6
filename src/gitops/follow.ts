import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure/failure.ts';
import { rolloutFailures } from '../helm/failures.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import { kubernetesFailures } from '../kubernetes/failures.ts';
import { log } from '../runner/log.ts';
import {
  type Application,
  applications,
  appProjects,
  hasRevision,
  revisionsOf,
  short,
  sourcesOf,
  type SyncWindow,
} from './application.ts';
import { gitopsFailures } from './failures.ts';
import { describeApplication, judge, type Judgement, type Obstacle } from './judge.ts';
import type { GitopsResult } from './result.ts';
import { closedWindow } from './window.ts';
import { explainPodTrouble, findPodTrouble, type PodTrouble } from './workloads.ts';

export interface FollowApplication {
  readonly application: string;
  readonly namespace: string;
  /** A commit; `undefined` for whichever the application follows now. */
  readonly revision: string | undefined;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly pollSeconds?: number;
  /** How long the webhook may take before Argo CD is asked to look by itself. */
  readonly webhookSeconds?: number;
  /** For how long it must have been ready. */
  readonly settledSeconds?: number;
  /** Instead of `judge`, for a rollback. */
  readonly judgement?: (application: Application, closed: string | undefined) => Judgement;
}

const REFRESH_MANAGER = 'livekit-gke-refresh';

/**
 * Waits until an application is Synced and Healthy at a revision, or until its cause not to be has stood for long enough. Reads the
 * application itself: no token of Argo CD's is needed. Throws LK-KUBE-001 to -005; what Argo CD has against it is in the result.
 */
export async function followApplication(client: Kubernetes, options: FollowApplication): Promise<GitopsResult> {
  const { application: name, namespace, revision, timeoutSeconds, signal } = options;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const notes: string[] = [];
  const asking = refresher(client, options, notes, elapsed);
  const result = (status: GitopsResult['status'], seen: Application | undefined, failure?: Failure): GitopsResult => {
    if (failure !== undefined) log.info(`✗ ${failure.code} ${failure.message}`);
    return { application: name, namespace, status, wanted: revision, seen, notes, durationSeconds: elapsed(), failure };
  };
  let said = '';
  let standing: { kind: string; since: number } | undefined;
  let readySince: number | undefined;
  let windows: { of: string; windows: readonly SyncWindow[] } | undefined;
  for (;;) {
    signal.throwIfAborted();
    const isOver = elapsed() >= timeoutSeconds;
    const seen = await look(client, options, isOver, elapsed);
    if (seen === undefined) {
      return result('failed', undefined, await absent(client, name, namespace));
    }
    if (windows?.of !== seen.spec.project) {
      windows = { of: seen.spec.project, windows: await readWindows(client, namespace, seen.spec.project) };
    }
    const closed = closedWindow(windows.windows, seen, new Date());
    const judgement = options.judgement?.(seen, closed) ?? judge(seen, { revision, closed });
    const words = describeApplication(seen);
    if (words !== said) log.info(`${elapsed().toFixed(0).padStart(4)} s  ${name}: ${words}`);
    said = words;
    if (judgement.state === 'ready') {
      standing = undefined;
      readySince ??= elapsed();
      const isFresh = await asking.isFresh(seen);
      if (isFresh && (elapsed() - readySince >= (options.settledSeconds ?? 2) || isOver)) {
        if (judgement.overtaken) {
          notes.push(
            `A later revision has overtaken ${short(revision ?? '')}: ${revisionsOf(seen.status.sync).map(short).join(', ')} serves.`,
          );
        }
        return result('deployed', seen);
      }
    } else {
      readySince = undefined;
      const trouble = judgement.looks === true ? await findPodTrouble(client, seen) : undefined;
      const obstacle = worse(judgement.obstacle, trouble);
      if (obstacle === undefined) standing = undefined;
      else standing = standing?.kind === obstacle.kind ? standing : { kind: obstacle.kind, since: elapsed() };
      const isLongEnough = obstacle !== undefined && elapsed() - (standing?.since ?? 0) >= obstacle.patienceSeconds;
      if (isLongEnough || isOver) {
        return result('failed', seen, await failureOf(client, { seen, obstacle, trouble, words, seconds: elapsed() }));
      }
      const isThere = revision !== undefined && hasRevision(revisionsOf(seen.status.sync), revision);
      // A rollback is to what git has no more.
      if (!isThere && options.judgement === undefined) await asking.whenDue();
    }
    await sleep((options.pollSeconds ?? 1.5) * 1000, undefined, { signal });
  }
}

/** What a pod says is more than that the application is Degraded. */
function worse(obstacle: Obstacle | undefined, trouble: PodTrouble | undefined): Obstacle | undefined {
  if (trouble === undefined) return obstacle;
  const { cause, workload } = trouble;
  return { kind: 'degraded', what: `${workload}: ${cause.what}`, patienceSeconds: cause.patienceSeconds };
}

async function failureOf(
  client: Kubernetes,
  {
    seen,
    obstacle,
    trouble,
    words,
    seconds,
  }: {
    seen: Application;
    obstacle: Obstacle | undefined;
    trouble: PodTrouble | undefined;
    words: string;
    seconds: number;
  },
): Promise<Failure> {
  const { name } = seen.metadata;
  if (trouble !== undefined) {
    const { cause, evidence } = await explainPodTrouble(client, trouble);
    const general = rolloutFailures.kinds[cause.kind];
    return gitopsFailures.failure('degraded', {
      what: `The application ${name} does not get healthy at ${revisionsOf(seen.status.sync).map(short).join(', ')}: ${cause.what}`,
      why: general.why,
      fix: cause.fix ?? general.fix,
      evidence,
    });
  }
  const evidence = evidenceOfApplication(seen);
  if (obstacle !== undefined) return gitopsFailures.failure(obstacle.kind, { what: obstacle.what, evidence });
  return gitopsFailures.failure('timeout', {
    what: `The application ${name} was not ready within ${Math.round(seconds / 60)} min: ${words}.`,
    evidence,
  });
}

/** What `kubectl describe` would show of it. Pure. */
export function evidenceOfApplication({ status, spec }: Application): string {
  const { operationState } = status;
  const indent = (lines: readonly string[]) =>
    lines.length === 0 ? '  (none)' : lines.map((line) => `  ${line}`).join('\n');
  const objects = status.resources
    .filter((each) => each.status !== 'Synced' || !['Healthy', ''].includes(each.health?.status ?? ''))
    .map(
      (each) =>
        `${each.kind} ${each.namespace}/${each.name}: ${[each.status, each.health?.status, each.health?.message].filter(Boolean).join(', ')}`,
    );
  return [
    `Sources\n${indent((spec.sources.length > 0 ? spec.sources : spec.source === undefined ? [] : [spec.source]).map(({ repoURL, targetRevision = 'HEAD' }) => `${repoURL} at ${targetRevision}`))}`,
    `Conditions\n${indent(status.conditions.map(({ type, message }) => `${type}: ${message}`))}`,
    `Last operation\n${indent(operationState === undefined ? [] : [`${operationState.phase}: ${operationState.message}`])}`,
    `Objects\n${indent(objects)}`,
  ].join('\n\n');
}

/** A control plane that is away is asked again until the time is over. */
async function look(
  client: Kubernetes,
  { application, namespace, signal, pollSeconds = 1.5 }: FollowApplication,
  isOver: boolean,
  elapsed: () => number,
): Promise<Application | undefined> {
  for (;;) {
    try {
      return await client.get(applications, namespace, application);
    } catch (error) {
      if (isOver || !(error instanceof Failure && error.code === kubernetesFailures.code('unreachable'))) throw error;
      log.info(`${elapsed().toFixed(0).padStart(4)} s  ${error.message} Asking again.`);
      await sleep(pollSeconds * 1000, undefined, { signal });
    }
  }
}

export async function absent(client: Kubernetes, name: string, namespace: string): Promise<Failure> {
  if (!(await client.serves({ apiVersion: applications.apiVersion, kind: applications.kind }))) {
    return gitopsFailures.failure('notInstalled', {
      what: 'The cluster knows no Application: Argo CD is not installed.',
    });
  }
  const there = await client.list(applications, namespace).catch(() => []);
  const known =
    there.length === 0 ? 'there is none' : `there are ${there.map(({ metadata }) => metadata.name).join(', ')}`;
  return gitopsFailures.failure('noApplication', {
    what: `There is no application ${name} in the namespace ${namespace}; ${known}.`,
  });
}

/** Windows are the project's; who may not see it is not told of them. */
async function readWindows(client: Kubernetes, namespace: string, project: string): Promise<readonly SyncWindow[]> {
  try {
    return (await client.get(appProjects, namespace, project))?.spec.syncWindows ?? [];
  } catch (error) {
    if (error instanceof Failure && error.code === kubernetesFailures.code('forbidden')) return [];
    throw error;
  }
}

/** Asks Argo CD to look at git, as `argocd app get --refresh` does, when no webhook has made it. */
function refresher(client: Kubernetes, options: FollowApplication, notes: string[], elapsed: () => number) {
  const { application, namespace, revision, webhookSeconds = 15 } = options;
  // Without a commit to compare with, only a look that was made since proves anything.
  let due = revision === undefined ? 0 : webhookSeconds;
  let before: string | null | undefined;
  let asked = false;
  let isAllowed = true;
  const ask = async (was: string | null | undefined) => {
    if (!isAllowed || elapsed() < due) return;
    due = elapsed() + 60;
    try {
      await client.apply(
        {
          apiVersion: applications.apiVersion,
          kind: applications.kind,
          metadata: { name: application, namespace, annotations: { 'argocd.argoproj.io/refresh': 'normal' } },
        },
        REFRESH_MANAGER,
        { plural: applications.plural },
      );
      if (!asked) before = was;
      asked = true;
      if (revision === undefined) return;
      const note = `No webhook has brought ${short(revision)} within ${webhookSeconds} s: Argo CD was asked to look at the repository.`;
      if (!notes.includes(note)) notes.push(note);
      log.info(`${elapsed().toFixed(0).padStart(4)} s  ${note}`);
    } catch (error) {
      if (!(error instanceof Failure && error.code === kubernetesFailures.code('forbidden'))) throw error;
      isAllowed = false;
      notes.push(
        'This identity may not ask Argo CD to look at the repository: it is waited for its own look, every 3 minutes without a webhook.',
      );
    }
  };
  return {
    whenDue: () => ask(undefined),
    /** Whether the look that `seen` comes from was made since the wait began, where nothing else proves it. */
    async isFresh(seen: Application): Promise<boolean> {
      if (revision !== undefined || options.judgement !== undefined) return true;
      await ask(seen.status.reconciledAt);
      return (
        !isAllowed ||
        (asked &&
          seen.metadata.annotations['argocd.argoproj.io/refresh'] === undefined &&
          seen.status.reconciledAt !== before)
      );
    },
  };
}

/** Whether an application follows the repository of this job: then the job's own commit is the one to wait for. */
export function isOwnRepository(application: Application, repositoryUrl: string): boolean {
  const plain = (url: string) =>
    url
      .replace(/^git@([^:]+):/, 'https://$1/')
      .replace(/^ssh:\/\/git@/, 'https://')
      .replace(/(\.git)?\/*$/, '')
      .toLowerCase();
  return sourcesOf(application).some(({ repoURL }) => plain(repoURL) === plain(repositoryUrl));
}
