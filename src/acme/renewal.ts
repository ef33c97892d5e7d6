import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import { sameNames } from './attempt.ts';
import { certificateId } from './certificate-id.ts';
import type { KeyType } from './key.ts';
import { minute, Problem } from './problem.ts';
import { connect, type Server } from './server.ts';

/** When the authority suggests to renew (RFC 9773, section 4.2). */
export interface RenewalInfo {
  readonly start: Date;
  readonly end: Date;
  /** Why the window is as it is: a page of the authority. */
  readonly explanationUrl: string | undefined;
  /** When to ask again. */
  readonly checkAgainAt: Date;
}

const infoSchema = z.object({
  suggestedWindow: z.object({ start: z.coerce.date(), end: z.coerce.date() }),
  explanationURL: z.string().optional(),
});

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The RFC wants a client to ask neither all the time nor never. */
const SOONEST_CHECK = 60_000;
const LATEST_CHECK = DAY;
const USUAL_CHECK = 6 * HOUR;

/**
 * Asks the authority for the certificate's window. `undefined` where it has none to give, or did not answer, which must not
 * keep anybody from renewing; only the end of `signal` throws.
 */
export async function renewalInfo(
  server: Server,
  certificatePem: string,
  signal: AbortSignal,
): Promise<RenewalInfo | undefined> {
  let connection;
  try {
    const id = certificateId(certificatePem);
    connection = await connect(server, signal);
    const base = connection.directory.renewalInfo;
    if (base === undefined) return undefined;
    const url = `${base.replace(/\/$/, '')}/${id}`;
    const { data } = await connection.get(url);
    const parsed = infoSchema.safeParse(data);
    if (!parsed.success) return undefined;
    const { start, end } = parsed.data.suggestedWindow;
    // The RFC: a window that ends before it begins is no window.
    if (end <= start) return undefined;
    return {
      start,
      end,
      explanationUrl: httpsAddress(parsed.data.explanationURL),
      checkAgainAt: clamped(connection.askAgainAt(url), new Date()),
    };
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure || error instanceof Problem)) throw error;
    return undefined;
  } finally {
    connection?.close();
  }
}

function clamped(asked: Date | undefined, now: Date): Date {
  const milliseconds = asked === undefined ? USUAL_CHECK : asked.getTime() - now.getTime();
  return new Date(now.getTime() + Math.min(LATEST_CHECK, Math.max(SOONEST_CHECK, milliseconds)));
}

function httpsAddress(text: string | undefined): string | undefined {
  return text !== undefined && URL.parse(text)?.protocol === 'https:' ? text : undefined;
}

/** What is there and what is wanted; all that a decision needs. */
export interface RenewalFacts {
  readonly current?:
    | {
        readonly names: readonly string[];
        readonly notBefore: Date;
        readonly notAfter: Date;
        readonly keyType: KeyType | 'other';
        /** Of the directory that issued it, where it is remembered. */
        readonly directoryUrl?: string | undefined;
        readonly profile?: string | undefined;
        readonly certificateId: string;
      }
    | undefined;
  readonly wanted: {
    readonly names: readonly string[];
    readonly keyType: KeyType;
    readonly directoryUrl: string;
    readonly profile?: string | undefined;
  };
  /** Whether certificate and key are kept where they should be; a mismatch is a clause: `the key does not belong to it`. */
  readonly stored: 'present' | 'missing' | { readonly mismatch: string };
  readonly force: boolean;
  readonly renewalInfo?: RenewalInfo | undefined;
  /** When this is run next, where that is known: what becomes due before then is due now. */
  readonly nextRun?: Date | undefined;
  /** The authority takes no order before this time. */
  readonly notBefore?: Date | undefined;
}

export interface Decision {
  readonly due: boolean;
  /** One sentence. */
  readonly reason: string;
  /** When renewal is due, or was. */
  readonly moment: Date;
  readonly nextCheck: Date;
  /** Whether the order is a renewal of the current certificate, so that `replaces` may be given. */
  readonly isRenewal: boolean;
}

/** Whether a certificate must be ordered now, and why. */
export function decide(facts: RenewalFacts, now: Date): Decision {
  const { current, notBefore } = facts;
  const cause = causeOf(facts, now);
  const dueTime = current === undefined ? now : renewalTime(facts, current).moment;
  const blocked = notBefore !== undefined && notBefore > now;
  if (cause !== undefined) {
    const base = { reason: cause, moment: now, isRenewal: isRenewal(facts) };
    if (!blocked) return { due: true, ...base, nextCheck: now };
    return {
      due: false,
      ...base,
      reason: `${cause.replace(/\.$/, '')}, but the certificate authority takes no order before ${minute(notBefore)}.`,
      nextCheck: notBefore,
    };
  }
  const { how } = current === undefined ? { how: '' } : renewalTime(facts, current);
  const check = new Date(Math.min(dueTime.getTime(), facts.renewalInfo?.checkAgainAt.getTime() ?? now.getTime() + DAY));
  return {
    due: false,
    reason: `Not due: the certificate is to be renewed at ${minute(dueTime)} (${how}).`,
    moment: dueTime,
    nextCheck: new Date(Math.max(check.getTime(), now.getTime() + SOONEST_CHECK)),
    isRenewal: true,
  };
}

/** Why an order is needed now, as a sentence; the first that holds. */
function causeOf(facts: RenewalFacts, now: Date): string | undefined {
  const { current, wanted, stored } = facts;
  if (current === undefined || stored === 'missing') return 'Due: there is no certificate yet.';
  if (stored !== 'present') return `Due: the stored certificate is not usable: ${stored.mismatch}.`;
  if (facts.force) return 'Due: a new certificate was asked for (`force`).';
  if (!sameNames(current.names, wanted.names)) {
    return `Due: the names changed from ${list(current.names)} to ${list(wanted.names)}.`;
  }
  if (current.keyType !== wanted.keyType) return `Due: the key is to be ${wanted.keyType}, and is ${current.keyType}.`;
  if (current.directoryUrl !== undefined && current.directoryUrl !== wanted.directoryUrl) {
    return `Due: the certificate authority changed from ${current.directoryUrl} to ${wanted.directoryUrl}.`;
  }
  if (current.directoryUrl !== undefined && current.profile !== wanted.profile) {
    return `Due: the profile changed from ${current.profile ?? 'none'} to ${wanted.profile ?? 'none'}.`;
  }
  if (current.notAfter <= now) return `Due: the certificate expired at ${minute(current.notAfter)}.`;
  const { moment, how } = renewalTime(facts, current);
  if (moment <= now) return `Due: the certificate was to be renewed at ${minute(moment)} (${how}).`;
  if (facts.nextRun !== undefined && moment <= facts.nextRun) {
    return `Due: the certificate is to be renewed at ${minute(moment)} (${how}), before the next run at ${minute(facts.nextRun)}.`;
  }
  return undefined;
}

type Current = NonNullable<RenewalFacts['current']>;

/** By the authority's window, else at two thirds of the lifetime; never in the last tenth of it. */
function renewalTime({ renewalInfo: info }: RenewalFacts, current: Current): { moment: Date; how: string } {
  const lifetime = current.notAfter.getTime() - current.notBefore.getTime();
  if (info === undefined) {
    return { moment: new Date(current.notBefore.getTime() + (lifetime * 2) / 3), how: 'two thirds of its lifetime' };
  }
  const chosen = pointIn(info, current.certificateId);
  const latest = current.notAfter.getTime() - lifetime / 10;
  if (chosen.getTime() > latest) return { moment: new Date(latest), how: 'a tenth of its lifetime before it expires' };
  const page = info.explanationUrl === undefined ? '' : `, see ${info.explanationUrl}`;
  return {
    moment: chosen,
    how: `the certificate authority’s window from ${minute(info.start)} to ${minute(info.end)}${page}`,
  };
}

/** A point of the window that is the same in every run, and spread evenly over all certificates. */
export function pointIn({ start, end }: Pick<RenewalInfo, 'start' | 'end'>, id: string): Date {
  const fraction = createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32;
  return new Date(start.getTime() + Math.floor(fraction * (end.getTime() - start.getTime())));
}

/** An order replaces a certificate of the same authority only, and only for a name that both have (RFC 9773, section 5). */
function isRenewal({ current, wanted, stored }: RenewalFacts): boolean {
  if (current === undefined || stored === 'missing') return false;
  if (current.directoryUrl !== undefined && current.directoryUrl !== wanted.directoryUrl) return false;
  return current.names.some((name) => wanted.names.includes(name));
}

function list(names: readonly string[]): string {
  return names.join(', ');
}
