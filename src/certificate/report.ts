import { documentedCode } from '../runner/documentation.ts';
import { code, plain, prose, table } from '../runner/markdown.ts';
import type { CertificateRecord } from './record.ts';
import { type CertificateFacts, type CertificateResult, type CertificateStatus, factsFrom } from './result.ts';

/** The step warns when less than this part of a certificate's life is left. */
export const WARNING_FRACTION = 1 / 4;

const DAY = 24 * 3600 * 1000;

const SIGNS: Readonly<Record<CertificateStatus, string>> = {
  'not-due': '✅ not due',
  stored: '⚠️ stored, not installed yet',
  installed: '✅ installed',
  renewed: '✅ renewed',
  draining: '✅ renewed, old pods drain',
  'rolled-back': '❌ rolled back',
  failed: '❌ failed',
};

export interface Subject {
  readonly environment: string;
  readonly secretName: string;
  /** Under which the environment's record has it. */
  readonly key: string;
}

/** What earlier runs wrote down of an environment; `undefined` where that cannot be read. */
export interface Neighbour {
  readonly environment: string;
  readonly record: CertificateRecord | undefined;
}

/** Whole days; negative when it has ended. */
export function daysLeft(notAfter: Date, now: Date): number {
  return Math.floor((notAfter.getTime() - now.getTime()) / DAY);
}

/** A sentence when the certificate's end is near, which a working renewal never lets come. */
export function nearEnd(
  { certificate }: Pick<CertificateResult, 'certificate'>,
  { environment, secretName }: Pick<Subject, 'environment' | 'secretName'>,
  now: Date,
): string | undefined {
  if (certificate === undefined || !isNearEnd(certificate, now)) return undefined;
  const { notAfter } = certificate;
  const left = notAfter.getTime() - now.getTime();
  const when = left <= 0 ? 'has ended' : `ends in ${count(Math.floor(left / DAY), 'day')}`;
  return `The certificate ${secretName} of ${environment} ${when}, on ${date(notAfter)}: less than a quarter of its life is left, so renewals do not work.`;
}

/**
 * A row for each certificate of each environment: this run's first, then what the last runs wrote down of the others, so that
 * any part of a matrix shows them all.
 */
export function renderCertificate(
  result: CertificateResult,
  subject: Subject,
  now: Date,
  neighbours: readonly Neighbour[] = [],
): string {
  const { certificate, draining, failure, notes } = result;
  const status = result.status === 'draining' && !result.isNew ? '✅ installed, old pods drain' : SIGNS[result.status];
  const next = result.nextCheck === undefined ? '' : date(result.nextCheck);
  const rows = [
    row(subject.environment, subject.secretName, status, certificate, next, now),
    ...neighbours.flatMap((neighbour) => neighbourRows(neighbour, subject, now)),
  ];
  const head = ['environment', 'secret', 'status', 'names', 'issuer', 'valid until', 'serial', 'looked at again'];
  return [
    `### turn-cert ${plain(subject.environment)}`,
    table(
      head,
      head.map(() => 'left'),
      rows,
    ),
    prose(result.reason),
    ...notes.map((note) => `> ${prose(note)}`),
    ...(draining.length === 0
      ? []
      : [
          `Old pods that serve the earlier certificate until their calls end: ${draining.map(({ name }) => code(name)).join(', ')}.`,
        ]),
    ...(failure === undefined
      ? []
      : [
          `${documentedCode(failure.code)} ${prose(failure.message)}`,
          `*Why:* ${prose(failure.why)}`,
          `*Fix:* ${prose(failure.fix)}`,
        ]),
  ].join('\n\n');
}

function row(
  environment: string,
  secret: string,
  status: string,
  certificate: CertificateFacts | undefined,
  next: string,
  now: Date,
): string[] {
  return [
    plain(environment),
    secret === '' ? '' : code(secret),
    status,
    certificate === undefined ? '' : plain(certificate.names.join(', ')),
    certificate === undefined ? '' : plain(certificate.issuer),
    certificate === undefined
      ? ''
      : `${date(certificate.notAfter)} (${count(daysLeft(certificate.notAfter, now), 'day')})`,
    certificate === undefined ? '' : code(certificate.serial.slice(0, 16)),
    next,
  ];
}

function neighbourRows({ environment, record }: Neighbour, subject: Subject, now: Date): string[][] {
  const isOwn = environment === subject.environment;
  const keys = Object.keys({ ...record?.certificates, ...record?.failures })
    .filter((key) => !(isOwn && key === subject.key))
    .sort();
  if (record === undefined || keys.length === 0) {
    return isOwn ? [] : [row(environment, '', 'nothing is written down in this bucket', undefined, '', now)];
  }
  return keys.map((key) => row(environment, key, lastStatus(record, key, now), factsFrom(record, key), '', now));
}

function lastStatus(record: CertificateRecord, key: string, now: Date): string {
  const failures = record.failures[key] ?? [];
  const last = failures.at(-1);
  if (last !== undefined)
    return `❌ failed ${count(failures.length, 'time')}, ${documentedCode(last.code, code(last.code))}`;
  const known = record.certificates[key];
  const facts = factsFrom(record, key);
  if (known === undefined || facts === undefined) return '';
  return isNearEnd(facts, now) ? '⚠️ ends soon' : `✅ since ${date(new Date(known.issued))}`;
}

function isNearEnd({ notBefore, notAfter }: CertificateFacts, now: Date): boolean {
  const left = notAfter.getTime() - now.getTime();
  return left < (notAfter.getTime() - notBefore.getTime()) * WARNING_FRACTION;
}

const date = (when: Date) => `${when.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
