import { Failure, reason } from '../failure/failure.ts';
import type { TlsContent } from '../kubernetes/tls-secret.ts';
import { log, step } from '../runner/log.ts';
import { bundleDigest } from './bundle.ts';
import { certificateFailures } from './failures.ts';
import { contentOf, holds } from './install.ts';
import { type Pair, serialOf } from './pair.ts';
import type { Parts, Wanted } from './parts.ts';
import { type CertificateFacts, type CertificateResult, factsOf } from './result.ts';
import { judgeRoll, type WorkloadLook } from './roll.ts';
import { readInstalledPair } from './situation.ts';

type InPlace = Pick<CertificateResult, 'status' | 'draining' | 'notes' | 'failure'> & {
  readonly certificate?: CertificateFacts;
};

/** Into the cluster, and onto the pods; what does not work is taken back. */
export async function putInPlace(wanted: Wanted, parts: Parts, pair: Pair, outer: AbortSignal): Promise<InPlace> {
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

/** What the reader of the result should know of the pods. */
export function tlsNotes({ rolls, secretName }: Wanted, look: WorkloadLook | undefined): string[] {
  if (!rolls) return [];
  if (look === undefined) return [`Nothing runs yet that reads the Secret ${secretName}; the next deploy takes it.`];
  if (look.servesTls) return [];
  return [
    'The pods have no TLS port yet: TURN over TLS was left out of their deploy. The next helm-deploy turns it on.',
  ];
}

export const noNamespace = ({ namespace, secretName }: Wanted) =>
  `There is no namespace ${namespace} yet, so the Secret ${secretName} is not in the cluster. Run helm-deploy, then this again.`;
