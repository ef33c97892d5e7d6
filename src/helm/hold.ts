import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, reason } from '../failure/failure.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import { kubernetesFailures } from '../kubernetes/failures.ts';
import { type Lease, leases } from '../kubernetes/resources.ts';
import { log } from '../runner/log.ts';
import { helmFailures } from './failures.ts';

/** What to do while another run works on the same release. */
export type WhenBusy = 'wait' | 'refuse';

export interface HoldOptions {
  readonly client: Kubernetes;
  readonly namespace: string;
  readonly release: string;
  /** Told to whoever comes second: `by ada in https://…/runs/77, attempt 1`. */
  readonly who: string;
  readonly whenBusy: WhenBusy;
  /** How long to wait for the other run. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly pollSeconds?: number;
  readonly renewSeconds?: number;
  /** Hears which lease is about to be taken, and of `undefined` when it is given back. */
  readonly onHeld?: ((lease: HeldLease | undefined) => void) | undefined;
}

/** A lease and by what name this run holds it: enough to end it when the run itself cannot any more. */
export interface HeldLease {
  readonly namespace: string;
  readonly release: string;
  readonly holder: string;
}

/** A run that failed, or ended without a word: the lease that it left. */
export interface Predecessor {
  readonly who: string;
  readonly from: Date;
  /** Its last sign of life. */
  readonly to: Date;
}

/** Held while the work goes on. */
export interface Held {
  /** Aborted when the job is cancelled, or when another run has taken over. */
  readonly signal: AbortSignal;
  /** `undefined` when the run before ended as it should. */
  readonly predecessor: Predecessor | undefined;
  /** Says that the work failed without a throw: what it left may be unfinished. */
  fail(): void;
}

/** A runner that is gone gives no more signs of life; after so long its lease counts no more. */
export const LEASE_SECONDS = 60;
const RENEW_SECONDS = 15;
const POLL_SECONDS = 5;

const leaseName = (release: string) => `${release}-deploy`;

/**
 * Lets one run at a time work on a release. Helm's own lock ends when its objects are written, long before the rollout is
 * judged: two deploys would take each other's pods for their own, and roll each other back. A Lease in the namespace says
 * who works and is renewed while he lives. Throws LK-HELM-085 and -086. An identity that may not have leases works without.
 */
export async function holdRelease<T>(options: HoldOptions, work: (held: Held) => Promise<T>): Promise<T> {
  const me = `${options.who} #${randomUUID().slice(0, 8)}`;
  options.onHeld?.({ namespace: options.namespace, release: options.release, holder: me });
  let taken: { predecessor: Predecessor | undefined };
  try {
    taken = await take(options, me);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    options.onHeld?.(undefined);
    log.warning(`Nothing keeps another run from deploying ${options.release} at the same time: ${error.message}`);
    return work({ signal: options.signal, predecessor: undefined, fail: () => undefined });
  }
  const lost = new AbortController();
  const stop = new AbortController();
  const renewing = keep(options, me, lost, stop.signal);
  let hasFailed = false;
  const fail = () => void (hasFailed = true);
  try {
    return await work({ signal: AbortSignal.any([options.signal, lost.signal]), ...taken, fail });
  } catch (error) {
    fail();
    // What a lost lease interrupts says only that it was interrupted.
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    stop.abort();
    await renewing;
    await release(options, me, hasFailed);
  }
}

async function take(options: HoldOptions, me: string): Promise<{ predecessor: Predecessor | undefined }> {
  const { client, namespace, release: name, whenBusy, timeoutSeconds, signal } = options;
  const started = performance.now();
  let told = '';
  for (;;) {
    signal.throwIfAborted();
    const present = await client.get(leases, namespace, leaseName(name));
    const holder = present?.spec.holderIdentity ?? '';
    if (holder === me) return { predecessor: undefined };
    const isFree = holder === '' || isOver(present) || isEarlierAttempt(holder, me);
    if (isFree && (await client.claim(manifest(options, me, new Date(), present)))) {
      return { predecessor: holder === '' ? undefined : predecessorOf(present) };
    }
    if (!isFree) {
      const words = `Another run works on ${name}: ${who(holder)}, since ${minutesSince(present?.spec.acquireTime)}`;
      if (whenBusy === 'refuse' || (performance.now() - started) / 1000 >= timeoutSeconds) {
        throw helmFailures.failure('busy', { what: `${words}.` });
      }
      if (told !== holder) log.info(`${words}. Waiting for it, ${Math.round(timeoutSeconds / 60)} min at most.`);
      told = holder;
    }
    // A claim that came too late is looked at anew.
    await sleep((options.pollSeconds ?? POLL_SECONDS) * 1000, undefined, { signal });
  }
}

/** Renews the lease until told to stop; one that another has taken is lost. */
async function keep(options: HoldOptions, me: string, lost: AbortController, stop: AbortSignal): Promise<void> {
  const { client, namespace, release: name } = options;
  const acquired = new Date();
  for (;;) {
    await sleep((options.renewSeconds ?? RENEW_SECONDS) * 1000, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted || options.signal.aborted) return;
    try {
      const present = await client.get(leases, namespace, leaseName(name));
      const holder = present?.spec.holderIdentity ?? '';
      if (holder !== me && holder !== '') {
        const what = `${who(holder)} has taken over the deploy of ${name}.`;
        lost.abort(helmFailures.failure('takenOver', { what: what.charAt(0).toUpperCase() + what.slice(1) }));
        return;
      }
      await client.claim(manifest(options, me, acquired, present));
    } catch (error) {
      // The control plane may be away for a while; the next sign of life is soon.
      log.debug(`The lease of ${name} was not renewed: ${reason(error)}`);
    }
  }
}

/** A run that failed leaves its lease as an ended one: a Helm that was killed in it may have left a release pending. */
async function release(options: HoldOptions, me: string, hasFailed: boolean): Promise<void> {
  const { client, namespace, release: name, onHeld } = options;
  try {
    if (hasFailed) await endLease(client, { namespace, release: name, holder: me });
    else {
      const present = await client.get(leases, namespace, leaseName(name));
      if (present?.spec.holderIdentity === me) await client.remove(leases, namespace, leaseName(name));
    }
    onHeld?.(undefined);
  } catch (error) {
    // A cancelled job asks nobody any more. The post step ends the lease, or the lease ends by itself.
    log.debug(`The lease of ${name} was not given back: ${reason(error)}`);
  }
}

/**
 * Ends the lease of a run that failed, or was cancelled or killed, so that the next one need not wait for it to run out. It stays as an
 * ended one: whoever comes next must know what this run left. Gives whether it was still this run's.
 */
export async function endLease(client: Kubernetes, { namespace, release: name, holder }: HeldLease): Promise<boolean> {
  const present = await client.get(leases, namespace, leaseName(name));
  if (present?.spec.holderIdentity !== holder) return false;
  const { apiVersion, kind, metadata, spec } = manifest({ namespace, release: name }, holder, new Date(), present);
  const { acquireTime, renewTime } = present.spec;
  return client.claim({
    apiVersion,
    kind,
    metadata,
    spec: { ...spec, acquireTime, renewTime, leaseDurationSeconds: 1 },
  });
}

function manifest(
  { namespace, release: name }: Pick<HoldOptions, 'namespace' | 'release'>,
  me: string,
  acquired: Date,
  present: Lease | undefined,
) {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: leaseName(name),
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'livekit-gke' },
      ...(present === undefined ? {} : { resourceVersion: present.metadata.resourceVersion }),
    },
    spec: {
      holderIdentity: me,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: microTime(acquired),
      renewTime: microTime(new Date()),
    },
  };
}

/** Kubernetes takes six places. */
const microTime = (date: Date) => date.toISOString().replace('Z', '000Z');

function isOver(lease: Lease | undefined): boolean {
  const { renewTime, leaseDurationSeconds } = lease?.spec ?? {};
  const until = Date.parse(renewTime ?? '') + (leaseDurationSeconds ?? LEASE_SECONDS) * 1000;
  return !(until > Date.now());
}

/** Attempts of one run follow each other: an earlier one is over. */
function isEarlierAttempt(holder: string, me: string): boolean {
  const [theirs, mine] = [holder, me].map((text) => / in (\S+\/actions\/runs\/\d+), attempt (\d+)/.exec(text));
  return theirs?.[1] !== undefined && theirs[1] === mine?.[1] && Number(theirs[2]) < Number(mine[2]);
}

function predecessorOf(lease: Lease | undefined): Predecessor | undefined {
  const { holderIdentity, acquireTime, renewTime } = lease?.spec ?? {};
  const [from, to] = [new Date(acquireTime ?? Number.NaN), new Date(renewTime ?? Number.NaN)];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return undefined;
  return { who: who(holderIdentity ?? ''), from, to };
}

/** Without the part that tells two holders of one name apart. */
const who = (holder: string) => holder.replace(/ #[0-9a-f]{8}$/, '');

function minutesSince(time: string | null | undefined): string {
  const minutes = Math.round((Date.now() - Date.parse(time ?? '')) / 60_000);
  return Number.isNaN(minutes) ? 'a while' : minutes < 1 ? 'a moment' : `${minutes} min`;
}

function isForbidden(error: unknown): error is Failure {
  return error instanceof Failure && error.code === kubernetesFailures.code('forbidden');
}
