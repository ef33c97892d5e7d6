import type { RenewalInfo } from '../acme/renewal.ts';
import type { TlsContent } from '../kubernetes/tls-secret.ts';
import type { BucketDocument } from './document.ts';
import type { HeldLease } from './lease.ts';
import type { Pair } from './pair.ts';
import type { CertificateRecord } from './record.ts';
import type { Rolled, WorkloadLook } from './roll.ts';
import type { PairStore } from './store.ts';

export type Source = 'acme' | 'pem' | 'secret-manager';

/** Which certificate is to be where. */
export interface Wanted {
  readonly source: Source;
  readonly names: readonly string[];
  /** Of the Kubernetes Secret: what the certificate is called here. */
  readonly secretName: string;
  /** Under which the environment's record has it. */
  readonly key: string;
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
