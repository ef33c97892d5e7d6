import { decide, type Decision, type RenewalInfo } from '../acme/renewal.ts';
import { acmeFailures } from '../acme/failures.ts';
import { Failure, reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import { googleFailures } from '../google/failures.ts';
import type { DrainingPod } from '../helm/rollout/drain.ts';
import type { TlsContent } from '../kubernetes/tls-secret.ts';
import { log, step } from '../runner/log.ts';
import { bundleDigest } from './bundle.ts';
import { type BucketDocument, changeDocument, readDocument } from './document.ts';
import { certificateFailures } from './failures.ts';
import type { HeldLease } from './lease.ts';
import { contentOf, holds } from './install.ts';
import { checkPair, isSame, issuerOf, keyTypeOf, namesOf, type Pair, readPair, serialOf } from './pair.ts';
import { type CertificateRecord, withCertificate, withOrder } from './record.ts';
import { judgeRoll, type Rolled, type WorkloadLook } from './roll.ts';
import { type PairStore, tryRead } from './store.ts';

export type Source = 'acme' | 'pem' | 'secret-manager';

/** Which certificate is to be where. */
export interface Wanted {
  readonly source: Source;
  readonly names: readonly string[];
  /** Of the Kubernetes Secret: what the certificate is called here. */
  readonly secretName: string;
  readonly namespace: string;
  readonly keyType: 'ecdsa-p256' | 'rsa-2048';
  readonly directoryUrl: string;
  readonly profile: string | undefined;
  readonly force: boolean;
  readonly allowSelfSigned: boolean;
  /** Given by the inputs, with `source: pem`. */
  readonly given: Pair | undefined;
  /** Whether somebody reads the certificate when it starts, and must be started anew. */
  readonly rolls: boolean;
}

export interface OrderRequest {
  readonly names: readonly string[];
  /** RFC 9773's name of the certificate that the new one replaces. */
  readonly replaces: string | undefined;
  readonly history: CertificateRecord['orders'];
  readonly signal: AbortSignal;
}

/** The certificate authority, as far as it is asked here. */
export interface Authority {
  /** `undefined` when it tells nothing, or does not answer. */
  renewalInfo(certificatePem: string): Promise<RenewalInfo | undefined>;
  /** RFC 9773's name of a certificate; `undefined` for one that has none. */
  certificateId(certificatePem: string): string | undefined;
  /** How many answers to challenges earlier runs may have left in the DNS. */
  leftovers(): Promise<number>;
  /** Removes them; gives how many. An order does so by itself. */
  removeLeftovers(): Promise<number>;
  /** Orders, and gives certificate, issuers and key as PEM. */
  order(request: OrderRequest): Promise<{
    readonly certificateChainPem: string;
    readonly privateKeyPem: string;
    /** Taken as a renewal, which counts against no limit. */
    readonly isRenewal: boolean;
    readonly notes: readonly string[];
  }>;
}

/** The cluster, as far as it is touched here. */
export interface CertificateCluster {
  hasNamespace(): Promise<boolean>;
  installed(): Promise<TlsContent | undefined>;
  install(content: TlsContent): Promise<void>;
  look(signal: AbortSignal): Promise<WorkloadLook | undefined>;
  mark(mark: string | undefined): Promise<void>;
  follow(serial: string, signal: AbortSignal): Promise<Rolled>;
  /** Keeps deploys of the same release away meanwhile. */
  hold<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface Parts {
  /** `undefined` where only the Kubernetes Secret keeps the pair. */
  readonly store: PairStore | undefined;
  readonly authority: Authority;
  readonly cluster: CertificateCluster;
  readonly record: BucketDocument<CertificateRecord>;
  /** Keeps other runs away meanwhile. */
  lease<T>(work: (held: HeldLease) => Promise<T>): Promise<T>;
  now(): Date;
  readonly signal: AbortSignal;
}

/**
 * not-due: all is as it should be. stored: kept in Secret Manager, and there is no namespace yet. installed: a certificate that
 * was there already went into the cluster. renewed: a new one did. draining: so it is, and old pods wait for their calls to
 * end. rolled-back: the pods did not serve it, and the old one is back. failed: as the failure says.
 */
export type CertificateStatus = 'not-due' | 'stored' | 'installed' | 'renewed' | 'draining' | 'rolled-back' | 'failed';

export interface CertificateFacts {
  readonly names: readonly string[];
  readonly serial: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface CertificateResult {
  readonly status: CertificateStatus;
  /** A certificate was ordered. */
  readonly isNew: boolean;
  /** One sentence: why something was done, or why nothing. */
  readonly reason: string;
  /** The certificate that serves from now on; `undefined` when there is none. */
  readonly certificate: CertificateFacts | undefined;
  readonly nextCheck: Date | undefined;
  /** Nothing is overdue, nothing was refused: earlier failures count no more. */
  readonly isWell: boolean;
  readonly draining: readonly DrainingPod[];
  readonly notes: readonly string[];
  /** What failed the step; the caller throws it after it has reported the rest. */
  readonly failure: Failure | undefined;
}

/** What was found, and what follows from it. */
interface Situation {
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

/**
 * Brings one certificate to where it should be, from whatever an earlier run left: orders it when it is due, keeps it, installs
 * it, rolls the pods, sees what they serve. Each step is left out when there is nothing to do for it, so an interrupted run is
 * ended by the next one. Until the new certificate is seen to serve, the old one stays where it is.
 */
export async function keepCertificate(wanted: Wanted, parts: Parts): Promise<CertificateResult> {
  const first = await step(
    'What is there',
    () => lookAround(wanted, parts, parts.signal),
    ({ decision }) => decision.reason,
  );
  if (!hasWork(wanted, parts, first) && first.leftovers === 0) return nothingDone(first, wanted);
  return parts.lease(async ({ signal }) => {
    // Another run may have done it meanwhile, and its certificate is as new as the one that is asked for.
    const present = await lookAround(wanted, parts, signal, first);
    if (present.leftovers > 0 && !present.decision.due) await sweep(parts);
    if (!hasWork(wanted, parts, present)) return nothingDone(present, wanted);
    return act(wanted, parts, present, signal);
  });
}

/** What a killed or failed order left in the DNS goes with the next run, also where nothing is ordered for weeks. */
async function sweep({ authority }: Parts): Promise<void> {
  try {
    log.info(`Removed from the DNS what an earlier run left there: ${await authority.removeLeftovers()}.`);
  } catch (error) {
    log.warning(`What an earlier run left in the DNS stays there until the next run: ${reason(error)}`);
  }
}

async function lookAround(wanted: Wanted, parts: Parts, signal: AbortSignal, before?: Situation): Promise<Situation> {
  const { cluster } = parts;
  const [{ value: record }, hasNamespace] = await Promise.all([readDocument(parts.record), cluster.hasNamespace()]);
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

function readInstalledPair({ certificate, key }: TlsContent, secretName: string): Pair | undefined {
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
  const { secretName, names, keyType, directoryUrl, profile } = wanted;
  const pair = stored?.pair;
  const now = parts.now();
  const known = record.certificates[secretName];
  const isKnown = pair !== undefined && known?.serial === serialOf(pair.certificate);
  const id = pair && parts.authority.certificateId(pair.certificate.toString());
  const info =
    id === undefined || pair === undefined ? undefined : await parts.authority.renewalInfo(pair.certificate.toString());
  const notBefore = record.notBefore[secretName];
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
          ...(isKnown && { directoryUrl: known.directoryUrl }),
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

function hasWork(wanted: Wanted, parts: Parts, situation: Situation): boolean {
  const { decision, desired, hasNamespace, installed } = situation;
  if (decision.due) return true;
  if (desired === undefined) return false;
  if (needsStoring(wanted, parts, situation, desired)) return true;
  if (!hasNamespace) return false;
  if (!holds(installed, desired)) return true;
  return wanted.rolls && ['roll', 'roll-again', 'follow'].includes(rollOf(situation, desired, false));
}

/** Only what the inputs give is written beside the cluster; the rest is there already. */
function needsStoring({ source }: Wanted, { store }: Parts, { stored }: Situation, desired: Pair): boolean {
  return source === 'pem' && store !== undefined && (stored?.pair === undefined || !isSame(stored.pair, desired));
}

const rollOf = ({ look }: Situation, pair: Pair, isNewContent: boolean) =>
  judgeRoll(look, bundleDigest(pair), serialOf(pair.certificate), isNewContent);

function nothingDone(situation: Situation, wanted: Wanted): CertificateResult {
  const { decision, desired, hasNamespace, look, stored } = situation;
  const pair = desired ?? stored?.pair;
  const notes = [...(hasNamespace ? [] : [noNamespace(wanted)]), ...tlsNotes(wanted, look)];
  return {
    status: 'not-due',
    isNew: false,
    reason: decision.reason,
    certificate: pair && factsOf(pair),
    nextCheck: decision.nextCheck,
    isWell: desired !== undefined,
    draining: [],
    notes,
    failure: undefined,
  };
}

async function act(
  wanted: Wanted,
  parts: Parts,
  situation: Situation,
  signal: AbortSignal,
): Promise<CertificateResult> {
  const { decision, stored, hasNamespace } = situation;
  const notes: string[] = [];
  let pair = situation.desired;
  const isNew = pair === undefined;
  if (pair === undefined) {
    const ordered = await step(
      'Order',
      () => order(wanted, parts, situation, signal),
      ({ pair: got }) =>
        `The certificate ${serialOf(got.certificate)} of ${issuerOf(got.certificate)} is there, for ${namesOf(got.certificate).join(', ')}`,
    );
    pair = ordered.pair;
    notes.push(...ordered.notes);
  }
  signal.throwIfAborted();
  if (parts.store !== undefined && (isNew || needsStoring(wanted, parts, situation, pair))) {
    await keep(parts.store, pair, stored?.version);
  }
  if (isNew) await rememberCertificate(wanted, parts, pair);
  const base = {
    isNew,
    reason: decision.reason,
    certificate: factsOf(pair),
    nextCheck: isNew ? nextCheckOf(pair, parts.now()) : decision.nextCheck,
    isWell: true,
    draining: [],
    failure: undefined,
  };
  if (!hasNamespace) return { ...base, status: 'stored', notes: [...notes, noNamespace(wanted)] };
  const result = await putInPlace(wanted, parts, pair, signal);
  if (result.failure === undefined) await parts.store?.prune();
  const status = result.status === 'installed' && isNew ? 'renewed' : result.status;
  return { ...base, ...result, status, isWell: result.failure === undefined, notes: [...notes, ...result.notes] };
}

/** Orders, checks, and writes down that it was ordered, whatever came of it. */
async function order(
  { names, directoryUrl }: Wanted,
  parts: Parts,
  { record, decision, stored }: Situation,
  signal: AbortSignal,
): Promise<{ pair: Pair; notes: readonly string[] }> {
  const replaced = decision.isRenewal ? stored?.pair?.certificate.toString() : undefined;
  const replaces = replaced === undefined ? undefined : parts.authority.certificateId(replaced);
  const history = record.orders.filter((order) => order.directoryUrl === directoryUrl);
  const note = (outcome: 'issued' | 'failed', isRenewal: boolean) =>
    changeDocument(parts.record, (present) =>
      withOrder(present, { at: parts.now().toISOString(), names: [...names], outcome, isRenewal, directoryUrl }),
    ).catch((error: unknown) => log.warning(`The order was not written down: ${reason(error)}`));
  const got = await parts.authority.order({ names, replaces, history, signal }).catch(async (error: unknown) => {
    // Only a verification that failed counts at the authority.
    if (error instanceof Failure && error.code === acmeFailures.code('challenge')) await note('failed', false);
    throw error;
  });
  await note('issued', got.isRenewal);
  const source = 'What the certificate authority gave';
  const pair = readPair(got.certificateChainPem, got.privateKeyPem, source);
  checkPair(pair, { names, allowSelfSigned: false, now: parts.now() }, source);
  return { pair, notes: got.notes };
}

/** Into Secret Manager. A certificate that is lost here would have to be ordered again, so it is tried for a while. */
async function keep(store: PairStore, pair: Pair, before: string | undefined): Promise<void> {
  const version = await step(
    'Keep it in Secret Manager',
    () =>
      retry(() => store.add(pair), {
        attempts: 3,
        baseSeconds: 2,
        isTransient: (error) => error instanceof Failure && error.code === googleFailures.code('unavailable'),
      }),
    (number) => `${store.name} has it as version ${number}`,
  );
  if (before !== undefined && Number(version) !== Number(before) + 1) {
    log.info(`Before it, the newest enabled version was ${before}.`);
  }
}

async function rememberCertificate(wanted: Wanted, parts: Parts, { certificate }: Pair): Promise<void> {
  const { secretName, directoryUrl, profile } = wanted;
  const entry = {
    serial: serialOf(certificate),
    issued: parts.now().toISOString(),
    directoryUrl,
    ...(profile !== undefined && { profile }),
  };
  await changeDocument(parts.record, (record) => withCertificate(record, secretName, entry)).catch((error: unknown) =>
    log.warning(`Where the certificate came from was not written down: ${reason(error)}`),
  );
}

type InPlace = Pick<CertificateResult, 'status' | 'draining' | 'notes' | 'failure'> & {
  readonly certificate?: CertificateFacts;
};

/** Into the cluster, and onto the pods; what does not work is taken back. */
async function putInPlace(wanted: Wanted, parts: Parts, pair: Pair, outer: AbortSignal): Promise<InPlace> {
  const { cluster } = parts;
  return cluster.hold(outer, async (signal) => {
    signal.throwIfAborted();
    const before = await cluster.installed();
    const isNewContent = !holds(before, pair);
    const look = wanted.rolls ? await cluster.look(signal) : undefined;
    if (isNewContent) {
      await step(`Install it as the Secret ${wanted.secretName}`, () => cluster.install(contentOf(pair)));
    }
    const done: InPlace = { status: 'installed', draining: [], notes: tlsNotes(wanted, look), failure: undefined };
    if (!wanted.rolls) return done;
    const digest = bundleDigest(pair);
    const serial = serialOf(pair.certificate);
    const roll = judgeRoll(look, digest, serial, isNewContent);
    if (roll === 'none' || roll === 'no-workload' || roll === 'no-tls') return done;
    signal.throwIfAborted();
    // Pods that were marked and yet serve another one want another mark.
    if (roll === 'roll') await cluster.mark(digest);
    if (roll === 'roll-again') await cluster.mark(`${digest}.${parts.now().getTime().toString(36)}`);
    log.info(
      `The pods are ${roll === 'follow' ? 'still being' : 'now'} replaced, one after another; their calls go on until they end.`,
    );
    const rolled = await cluster.follow(serial, signal);
    if (rolled.failure !== undefined) {
      return restore(
        wanted,
        parts,
        { before: isNewContent ? before : undefined, mark: look?.annotation, failure: rolled.failure },
        signal,
      );
    }
    const isDraining = rolled.draining.length > 0 || rolled.isWaiting;
    return { ...done, status: isDraining ? 'draining' : 'installed', draining: rolled.draining };
  });
}

/** The old certificate back into the Secret, and the pods back to what they were: those that never ended serve it all along. */
async function restore(
  wanted: Wanted,
  { cluster, ...parts }: Parts,
  { before, mark, failure }: { before: TlsContent | undefined; mark: string | undefined; failure: Failure },
  signal: AbortSignal,
): Promise<InPlace> {
  log.info(`✗ ${failure.code} ${failure.message}`);
  const old = before && readInstalledPair(before, wanted.secretName);
  if (before === undefined || old === undefined || old.certificate.validToDate <= parts.now()) {
    const what =
      before === undefined ? 'There was no other certificate before it.' : 'The one before it is of no use any more.';
    return { status: 'failed', draining: [], notes: [], failure: withNote(failure, `It stays installed: ${what}`) };
  }
  try {
    const serial = serialOf(old.certificate);
    await step('Put the old certificate back', async () => {
      await cluster.install(before);
      await cluster.mark(mark);
    });
    const back = await cluster.follow(serial, signal);
    if (back.failure !== undefined) throw back.failure;
    const note = `The old certificate, ${serial}, is back and serves.`;
    return {
      status: 'rolled-back',
      draining: back.draining,
      notes: [],
      failure: withNote(failure, note),
      certificate: factsOf(old),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    const second = certificateFailures.failure('restore', {
      what: `${failure.message} The old certificate could not be put back: ${reason(error)}`,
      evidence:
        [failure.evidence, error instanceof Failure ? error.evidence : undefined].filter(Boolean).join('\n\n') ||
        undefined,
      cause: error,
    });
    return { status: 'failed', draining: [], notes: [], failure: second };
  }
}

function withNote(failure: Failure, note: string): Failure {
  const { code, message, why, fix, evidence } = failure;
  return new Failure(code, { what: `${message} ${note}`, why, fix, evidence, cause: failure });
}

function tlsNotes({ rolls, secretName }: Wanted, look: WorkloadLook | undefined): string[] {
  if (!rolls) return [];
  if (look === undefined) return [`Nothing runs yet that reads the Secret ${secretName}; the next deploy takes it.`];
  if (look.servesTls) return [];
  return ['The pods have no TLS port yet: TURN/TLS was left out of their deploy. The next helm-deploy turns it on.'];
}

const noNamespace = ({ namespace, secretName }: Wanted) =>
  `There is no namespace ${namespace} yet, so the Secret ${secretName} is not in the cluster. Run helm-deploy, then this again.`;

export function factsOf({ certificate }: Pair): CertificateFacts {
  return {
    names: namesOf(certificate),
    serial: serialOf(certificate),
    issuer: issuerOf(certificate),
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
  };
}

/** Of a new one nobody has asked the authority yet: when two thirds of its life are over, at the latest. */
function nextCheckOf({ certificate }: Pair, now: Date): Date {
  const life = certificate.validToDate.getTime() - certificate.validFromDate.getTime();
  return new Date(Math.max(now.getTime(), certificate.validFromDate.getTime() + (life * 2) / 3));
}

const day = (date: Date) => date.toISOString().slice(0, 10);
