import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubernetes } from '../kubernetes/client.ts';
import { log, step } from '../runner/log.ts';
import { helmFailures } from './failures.ts';
import type { Helm } from './helm.ts';
import type { Predecessor, WhenBusy } from './hold.ts';
import { readLastGood } from './last-good.ts';
import { readHistory, type ReleaseHistory, type Revision, rollBack, uninstall } from './release.ts';

export interface PendingOptions {
  readonly release: string;
  readonly namespace: string;
  readonly whenBusy: WhenBusy;
  readonly timeoutSeconds: number;
  /** The run before this one, when it ended without a word. */
  readonly predecessor: Predecessor | undefined;
  readonly signal: AbortSignal;
  readonly pollSeconds?: number;
}

/** Helm's own time-out is five minutes; whatever is older by so much is not worked on any more. */
export const STALE_SECONDS = (5 + 15) * 60;
/** Helm writes its time when it begins; a run lives a little longer than its last sign of life. */
const SLACK_MS = 90_000;
const POLL_SECONDS = 5;

/**
 * Brings a release out of `pending-install`, `-upgrade` and `-rollback`, in which Helm refuses all work on it; gives its
 * history as it is then. What a run left that is known to be gone is recovered at once, anything else when it is too old for
 * Helm to be at work; until then it is somebody's (Helm does not write whose), and waited for or refused (LK-HELM-006).
 */
export async function settlePending(helm: Helm, client: Kubernetes, options: PendingOptions): Promise<ReleaseHistory> {
  const { release, whenBusy, timeoutSeconds, predecessor, signal } = options;
  const started = performance.now();
  for (let isFirst = true; ; isFirst = false) {
    signal.throwIfAborted();
    const history = await readHistory(helm, release);
    const { latest } = history;
    if (latest === undefined || !isPending(latest)) return history;
    const ageSeconds = Math.max(0, (Date.now() - Date.parse(latest.updated)) / 1000);
    const left = leftBy(latest, predecessor);
    if (left !== undefined || ageSeconds >= STALE_SECONDS) {
      const why = left ?? 'and Helm works on nothing for so long';
      await recoverPending(helm, client, options, history, `${inWords(release, latest, ageSeconds)}, ${why}`);
      return readHistory(helm, release);
    }
    const isOver = (performance.now() - started) / 1000 >= timeoutSeconds;
    if (whenBusy === 'refuse' || isOver) throw pendingFailure(release, latest, history.deployed, ageSeconds);
    if (isFirst) log.info(`${inWords(release, latest, ageSeconds)}: waiting for whoever works on it.`);
    await sleep((options.pollSeconds ?? POLL_SECONDS) * 1000, undefined, { signal });
  }
}

/** Somebody is at work on it, or was when they ended. */
export const isPending = ({ status }: Pick<Revision, 'status'>): boolean => status.startsWith('pending-');

/** A revision that was begun while the run that is gone was alive is that run's. */
function leftBy(latest: Revision, predecessor: Predecessor | undefined): string | undefined {
  const begun = Date.parse(latest.updated);
  if (predecessor === undefined) return undefined;
  const { who, from, to } = predecessor;
  if (begun < from.getTime() - SLACK_MS || begun > to.getTime() + SLACK_MS) return undefined;
  return `left so by a run that is gone (${who}, last seen ${to.toISOString().slice(11, 19)} UTC)`;
}

async function recoverPending(
  helm: Helm,
  client: Kubernetes,
  { release, namespace }: PendingOptions,
  history: ReleaseHistory,
  words: string,
): Promise<void> {
  const good = await readLastGood(client, namespace, release, history);
  if (good === undefined) {
    await step(`Remove ${release}, which never worked`, () => uninstall(helm, release));
    log.notice(`${words}. No revision of it ever worked, so it was removed; its Secrets are kept.`);
    return;
  }
  await step(`Roll ${release} back to revision ${good.revision}`, () => rollBack(helm, release, good.revision));
  log.notice(`${words}. It was rolled back to revision ${good.revision}, and the deploy goes on from there.`);
}

function pendingFailure(release: string, latest: Revision, deployed: Revision | undefined, ageSeconds: number) {
  const byHand = deployed === undefined ? `helm uninstall ${release}` : `helm rollback ${release} ${deployed.revision}`;
  const minutes = Math.max(1, Math.ceil((STALE_SECONDS - ageSeconds) / 60));
  return helmFailures.failure('pending', {
    what: `${inWords(release, latest, ageSeconds)}.`,
    fix: `Wait for whoever works on it. If nobody does, run \`${byHand}\`, or deploy again in ${minutes} min: then it is taken for abandoned and recovered.`,
  });
}

function inWords(release: string, latest: Revision, ageSeconds: number): string {
  const by = latest.description === '' ? '' : ` (“${latest.description}”)`;
  return `The release ${release} is ${latest.status} in revision ${latest.revision} since ${Math.round(ageSeconds / 60)} min${by}`;
}
