import { jest } from '@jest/globals';
import type { Identity } from './identity.ts';
import type { Received, Reply } from './server.testing.ts';

const secrets: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({ setSecret: (secret: string) => secrets.push(secret) }));
const { googleClient } = await import('./request.ts');
const { addSecretVersion, listVersions, readNewestSecret, readSecret, retireSecretVersion } =
  await import('./secret.ts');
const { startServer } = await import('./server.testing.ts');

const SECRET = 'projects/nova/secrets/livekit-dev-turn-certificate';
let server: Awaited<ReturnType<typeof startServer>>;
let reply: (request: Received) => Reply;

beforeAll(async () => {
  server = await startServer((request) => reply(request));
});
afterAll(() => server.close());
beforeEach(() => void server.received.splice(0));

function google() {
  const identity = { serviceAccount: 'turn-cert', accessToken: () => Promise.resolve('token') } as unknown as Identity;
  return googleClient(identity, { googleapis: server.url });
}
const version = (number: number, state = 'ENABLED') => ({
  name: `projects/1/secrets/x/versions/${number}`,
  state,
  createTime: '2026-11-21T10:00:00Z',
  etag: `"e${number}"`,
});
const payload = (number: number, value: string) => ({
  name: version(number).name,
  payload: { data: Buffer.from(value).toString('base64') },
});
const failed = (status: number, message: string): Reply => ({ status, body: { error: { code: status, message } } });

test('a value is masked, all of it or what is said of it', async () => {
  reply = () => ({ status: 200, body: payload(3, 'a-secret-value') });
  expect(await readSecret(google(), SECRET, '3')).toEqual({ value: 'a-secret-value', version: '3' });
  expect(secrets).toContain('a-secret-value');
  const concealed: string[] = [];
  await readSecret(google(), SECRET, '3', (value) => concealed.push(value));
  expect(concealed).toEqual(['a-secret-value']);
});

test('where the newest version is disabled, the newest that is enabled is read', async () => {
  reply = ({ url }) => {
    if (url.endsWith('/versions/latest:access')) return failed(400, 'Secret Version [x/3] is in DISABLED state.');
    if (url.includes('/versions?'))
      return { status: 200, body: { versions: [version(3, 'DISABLED'), version(2), version(1)] } };
    return { status: 200, body: payload(2, 'the second') };
  };
  expect(await readNewestSecret(google(), SECRET)).toEqual({ value: 'the second', version: '2' });
});

test.each([
  ['there is none', () => failed(404, 'not found or has no versions.')],
  [
    'none is enabled',
    ({ url }: Received) =>
      url.includes('/versions?')
        ? { status: 200, body: { versions: [version(1, 'DESTROYED')] } }
        : failed(400, 'DESTROYED'),
  ],
])('it is nothing where %s', async (_name, answer) => {
  reply = answer;
  expect(await readNewestSecret(google(), SECRET)).toBeUndefined();
});

test('an identity that may not read it is no empty secret', async () => {
  reply = () => failed(403, 'denied');
  await expect(readNewestSecret(google(), SECRET)).rejects.toMatchObject({ code: 'LK-GOOGLE-006' });
});

test('all pages of versions are listed, oldest first', async () => {
  reply = ({ url }) => ({
    status: 200,
    body: url.includes('pageToken=next')
      ? { versions: [version(1)] }
      : { versions: [version(2)], nextPageToken: 'next' },
  });
  expect((await listVersions(google(), SECRET)).map(({ number }) => number)).toEqual([1, 2]);
});

test('a version is added with its checksum', async () => {
  reply = () => ({ status: 200, body: version(4) });
  expect(await addSecretVersion(google(), SECRET, '123456789')).toBe('4');
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
    // The check value of CRC-32C.
    payload: { data: Buffer.from('123456789').toString('base64'), dataCrc32c: String(0xe3069283) },
  });
});

test('a version is retired only as it was seen', async () => {
  reply = () => ({ status: 200, body: version(1, 'DISABLED') });
  await retireSecretVersion(google(), SECRET, { number: 1, etag: '"e1"' }, 'disable');
  expect([server.received[0]?.url, server.received[0]?.body]).toEqual([
    `/secretmanager.googleapis.com/v1/${SECRET}/versions/1:disable`,
    '{"etag":"\\"e1\\""}',
  ]);
  reply = () => failed(409, 'The etag does not match');
  await expect(retireSecretVersion(google(), SECRET, { number: 1, etag: '"e0"' }, 'destroy')).rejects.toMatchObject({
    code: 'LK-GOOGLE-012',
  });
});

test('a state that is not known is no state to go by', async () => {
  reply = () => ({ status: 200, body: { versions: [version(1, 'MELTED')] } });
  await expect(listVersions(google(), SECRET)).rejects.toMatchObject({ code: 'LK-GOOGLE-009' });
});
