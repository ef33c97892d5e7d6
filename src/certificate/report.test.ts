import { jest } from '@jest/globals';
import type { CertificateResult } from './result.ts';

jest.unstable_mockModule('@actions/core', () => ({ setSecret: () => undefined }));
const { daysLeft, nearEnd, renderCertificate } = await import('./report.ts');
const { EMPTY_RECORD } = await import('./record.ts');
const { certificateFailures } = await import('./failures.ts');

const now = new Date('2026-11-21T15:00:00Z');
const days = (count: number) => new Date(now.getTime() + count * 24 * 3600 * 1000);
const result = (more: Partial<CertificateResult> = {}): CertificateResult => ({
  status: 'renewed',
  isNew: true,
  reason: 'Due: a new certificate was asked for (`force`).',
  certificate: {
    names: ['turn.nova.dev'],
    serial: '03aa4bc5d6e7f8091a2b3c4d',
    issuer: 'Let’s Encrypt E7',
    notBefore: days(0),
    notAfter: days(45),
  },
  nextCheck: days(30),
  isWell: true,
  draining: [],
  notes: [],
  failure: undefined,
  ...more,
});
afterEach(() => {
  delete process.env['GITHUB_ACTION_REPOSITORY'];
  delete process.env['GITHUB_ACTION_REF'];
});
const subject = { environment: 'prd', secretName: 'livekit-turn-tls-prd', key: 'livekit-turn-tls-prd' };
const rowOf = (text: string) => text.split('\n').find((line) => line.startsWith('| prd')) ?? '';

test('every environment has one row of the same table', () => {
  expect(rowOf(renderCertificate(result(), subject, now))).toBe(
    '| prd | <code>livekit-turn-tls-prd</code> | ✅ renewed | turn.nova.dev | Let’s Encrypt E7 | 2027-01-05 15:00 UTC (45 days) | <code>03aa4bc5d6e7f809</code> | 2026-12-21 15:00 UTC |',
  );
  const heads = [result(), result({ certificate: undefined, status: 'failed' })].map(
    (one) => renderCertificate(one, subject, now).split('\n')[2],
  );
  expect(new Set(heads).size).toBe(1);
});

test('the certificates of all environments are rows of the same table, as their last runs wrote them down', () => {
  const kept = (left: number) => ({
    ...{ serial: '0badc0ffee', issuer: 'E7', names: ['chat.nova.dev'] },
    ...{ issued: days(-3).toISOString(), notBefore: days(left - 45).toISOString(), notAfter: days(left).toISOString() },
  });
  const failure = { at: days(-1).toISOString(), code: 'LK-ACME-010', message: 'No.' };
  const own = { ...EMPTY_RECORD, certificates: { 'livekit-turn-tls-prd': kept(1), 'messaging/chat-tls': kept(42) } };
  const stg = {
    ...EMPTY_RECORD,
    certificates: { 'livekit-turn-tls-stg': kept(10), 'messaging/chat-tls': kept(30) },
    failures: { 'messaging/chat-tls': [failure, failure], 'livekit-turn-tls-next': [failure] },
  };
  const text = renderCertificate(result(), subject, now, [
    { environment: 'prd', record: own },
    { environment: 'stg', record: stg },
    { environment: 'dev', record: EMPTY_RECORD },
    { environment: 'far', record: undefined },
  ]);
  const rows = text.split('\n').filter((line) => /^\| (prd|stg|dev|far) /.test(line));
  expect(rows.map((line) => line.split(' | ').slice(0, 3).join(' '))).toEqual([
    '| prd <code>livekit-turn-tls-prd</code> ✅ renewed',
    '| prd <code>messaging/chat-tls</code> ✅ since 2026-11-18 15:00 UTC',
    '| stg <code>livekit-turn-tls-next</code> ❌ failed 1 time, <code>LK-ACME-010</code>',
    '| stg <code>livekit-turn-tls-stg</code> ⚠️ ends soon',
    '| stg <code>messaging/chat-tls</code> ❌ failed 2 times, <code>LK-ACME-010</code>',
    '| dev  nothing is written down in this bucket',
    '| far  nothing is written down in this bucket',
  ]);
  expect(rows[4]).toContain('| chat.nova.dev | E7 | 2026-12-21 15:00 UTC (30 days) |');
});

test('old pods that hold calls, notes and a failure are told below', () => {
  const pod = { name: 'livekit-server-abc', node: 'n', drainingSeconds: 1, graceSeconds: 18_000, load: undefined };
  const failure = certificateFailures.failure('notServed', { what: 'The new pod x serves another.' });
  const text = renderCertificate(
    result({ status: 'draining', draining: [pod], notes: ['A note.'], failure }),
    subject,
    now,
  );
  expect(text).toContain(
    'Old pods that serve the earlier certificate until their calls end: <code>livekit-server-abc</code>.',
  );
  expect(text).toContain('> A note.');
  expect(text).toContain(`**LK-CERT-014** The new pod x serves another.\n\n*Why:* `);
  expect(text).toMatch(/\n\n\*Fix:\* \S/);
  expect(rowOf(text)).toContain('renewed, old pods drain');
});

test('in a job of GitHub a code leads to its section, this run’s and those that were written down', () => {
  process.env['GITHUB_ACTION_REPOSITORY'] = 'org/livekit-gke';
  process.env['GITHUB_ACTION_REF'] = 'v1';
  const failure = certificateFailures.failure('notServed', { what: 'The new pod x serves another.' });
  const earlier = { at: days(-1).toISOString(), code: 'LK-ACME-010', message: 'No.' };
  const text = renderCertificate(result({ status: 'failed', failure }), subject, now, [
    { environment: 'stg', record: { ...EMPTY_RECORD, failures: { turn: [earlier] } } },
  ]);
  const page = 'https://github.com/org/livekit-gke/blob/v1/docs/messages.md';
  expect(text).toContain(`[**LK-CERT-014**](${page}#lk-cert-014) The new pod x`);
  expect(text).toContain(`❌ failed 1 time, [<code>LK-ACME-010</code>](${page}#lk-acme-010) |`);
});

test.each([
  [45, 11, 'ends in 11 days'],
  [45, 12, undefined],
  [6, 1.4, 'ends in 1 day,'],
  [6, 1.6, undefined],
  [45, -2, 'has ended'],
])('of %s days %s are left: %s', (life, left, words) => {
  const certificate = { names: [], serial: '', issuer: '', notBefore: days(left - life), notAfter: days(left) };
  const warning = nearEnd(result({ certificate }), subject, now);
  if (words === undefined) expect(warning).toBeUndefined();
  else expect(warning).toContain(words);
});

test('days are whole ones', () => {
  expect([daysLeft(days(1.9), now), daysLeft(days(0.5), now), daysLeft(days(-0.5), now)]).toEqual([1, 0, -1]);
});
