import { z } from 'zod';
import type { Bucket } from '../google/storage.ts';
import type { BucketDocument } from './document.ts';

const date = z.iso.datetime();

/**
 * What earlier runs did, as far as a later one must know it. One object for an environment; what belongs to one certificate
 * stands under its key.
 */
const recordSchema = z.object({
  schemaVersion: z.literal(1),
  /** Orders of the last weeks: a certificate authority counts them. */
  orders: z
    .array(
      z.object({
        at: date,
        names: z.array(z.string()),
        outcome: z.enum(['issued', 'failed']),
        /** Taken as a renewal, which counts against no limit. */
        isRenewal: z.boolean(),
        directoryUrl: z.string(),
      }),
    )
    .default([]),
  certificates: z
    .record(
      z.string(),
      z.object({
        serial: z.string(),
        /** When it came here. */
        issued: date,
        names: z.array(z.string()),
        issuer: z.string(),
        notBefore: date,
        notAfter: date,
        /** Of one that was ordered. */
        directoryUrl: z.string().optional(),
        profile: z.string().optional(),
      }),
    )
    .default({}),
  /** Since the last success. */
  failures: z.record(z.string(), z.array(z.object({ at: date, code: z.string(), message: z.string() }))).default({}),
  /** The authority said not to come again before. */
  notBefore: z.record(z.string(), date).default({}),
});

export type CertificateRecord = z.infer<typeof recordSchema>;

export const EMPTY_RECORD: CertificateRecord = {
  schemaVersion: 1,
  orders: [],
  certificates: {},
  failures: {},
  notBefore: {},
};

/**
 * The environment's own certificate goes by its Secret's name; of add-ons two namespaces may have a Secret of the same name. Pure.
 */
export function certificateKey({
  secretName,
  namespace,
  isOwn,
}: {
  secretName: string;
  namespace: string;
  isOwn: boolean;
}): string {
  return isOwn ? secretName : `${namespace}/${secretName}`;
}

const challengesSchema = z.object({
  schemaVersion: z.literal(1),
  records: z.array(z.object({ project: z.string(), zone: z.string(), name: z.string(), value: z.string() })),
});
export type Challenges = z.infer<typeof challengesSchema>;

/** Beyond the longest window in which an authority counts (a week), with room. */
const REMEMBERED_DAYS = 30;
const REMEMBERED_FAILURES = 20;
const DAY = 24 * 3600 * 1000;

export function recordDocument(bucket: Bucket, folder: string): BucketDocument<CertificateRecord> {
  return {
    bucket,
    path: `${folder}/record.json`,
    schema: recordSchema,
    empty: EMPTY_RECORD,
  };
}

/** DNS records of challenges that may still be there. */
export function challengesDocument(bucket: Bucket, folder: string): BucketDocument<Challenges> {
  return {
    bucket,
    path: `${folder}/challenges.json`,
    schema: challengesSchema,
    empty: { schemaVersion: 1, records: [] },
  };
}

/** An order with what came of it. Pure. */
export function withOrder(record: CertificateRecord, order: CertificateRecord['orders'][number]): CertificateRecord {
  const oldest = Date.parse(order.at) - REMEMBERED_DAYS * DAY;
  return { ...record, orders: [...record.orders.filter(({ at }) => Date.parse(at) >= oldest), order] };
}

export function withCertificate(
  record: CertificateRecord,
  key: string,
  certificate: CertificateRecord['certificates'][string],
): CertificateRecord {
  return { ...record, certificates: { ...record.certificates, [key]: certificate } };
}

/** A run that failed. Pure. */
export function withFailure(
  record: CertificateRecord,
  key: string,
  failure: { at: Date; code: string; message: string; tryAgainAt?: Date | undefined },
): CertificateRecord {
  const { at, code, message, tryAgainAt } = failure;
  const before = record.failures[key] ?? [];
  const failures = [...before, { at: at.toISOString(), code, message }].slice(-REMEMBERED_FAILURES);
  return {
    ...record,
    failures: { ...record.failures, [key]: failures },
    notBefore: tryAgainAt === undefined ? record.notBefore : { ...record.notBefore, [key]: tryAgainAt.toISOString() },
  };
}

/** All is well again. Pure. */
export function withoutFailures(record: CertificateRecord, key: string): CertificateRecord {
  const { [key]: _failures, ...failures } = record.failures;
  const { [key]: _notBefore, ...notBefore } = record.notBefore;
  return { ...record, failures, notBefore };
}
