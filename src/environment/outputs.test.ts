import { googleFailures } from '../google/failures.ts';
import type { Bucket } from '../google/storage.ts';
import { environmentPaths, type OutputsDocument, publishOutputs, readOutputs } from './outputs.ts';

const document: OutputsDocument = {
  schemaVersion: 1,
  environment: 'dev',
  publishedAt: '2026-11-21T09:00:00Z',
  commit: 'c'.repeat(40),
  state: { lineage: 'l', serial: 3 },
  outputs: {
    project_id: 'p',
    region: 'asia-northeast1',
    cluster_name: 'livekit-cluster-dev',
    cluster_location: 'asia-northeast1',
    cluster_dns_endpoint: null,
    redis_host: '10.0.0.3',
    redis_port: 6379,
    redis_tier: 'BASIC',
    redis_memory_size_gb: 1,
    domain: 'livekit-dev.example.com',
    turn_domain: 'turn-dev.example.com',
    livekit_secret_id: 'projects/p/secrets/livekit-dev-keys',
    livekit_secret_version: '1',
    node_pool_name: 'livekit-dev',
    node_pool_min_nodes: 1,
    node_pool_max_nodes: 3,
    node_machine_type: 'c2-standard-4',
    network_name: 'livekit-dev',
    get_credentials_command: 'gcloud container clusters get-credentials livekit-cluster-dev',
  },
};

function bucket(content?: string) {
  const objects = new Map<string, { content: Buffer; generation: string }>();
  if (content !== undefined)
    objects.set('livekit/dev/outputs.json', { content: Buffer.from(content), generation: '5' });
  const writes: { path: string; ifGeneration: string | undefined }[] = [];
  const fake: Bucket = {
    name: 'b',
    read: (path) => Promise.resolve(objects.get(path)),
    write: (path, _content, options) => {
      writes.push({ path, ifGeneration: options.ifGeneration });
      return Promise.resolve('6');
    },
    list: () => Promise.resolve([]),
    remove: () => Promise.resolve(),
  };
  return { fake, writes };
}

test('a published document is read back with its generation', async () => {
  const { fake } = bucket(JSON.stringify(document));
  await expect(readOutputs(fake, 'dev')).resolves.toEqual({ ...document, generation: '5' });
});

test('an environment that was never applied is told apart from a broken one', async () => {
  await expect(readOutputs(bucket().fake, 'dev')).rejects.toMatchObject({ code: 'LK-ENV-001' });
  await expect(readOutputs(bucket('{').fake, 'dev')).rejects.toMatchObject({
    code: 'LK-ENV-002',
    message: 'gs://b/livekit/dev/outputs.json is not valid JSON.',
  });
});

test('an answer that may mean either is told as such', async () => {
  const { fake } = bucket();
  const denied = googleFailures.failure('permissionDenied', { what: 'livekit-deploy may not read it.' });
  await expect(readOutputs({ ...fake, read: () => Promise.reject(denied) }, 'dev')).rejects.toMatchObject({
    code: 'LK-ENV-001',
    message: 'livekit-deploy may not read it. Or the environment dev was never applied.',
  });
});

test('the place of what is wrong is named', async () => {
  const wrong = JSON.stringify({ ...document, outputs: { ...document.outputs, redis_port: 'six' } });
  await expect(readOutputs(bucket(wrong).fake, 'dev')).rejects.toThrow('is wrong at `outputs.redis_port`');
});

test.each([
  ['the first time', undefined, '0'],
  ['over the generation that was read', JSON.stringify(document), '5'],
])('is written %s', async (_name, present, ifGeneration) => {
  const { fake, writes } = bucket(present);
  await publishOutputs(fake, document);
  expect(writes).toEqual([{ path: 'livekit/dev/outputs.json', ifGeneration }]);
});

test('nothing is written that could not be read again', async () => {
  const { fake, writes } = bucket();
  const wrong = { ...document, outputs: { ...document.outputs, domain: '' } };
  await expect(publishOutputs(fake, wrong)).rejects.toMatchObject({ code: 'LK-ENV-002' });
  expect(writes).toEqual([]);
});

test.each(['', 'Dev', '../prd', 'a'.repeat(21), '1dev'])('the environment name %j is refused', (name) => {
  expect(() => environmentPaths(name)).toThrow('is not usable');
});
