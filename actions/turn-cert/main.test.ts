import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { certificateFailures } from '../../src/certificate/failures.ts';
import type { CertificateResult } from '../../src/certificate/result.ts';

let inputs: Record<string, string>;
let outputs: Record<string, string>;
let state: Record<string, string>;
const secrets: string[] = [];
const warnings: string[] = [];

jest.unstable_mockModule('@actions/core', () => ({
  getInput: (name: string) => inputs[name] ?? '',
  setOutput: (name: string, value: unknown) => (outputs[name] = String(value)),
  saveState: (name: string, value: string) => (state[name] = value),
  getState: (name: string) => state[name] ?? '',
  setSecret: (secret: string) => secrets.push(secret),
  startGroup: () => undefined,
  endGroup: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  warning: (text: string) => warnings.push(text),
}));

const { memoryBucket } = await import('../../src/certificate/world.fixture.ts');
const { recordDocument } = await import('../../src/certificate/record.ts');

const DAY = 24 * 3600 * 1000;
const result: CertificateResult = {
  status: 'renewed',
  isNew: true,
  reason: 'Due: a new certificate was asked for (`force`).',
  certificate: {
    names: ['turn.nova.dev'],
    serial: '03aa4b',
    issuer: 'Let’s Encrypt E7',
    notBefore: new Date(Date.now() - 10 * DAY),
    notAfter: new Date(Date.now() + 30.5 * DAY),
  },
  nextCheck: new Date(Date.now() + 15 * DAY),
  isWell: true,
  draining: [],
  notes: [],
  failure: undefined,
};
const keepCertificate = jest.fn(() => Promise.resolve(result));
const signOut = jest.fn((_file: string) => Promise.resolve());
const putIssue = jest.fn((..._all: unknown[]) =>
  Promise.resolve({ number: 1, url: 'https://x/issues/1', change: 'opened' }),
);
const closeIssue = jest.fn((..._all: unknown[]) => Promise.resolve('https://x/issues/1'));
let bucket = memoryBucket();
const open = jest.fn((..._all: unknown[]) => {
  const remember = _all[3] as (name: string, value: string) => void;
  remember('credentials-file', '/tmp/credentials.json');
  const parts = { record: recordDocument(bucket, 'livekit/dev/turn-cert'), now: () => new Date() };
  const neighbours = () => Promise.resolve([{ environment: 'stg', record: undefined }]);
  return Promise.resolve({ wanted: {}, parts, neighbours });
});
jest.unstable_mockModule('./open.ts', () => ({ open }));
jest.unstable_mockModule('../../src/certificate/renew.ts', () => ({ keepCertificate }));
jest.unstable_mockModule('../../src/google/identity.ts', () => ({
  signOut,
  isTransientStatus: () => false,
  statusOf: () => 0,
}));
jest.unstable_mockModule('../../src/github/issue.ts', () => ({ putIssue, closeIssue, ISSUE_BODY_LIMIT: 65_000 }));
const { action } = await import('./main.ts');
const { readInputs } = await import('./inputs.ts');
const run = (signal = new AbortController().signal) => action.main(signal);

let directory: string;
const before = { ...process.env };

beforeEach(async () => {
  jest.clearAllMocks();
  warnings.splice(0);
  bucket = memoryBucket();
  directory = await mkdtemp(join(tmpdir(), 'turn-cert-'));
  Object.assign(process.env, {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'nova/livekit',
    GITHUB_ACTOR: 'ada',
    GITHUB_RUN_ID: '77',
    RUNNER_TEMP: directory,
    GITHUB_STEP_SUMMARY: join(directory, 'summary.md'),
  });
  inputs = { environment: 'dev', bucket: 'nova-livekit-dev-terraform-state', 'github-token': 'ghs_token' };
  outputs = {};
  state = {};
});
afterEach(async () => {
  process.env = { ...before };
  await rm(directory, { recursive: true });
});

const record = () =>
  JSON.parse(bucket.objects.get('livekit/dev/turn-cert/record.json')?.content.toString() ?? '{}') as {
    failures?: Record<string, { code: string }[]>;
  };

test('outputs and summary tell what came of it', async () => {
  await run();
  expect(outputs).toMatchObject({
    status: 'renewed',
    renewed: 'true',
    serial: '03aa4b',
    issuer: 'Let’s Encrypt E7',
    'days-left': '30',
  });
  expect(Date.parse(outputs['next-check'] ?? '')).toBe(result.nextCheck?.getTime());
  expect(await readFile(join(directory, 'summary.md'), 'utf8')).toContain(
    '| dev | <code>livekit-turn-tls-dev</code> | ✅ renewed |',
  );
  expect(open.mock.calls[0]?.[4]).toBe('by ada in https://github.com/nova/livekit/actions/runs/77, attempt 1');
  expect(warnings).toEqual([]);
  expect(bucket.objects.size).toBe(0);
  expect(await readFile(join(directory, 'summary.md'), 'utf8')).toContain('| stg |  | nothing is written down');
});

test('a run that fails tells what is known of the certificate, and warns when its end is near', async () => {
  const certificate = {
    ...{ serial: '0badc0ffee', issuer: 'E7', names: ['turn.nova.dev'], issued: new Date().toISOString() },
    notBefore: new Date(Date.now() - 42 * DAY).toISOString(),
    notAfter: new Date(Date.now() + 3.5 * DAY).toISOString(),
  };
  const known = { schemaVersion: 1, certificates: { 'livekit-turn-tls-dev': certificate } };
  await bucket.write('livekit/dev/turn-cert/record.json', JSON.stringify(known), { contentType: 'application/json' });
  keepCertificate.mockRejectedValueOnce(certificateFailures.failure('busy', { what: 'Another run.' }));
  await expect(run()).rejects.toMatchObject({ code: 'LK-CERT-010' });
  expect(outputs).toMatchObject({ status: 'failed', renewed: 'false', serial: '0badc0ffee', 'days-left': '3' });
  expect(warnings.join()).toContain('ends in 3 days');
  const summary = await readFile(join(directory, 'summary.md'), 'utf8');
  expect(summary).toContain('| dev | <code>livekit-turn-tls-dev</code> | ❌ failed | turn.nova.dev | E7 |');
  expect(summary).toContain('**LK-CERT-010** Another run.');
});

test('a certificate whose end is near is a warning', async () => {
  const certificate = { ...result.certificate, notAfter: new Date(Date.now() + 2.5 * DAY) };
  keepCertificate.mockResolvedValueOnce({ ...result, certificate } as CertificateResult);
  await run();
  expect(warnings.join()).toContain('ends in 2 days');
});

describe('a failed renewal', () => {
  const failure = certificateFailures.failure('notServed', { what: 'The pod serves another.' });
  const failing = () =>
    keepCertificate.mockResolvedValueOnce({ ...result, status: 'rolled-back', isWell: false, failure });

  test('sets its outputs before the step fails, and is counted', async () => {
    failing();
    await expect(run()).rejects.toBe(failure);
    expect(outputs['status']).toBe('rolled-back');
    expect(record().failures?.['livekit-turn-tls-dev']).toEqual([expect.objectContaining({ code: 'LK-CERT-014' })]);
    expect(putIssue).not.toHaveBeenCalled();
  });

  test('the second time in a row opens an issue, which a good run closes', async () => {
    failing();
    await expect(run()).rejects.toBe(failure);
    keepCertificate.mockRejectedValueOnce(certificateFailures.failure('busy', { what: 'Busy.' }));
    await expect(run()).rejects.toMatchObject({ code: 'LK-CERT-010' });
    expect(outputs['status']).toBe('failed');
    expect(putIssue.mock.calls.map(([, issue]) => issue)).toEqual([
      { kind: 'turn-cert', key: 'dev-livekit-turn-tls-dev', label: 'turn-cert' },
    ]);
    await run();
    expect(closeIssue).toHaveBeenCalledTimes(1);
    expect(record().failures).toEqual({});
    await run();
    expect(closeIssue).toHaveBeenCalledTimes(1);
  });

  test('opens none where none is wanted', async () => {
    inputs['issue'] = 'false';
    for (let count = 0; count < 3; count++) {
      failing();
      await expect(run()).rejects.toBe(failure);
    }
    expect(putIssue).not.toHaveBeenCalled();
  });

  test('that cannot be written down is told by its own words', async () => {
    failing();
    bucket.write = () => Promise.reject(new Error('no bucket'));
    await expect(run()).rejects.toBe(failure);
    expect(warnings.join()).toContain('no bucket');
  });
});

test('a cancelled run counts as no failure', async () => {
  const cancel = new AbortController();
  keepCertificate.mockImplementationOnce(() => {
    cancel.abort(new Error('cancelled'));
    return Promise.reject(new Error('cancelled'));
  });
  await expect(run(cancel.signal)).rejects.toThrow('cancelled');
  expect(bucket.objects.size).toBe(0);
});

test('not due is a success, and forgets failures only when nothing is overdue', async () => {
  keepCertificate.mockRejectedValueOnce(new Error('no'));
  await expect(run()).rejects.toThrow('no');
  keepCertificate.mockResolvedValueOnce({ ...result, status: 'not-due', isNew: false, isWell: false });
  await run();
  expect([outputs['renewed'], record().failures?.['livekit-turn-tls-dev']?.length]).toEqual(['false', 1]);
  keepCertificate.mockResolvedValueOnce({ ...result, status: 'not-due', isNew: false });
  await run();
  expect(record().failures).toEqual({});
});

test('post takes the credentials away, and main where there is no post', async () => {
  await run();
  expect(signOut).not.toHaveBeenCalled();
  await action.post?.(new AbortController().signal);
  expect(signOut).toHaveBeenCalledWith('/tmp/credentials.json');
  delete process.env['GITHUB_ACTIONS'];
  await run();
  expect(signOut).toHaveBeenCalledTimes(2);
});

describe('inputs', () => {
  test('an add-on’s certificate is known by its namespace, too', () => {
    Object.assign(inputs, { 'secret-name': 'chat-tls', namespace: 'messaging', domains: 'chat.nova.dev' });
    inputs['environments'] = 'dev\nstg';
    expect(readInputs()).toMatchObject({ isOwn: false, key: 'messaging/chat-tls', environments: ['stg'] });
  });

  test('have the defaults of action.yml', () => {
    expect(readInputs()).toMatchObject({
      source: 'acme',
      secretName: 'livekit-turn-tls-dev',
      isOwn: true,
      namespace: 'livekit',
      release: 'livekit-server',
      directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
      keyType: 'ecdsa-p256',
      force: false,
      keepVersions: 3,
      olderVersions: 'disable',
      timeoutSeconds: 900,
      drainSeconds: 600,
    });
  });

  const key = '-----BEGIN PRIVATE KEY-----\ncanary-canary-canary\n-----END PRIVATE KEY-----';
  test.each([
    [{ source: 'file' }, 'LK-INPUT-002', 'takes one of'],
    [{ source: 'pem', certificate: 'x' }, 'LK-INPUT-001', '`private-key` is missing'],
    [{ source: 'pem', 'private-key': key }, 'LK-INPUT-001', '`certificate` is missing'],
    [{ 'private-key': key }, 'LK-INPUT-003', 'is not used'],
    [{ domains: 'turn.nova.dev\nno domain' }, 'LK-INPUT-002', 'has the line "no domain"'],
    [{ domains: 'localhost' }, 'LK-INPUT-002', 'a domain name'],
    [{ directory: 'http://acme.test/dir' }, 'LK-ACME-001', 'http://acme.test/dir'],
    [{ contact: 'ada' }, 'LK-INPUT-002', 'e-mail'],
    [{ 'eab-key-id': 'x' }, 'LK-INPUT-001', '`eab-hmac-key` is missing'],
    [{ profile: 'shortlived' }, 'LK-CERT-017', 'shortlived'],
    [{ 'secret-name': 'gateway-tls' }, 'LK-INPUT-001', '`domains` is missing'],
    [{ 'secret-name': 'Gateway' }, 'LK-INPUT-002', 'name of a Kubernetes Secret'],
    [{ roll: 'CronJob/x' }, 'LK-INPUT-002', 'a Deployment’s name'],
    [{ 'certificate-secret': 'turn' }, 'LK-INPUT-002', 'or none'],
    [{ 'account-secret': 'none' }, 'LK-INPUT-002', 'projects/<project>/secrets/<name>.'],
    [{ 'dns-zones': 'a/b/c' }, 'LK-INPUT-002', 'project/zone'],
    [{ 'dns-resolvers': 'dns.nova.dev' }, 'LK-INPUT-002', 'IP or IP:PORT'],
    [{ environments: 'dev\nto be' }, 'LK-INPUT-002', 'has the line "to be"'],
    [{ 'keep-versions': '0' }, 'LK-INPUT-002', 'from 1 to 100'],
    [{ force: 'maybe' }, 'LK-INPUT-002', 'true or false'],
  ])('%j is refused before anything runs', async (more, code, words) => {
    Object.assign(inputs, more);
    await expect(run()).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect(open).not.toHaveBeenCalled();
    if ('private-key' in more) expect(secrets).toContain('canary-canary-canary');
  });

  test.each([
    [{ profile: 'shortlived', 'external-tls': 'true' }],
    [{ profile: 'shortlived', 'secret-name': 'gateway-tls', domains: 'chat.nova.dev' }],
    [
      {
        'secret-name': 'gateway-tls',
        domains: '*.nova.dev',
        roll: 'StatefulSet/gateway',
        port: '8443',
        'certificate-secret': 'projects/p/secrets/s',
      },
    ],
    [{ 'dns-zones': 'other-project/zone\nzone', 'dns-resolvers': '10.0.0.1:53\n8.8.8.8\n[2001:db8::1]:53' }],
  ])('%j is taken', (more) => {
    Object.assign(inputs, more);
    expect(readInputs().environment).toBe('dev');
  });
});
