import { jest } from '@jest/globals';
import type { Received, Reply } from './server.testing.ts';

jest.unstable_mockModule('@actions/core', () => ({ setSecret: () => undefined }));
const { withFile } = await import('./identity.ts');
const { openBucket } = await import('./storage.ts');
const { startServer } = await import('./server.testing.ts');
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Cloud Storage as far as the client asks it here, with the token service beside it. */
async function bucketAt(storage: (request: Received) => Reply | undefined) {
  const server = await startServer((request) => {
    if (request.url === '/token')
      return {
        status: 200,
        body: { access_token: 'federated', issued_token_type: 't', token_type: 'Bearer', expires_in: 3600 },
      };
    return storage(request) ?? { status: 404, body: { error: { code: 404, message: `Not found: ${request.url}` } } };
  });
  const directory = mkdtempSync(join(tmpdir(), 'storage-'));
  writeFileSync(join(directory, 'subject'), 'github-oidc-token');
  writeFileSync(
    join(directory, 'credentials.json'),
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.url}/token`,
      credential_source: { file: join(directory, 'subject') },
    }),
  );
  const identity = await withFile(
    join(directory, 'credentials.json'),
    true,
    'livekit-plan@nova.iam.gserviceaccount.com',
  );
  return { bucket: await openBucket('state', identity, { storage: server.url }), server };
}

const error = (status: number, message: string): Reply => ({ status, body: { error: { code: status, message } } });

test('an object that is not there is no failure', async () => {
  const { bucket, server } = await bucketAt((request) =>
    request.url.startsWith('/storage/v1/b/state/o?') ? { status: 200, body: { items: [] } } : undefined,
  );
  await expect(bucket.read('livekit/dev/outputs.json')).resolves.toBeUndefined();
  expect(server.received.some((request) => request.headers.authorization === 'Bearer federated')).toBe(true);
  await server.close();
});

test('a bucket that is not there is named', async () => {
  const { bucket, server } = await bucketAt(() => undefined);
  await expect(bucket.read('livekit/dev/outputs.json')).rejects.toMatchObject({
    code: 'LK-GOOGLE-011',
    message: 'The bucket gs://state does not exist.',
  });
  await server.close();
});

test('a refusal names the identity, the deed and the object', async () => {
  const { bucket, server } = await bucketAt(() => error(403, 'no storage.objects.get'));
  await expect(bucket.read('livekit/dev/outputs.json')).rejects.toMatchObject({
    code: 'LK-GOOGLE-006',
    message: expect.stringContaining(
      'livekit-plan@nova.iam.gserviceaccount.com may not read gs://state/livekit/dev/outputs.json',
    ) as string,
  });
  await server.close();
});

test('writes only over the generation that was read', async () => {
  const { bucket, server } = await bucketAt((request) =>
    request.url.startsWith('/upload/') ? error(412, 'conditionNotMet') : undefined,
  );
  await expect(
    bucket.write('livekit/dev/outputs.json', '{}', { contentType: 'application/json', ifGeneration: '5' }),
  ).rejects.toMatchObject({
    code: 'LK-GOOGLE-012',
    message: 'gs://state/livekit/dev/outputs.json changed meanwhile, so it was not written.',
  });
  expect(server.received.find((request) => request.url.startsWith('/upload/'))?.url).toContain('ifGenerationMatch=5');
  await server.close();
});

test('removes only the generation that was meant', async () => {
  const { bucket, server } = await bucketAt((request) =>
    request.method === 'DELETE' ? error(412, 'conditionNotMet') : undefined,
  );
  await expect(bucket.remove('livekit/dev/default.tflock', { ifGeneration: '5' })).rejects.toMatchObject({
    code: 'LK-GOOGLE-012',
  });
  expect(server.received.find(({ method }) => method === 'DELETE')?.url).toContain('ifGenerationMatch=5');
  await server.close();
});

test('a download that is refused once, or breaks off, is tried again; what comes damaged is no content', async () => {
  let downloads = 0;
  const { bucket, server } = await bucketAt(({ url }) => {
    if (!url.includes('alt=media')) return { status: 200, body: { generation: '7', crc32c: 'yZRlqg==' } };
    downloads += 1;
    if (downloads === 1) return error(503, 'away');
    return { status: 200, body: url.includes('damaged') ? 'hello worle' : 'hello world' };
  });
  await expect(bucket.read('whole')).resolves.toEqual({ content: Buffer.from('hello world'), generation: '7' });
  expect(server.received.at(-1)?.url).toContain('generation=7');
  await expect(bucket.read('damaged')).rejects.toMatchObject({
    message: expect.stringContaining('does not have the checksum') as string,
  });
  await server.close();
});
