import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { reason } from '../failure/failure.ts';
import type { Bucket } from '../google/storage.ts';
import { log } from '../runner/log.ts';
import { type BucketDocument, isFailure, readDocument, writeDocument } from './document.ts';
import { certificateFailures } from './failures.ts';

export interface LeaseOptions {
  readonly bucket: Bucket;
  readonly path: string;
  /** Told to whoever comes second: `by ada in https://…/runs/77, attempt 1`. */
  readonly who: string;
  /** How long to wait for the other run. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly leaseSeconds?: number;
  readonly pollSeconds?: number;
}

/** While the lease is held. */
export interface HeldLease {
  /** Aborted when the job is cancelled, or when another run has taken over. */
  readonly signal: AbortSignal;
}

const leaseSchema = z.object({
  schemaVersion: z.literal(1),
  /** Nobody holds it when this is empty. */
  holder: z.string(),
  acquired: z.iso.datetime(),
  expires: z.iso.datetime(),
});
type Lease = z.infer<typeof leaseSchema>;

/** A runner that is gone renews nothing; after so long its lease counts no more. */
const LEASE_SECONDS = 120;
const POLL_SECONDS = 5;
const EMPTY: Lease = {
  schemaVersion: 1,
  holder: '',
  acquired: new Date(0).toISOString(),
  expires: new Date(0).toISOString(),
};

/**
 * Lets one run at a time work on an environment's certificates: an object in the bucket says who works, and is renewed while he
 * lives. Each write is bound to the generation that was read, so that of two runs that find it free one gets it. Throws
 * LK-CERT-010 and -011.
 */
export async function holdLease<T>(options: LeaseOptions, work: (held: HeldLease) => Promise<T>): Promise<T> {
  const me = `${options.who} #${randomUUID().slice(0, 8)}`;
  const document: BucketDocument<Lease> = { ...options, schema: leaseSchema, empty: EMPTY };
  const acquired = new Date();
  const held = { generation: await take(document, options, me, acquired) };
  const lost = new AbortController();
  const stop = new AbortController();
  const renewing = keep(document, options, me, acquired, held, lost, stop.signal);
  try {
    return await work({ signal: AbortSignal.any([options.signal, lost.signal]) });
  } catch (error) {
    // What a lost lease interrupts says only that it was interrupted.
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    stop.abort();
    await renewing;
    await giveBack(document, held.generation, lost.signal);
  }
}

async function take(
  document: BucketDocument<Lease>,
  options: LeaseOptions,
  me: string,
  acquired: Date,
): Promise<string> {
  const started = performance.now();
  let told = '';
  for (;;) {
    options.signal.throwIfAborted();
    const { value, generation } = await readDocument(document);
    if (value.holder === me) return generation;
    if (value.holder === '' || Date.parse(value.expires) <= Date.now() || isEarlierAttempt(value.holder, me)) {
      try {
        return await writeDocument(document, lease(me, acquired, options), generation);
      } catch (error) {
        // Another one was faster; or it is our own write, whose answer was lost: the next look tells.
        if (!isFailure(error, 'preconditionFailed')) throw error;
        continue;
      }
    }
    const words = `Another run keeps this environment’s certificates: ${who(value.holder)}, since ${value.acquired}`;
    if ((performance.now() - started) / 1000 >= options.timeoutSeconds) {
      throw certificateFailures.failure('busy', { what: `${words}.` });
    }
    if (told !== value.holder)
      log.info(`${words}. Waiting for it, ${Math.ceil(options.timeoutSeconds / 60)} min at most.`);
    told = value.holder;
    await sleep((options.pollSeconds ?? POLL_SECONDS) * 1000, undefined, { signal: options.signal });
  }
}

/** Renews the lease until told to stop; one that another has taken is lost. */
async function keep(
  document: BucketDocument<Lease>,
  options: LeaseOptions,
  me: string,
  acquired: Date,
  held: { generation: string },
  lost: AbortController,
  stop: AbortSignal,
): Promise<void> {
  const pause = ((options.leaseSeconds ?? LEASE_SECONDS) / 4) * 1000;
  for (;;) {
    await sleep(pause, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    try {
      held.generation = await writeDocument(document, lease(me, acquired, options), held.generation);
    } catch (error) {
      const present = isFailure(error, 'preconditionFailed') ? await lookAt(document) : undefined;
      if (present?.value.holder === me) held.generation = present.generation;
      else if (present !== undefined) {
        const by = present.value.holder === '' ? 'Another run' : who(present.value.holder);
        const what = `${by} has taken over the certificates of this environment.`;
        lost.abort(certificateFailures.failure('takenOver', { what: what.charAt(0).toUpperCase() + what.slice(1) }));
        return;
      } else log.debug(`The lease was not renewed: ${reason(error)}`);
    }
  }
}

/** What is there; `undefined` when nobody can say now. */
const lookAt = (document: BucketDocument<Lease>) => readDocument(document).catch(() => undefined);

async function giveBack({ bucket, path }: BucketDocument<Lease>, generation: string, lost: AbortSignal): Promise<void> {
  if (lost.aborted) return;
  try {
    await bucket.remove(path, { ifGeneration: generation });
  } catch (error) {
    // It ends by itself.
    log.debug(`The lease was not given back: ${reason(error)}`);
  }
}

function lease(holder: string, acquired: Date, { leaseSeconds = LEASE_SECONDS }: LeaseOptions): Lease {
  const expires = new Date(Date.now() + leaseSeconds * 1000);
  return { schemaVersion: 1, holder, acquired: acquired.toISOString(), expires: expires.toISOString() };
}

/** Attempts of one run follow each other: an earlier one is over. */
function isEarlierAttempt(holder: string, me: string): boolean {
  const [theirs, mine] = [holder, me].map((text) => / in (\S+\/actions\/runs\/\d+), attempt (\d+)/.exec(text));
  return theirs?.[1] !== undefined && theirs[1] === mine?.[1] && Number(theirs[2]) < Number(mine[2]);
}

/** Without the part that tells two holders of one name apart. */
const who = (holder: string) => holder.replace(/ #[0-9a-f]{8}$/, '');
