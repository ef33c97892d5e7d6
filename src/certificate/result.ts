import type { Failure } from '../failure/failure.ts';
import type { DrainingPod } from '../helm/rollout/drain.ts';
import { issuerOf, namesOf, type Pair, serialOf } from './pair.ts';
import type { CertificateRecord } from './record.ts';

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

/** Of a certificate that earlier runs wrote down; `undefined` for one that they did not. */
export function factsFrom(record: CertificateRecord, key: string): CertificateFacts | undefined {
  const known = record.certificates[key];
  if (known === undefined) return undefined;
  const { names, serial, issuer, notBefore, notAfter } = known;
  return { names, serial, issuer, notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}

export function factsOf({ certificate }: Pair): CertificateFacts {
  return {
    names: namesOf(certificate),
    serial: serialOf(certificate),
    issuer: issuerOf(certificate),
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
  };
}
