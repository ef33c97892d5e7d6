import { code, plain, prose, table } from '../runner/markdown.ts';
import type { CertificateResult, CertificateStatus } from './renew.ts';

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
}

/** Whole days; negative when it has ended. */
export function daysLeft(notAfter: Date, now: Date): number {
  return Math.floor((notAfter.getTime() - now.getTime()) / DAY);
}

/** A sentence when the certificate's end is near, which a working renewal never lets come. */
export function nearEnd(
  result: CertificateResult,
  { environment, secretName }: Subject,
  now: Date,
): string | undefined {
  const { certificate } = result;
  if (certificate === undefined) return undefined;
  const { notBefore, notAfter } = certificate;
  const left = notAfter.getTime() - now.getTime();
  if (left >= (notAfter.getTime() - notBefore.getTime()) * WARNING_FRACTION) return undefined;
  const when = left <= 0 ? 'has ended' : `ends in ${count(Math.floor(left / DAY), 'day')}`;
  return `The certificate ${secretName} of ${environment} ${when}, on ${date(notAfter)}: less than a quarter of its life is left, so renewals do not work.`;
}

/** The same table for every environment, one row each, so that the parts of a matrix read as one. */
export function renderCertificate(result: CertificateResult, subject: Subject, now: Date): string {
  const { certificate, draining, failure, notes } = result;
  const status = result.status === 'draining' && !result.isNew ? '✅ installed, old pods drain' : SIGNS[result.status];
  const row = [
    plain(subject.environment),
    code(subject.secretName),
    status,
    certificate === undefined ? '' : plain(certificate.names.join(', ')),
    certificate === undefined ? '' : plain(certificate.issuer),
    certificate === undefined
      ? ''
      : `${date(certificate.notAfter)} (${count(daysLeft(certificate.notAfter, now), 'day')})`,
    certificate === undefined ? '' : code(certificate.serial.slice(0, 16)),
    result.nextCheck === undefined ? '' : date(result.nextCheck),
  ];
  const head = ['environment', 'secret', 'status', 'names', 'issuer', 'valid until', 'serial', 'looked at again'];
  return [
    `### turn-cert ${plain(subject.environment)}`,
    table(
      head,
      head.map(() => 'left'),
      [row],
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
      : [`**${plain(failure.code)}** ${prose(failure.message)}\n\n${prose(failure.why)} ${prose(failure.fix)}`]),
  ].join('\n\n');
}

const date = (when: Date) => `${when.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
