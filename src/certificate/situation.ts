import { decide, type Decision } from '../acme/renewal.ts';
import { Failure } from '../failure/failure.ts';
import type { TlsContent } from '../kubernetes/tls-secret.ts';
import { log } from '../runner/log.ts';
import { bundleDigest } from './bundle.ts';
import { readDocument } from './document.ts';
import { certificateFailures } from './failures.ts';
import { holds } from './install.ts';
import { checkPair, isSame, keyTypeOf, namesOf, type Pair, readPair, serialOf } from './pair.ts';
import type { Parts, Wanted } from './parts.ts';
import type { CertificateRecord } from './record.ts';
import { judgeRoll, type WorkloadLook } from './roll.ts';
import { tryRead } from './store.ts';

/** What was found, and what follows from it. */
export interface Situation {
  readonly record: CertificateRecord;
  readonly stored: { readonly version: string; readonly pair: Pair | undefined } | undefined;
  readonly decision: Decision;
  /** What is to be in the cluster; `undefined` when it must be ordered first. */
  readonly desired: Pair | undefined;
  readonly hasNamespace: boolean;
  readonly installed: TlsContent | undefined;
  readonly look: WorkloadLook | undefined;
  /** Answers to challenges that an earlier run could not take out of the DNS. */
  readonly leftovers: number;
}

/** The workflow looks twice a day: what falls due before its next look is due now. */
const CHECK_HOURS = 12;
const HOUR = 3600 * 1000;

/** Looks at everything that decides; nothing is changed. `before` is what this run has seen already. */
export async function lookAround(
  wanted: Wanted,
  parts: Parts,
  signal: AbortSignal,
  before?: Situation,
): Promise<Situation> {
  const { cluster } = parts;
  const [{ value: record }, hasNamespace] = await Promise.all([readDocument(parts.record), cluster.hasNamespace()]);
  if (!hasNamespace && parts.store === undefined) {
    throw certificateFailures.failure('noPlace', {
      what: `There is no namespace ${wanted.namespace} for the Secret ${wanted.secretName}, and nothing else keeps the certificate.`,
    });
  }
  const installed = hasNamespace ? await cluster.installed() : undefined;
  const stored = await readStored(parts, installed, wanted.secretName);
  const look = wanted.rolls && hasNamespace ? await cluster.look(signal) : undefined;
  const leftovers = wanted.source === 'acme' ? await parts.authority.leftovers() : 0;
  const common = { record, stored, hasNamespace, installed, look, leftovers };
  if (wanted.source !== 'acme') {
    const desired = desiredOf(wanted, parts, stored);
    const decision = givenDecision(wanted, desired, parts.now());
    return { ...common, decision, desired };
  }
  const isRenewedMeanwhile = before !== undefined && before.stored?.version !== stored?.version;
  const found = await decideOn(wanted, parts, record, stored, wanted.force && !isRenewedMeanwhile);
  return { ...common, ...found };
}

/** The pair that is kept; without a place for it, the one in the cluster. */
async function readStored(parts: Parts, installed: TlsContent | undefined, secretName: string) {
  if (parts.store !== undefined) {
    const stored = await parts.store.read();
    if (stored === undefined) return undefined;
    if (!(stored.pair instanceof Failure)) return { version: stored.version, pair: stored.pair };
    log.warning(`${stored.pair.message} It counts as none.`);
    return { version: stored.version, pair: undefined };
  }
  if (installed === undefined) return undefined;
  const pair = readInstalledPair(installed, secretName);
  return { version: pair === undefined ? '' : serialOf(pair.certificate), pair };
}

export function readInstalledPair({ certificate, key }: TlsContent, secretName: string): Pair | undefined {
  const pair = tryRead(() => readPair(certificate, key, `The Secret ${secretName}`));
  return pair instanceof Failure ? undefined : pair;
}

/** With another source than ACME: what somebody gave, found good before anything is written. */
function desiredOf(wanted: Wanted, parts: Parts, stored: Situation['stored']): Pair {
  const pair = wanted.source === 'pem' ? wanted.given : stored?.pair;
  const source = wanted.source === 'pem' ? 'The input `certificate`' : (parts.store?.name ?? 'The store');
  if (pair === undefined)
    throw certificateFailures.failure('nothingKept', { what: `${source} holds no certificate that can be read.` });
  checkPair(pair, { ...wanted, now: parts.now() }, source);
  return pair;
}

function givenDecision({ source }: Wanted, { certificate }: Pair, now: Date): Decision {
  const life = certificate.validToDate.getTime() - certificate.validFromDate.getTime();
  const moment = new Date(certificate.validFromDate.getTime() + (life * 2) / 3);
  const who = source === 'pem' ? 'The inputs give it' : 'Secret Manager holds it';
  return {
    due: false,
    isRenewal: false,
    reason: `${who}: a certificate that is valid until ${day(certificate.validToDate)}.`,
    moment,
    nextCheck: new Date(Math.max(now.getTime() + CHECK_HOURS * HOUR, moment.getTime())),
  };
}

async function decideOn(
  wanted: Wanted,
  parts: Parts,
  record: CertificateRecord,
  stored: Situation['stored'],
  force: boolean,
): Promise<Pick<Situation, 'decision' | 'desired'>> {
  const { key, names, keyType, directoryUrl, profile } = wanted;
  const pair = stored?.pair;
  const now = parts.now();
  const known = record.certificates[key];
  const isKnown = pair !== undefined && known?.serial === serialOf(pair.certificate);
  const id = pair && parts.authority.certificateId(pair.certificate.toString());
  const info =
    id === undefined || pair === undefined ? undefined : await parts.authority.renewalInfo(pair.certificate.toString());
  const notBefore = record.notBefore[key];
  const decision = decide(
    {
      ...(pair !== undefined && {
        current: {
          names: namesOf(pair.certificate),
          notBefore: pair.certificate.validFromDate,
          notAfter: pair.certificate.validToDate,
          keyType: keyTypeOf(pair),
          certificateId: id ?? '',
          // Of a certificate that others put there nobody knows which directory it came from: it is no reason to renew it.
          ...(isKnown && known.directoryUrl !== undefined && { directoryUrl: known.directoryUrl }),
          ...(isKnown && known.profile !== undefined && { profile: known.profile }),
        },
      }),
      wanted: { names, keyType, directoryUrl, ...(profile !== undefined && { profile }) },
      stored: storedState(wanted, parts, stored, now),
      force,
      ...(info !== undefined && { renewalInfo: info }),
      nextRun: new Date(now.getTime() + CHECK_HOURS * HOUR),
      ...(notBefore !== undefined && { notBefore: new Date(notBefore) }),
    },
    now,
  );
  return { decision, desired: decision.due ? undefined : pair };
}

function storedState(
  wanted: Wanted,
  parts: Parts,
  stored: Situation['stored'],
  now: Date,
): 'present' | 'missing' | { mismatch: string } {
  if (stored === undefined) return 'missing';
  if (stored.pair === undefined) return { mismatch: 'it cannot be read' };
  try {
    // Names and dates are what the decision itself looks at.
    const { certificate } = stored.pair;
    const at = certificate.validToDate <= now ? new Date(certificate.validToDate.getTime() - 1) : now;
    checkPair(
      stored.pair,
      { names: [], allowSelfSigned: wanted.allowSelfSigned, now: at },
      parts.store?.name ?? `The Secret ${wanted.secretName}`,
    );
    return 'present';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { mismatch: error.message.replace(/\.$/, '') };
  }
}

/** Whether anything is to be done. */
export function hasWork(wanted: Wanted, parts: Parts, situation: Situation): boolean {
  const { decision, desired, hasNamespace, installed } = situation;
  if (decision.due) return true;
  if (desired === undefined) return false;
  if (needsStoring(wanted, parts, situation, desired)) return true;
  if (!hasNamespace) return false;
  if (!holds(installed, desired)) return true;
  return wanted.rolls && ['roll', 'roll-again', 'follow'].includes(rollOf(situation, desired, false));
}

/** Only what the inputs give is written beside the cluster; the rest is there already. */
export function needsStoring({ source }: Wanted, { store }: Parts, { stored }: Situation, desired: Pair): boolean {
  return source === 'pem' && store !== undefined && (stored?.pair === undefined || !isSame(stored.pair, desired));
}

const rollOf = ({ look }: Situation, pair: Pair, isNewContent: boolean) =>
  judgeRoll(look, bundleDigest(pair), serialOf(pair.certificate), isNewContent);

const day = (date: Date) => date.toISOString().slice(0, 10);
