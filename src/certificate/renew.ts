import { acmeFailures } from '../acme/failures.ts';
import { Failure, reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import { googleFailures } from '../google/failures.ts';
import { log, step } from '../runner/log.ts';
import { changeDocument } from './document.ts';
import { checkPair, issuerOf, namesOf, type Pair, readPair, serialOf } from './pair.ts';
import type { Parts, Wanted } from './parts.ts';
import { noNamespace, putInPlace, tlsNotes } from './place.ts';
import { withCertificate, withOrder } from './record.ts';
import { type CertificateResult, factsOf } from './result.ts';
import { hasWork, lookAround, needsStoring, type Situation } from './situation.ts';
import type { PairStore } from './store.ts';

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
  if (isNew || situation.record.certificates[wanted.key]?.serial !== serialOf(pair.certificate)) {
    await remember(wanted, parts, pair, isNew);
  }
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

/** Where it came from: what decides of the next order, and what the other environments' tables show. */
async function remember(wanted: Wanted, parts: Parts, pair: Pair, isNew: boolean): Promise<void> {
  const { key, directoryUrl, profile } = wanted;
  const { names, serial, issuer, notBefore, notAfter } = factsOf(pair);
  const entry = {
    ...{ serial, issuer, names: [...names], issued: parts.now().toISOString() },
    ...{ notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() },
    ...(isNew && { directoryUrl }),
    ...(isNew && profile !== undefined && { profile }),
  };
  await changeDocument(parts.record, (record) => withCertificate(record, key, entry)).catch((error: unknown) =>
    log.warning(`Where the certificate came from was not written down: ${reason(error)}`),
  );
}

/** Of a new one nobody has asked the authority yet: when two thirds of its life are over, at the latest. */
function nextCheckOf({ certificate }: Pair, now: Date): Date {
  const life = certificate.validToDate.getTime() - certificate.validFromDate.getTime();
  return new Date(Math.max(now.getTime(), certificate.validFromDate.getTime() + (life * 2) / 3));
}
