import { environmentPaths } from '../environment/outputs.ts';
import { publishResult } from './publish-environment.ts';
import { statePath } from './state.ts';
import { bucketInMemory } from './test-bench.ts';
import type { Workplace } from './workplace.ts';

const OUTPUTS = environmentPaths('dev').outputs;
const COMMIT = 'f'.repeat(40);

function placeWith(output: () => Promise<string>): { place: Workplace; bucket: ReturnType<typeof bucketInMemory> } {
  const bucket = bucketInMemory();
  bucket.objects.set(statePath('dev'), Buffer.from(JSON.stringify({ lineage: 'l', serial: 3 })));
  return { bucket, place: { environment: 'dev', bucket, engine: { output } } as unknown as Workplace };
}

const value = (given: unknown, sensitive = false) => ({ value: given, sensitive });
const outputs = {
  project_id: value('nova'),
  region: value('asia-northeast1'),
  cluster_name: value('livekit-cluster-dev'),
  cluster_location: value('asia-northeast1'),
  cluster_dns_endpoint: value(null),
  redis_host: value('10.0.0.3'),
  redis_port: value(6379),
  redis_tier: value('BASIC'),
  redis_memory_size_gb: value(1),
  domain: value('livekit.example.com'),
  turn_domain: value('turn.example.com'),
  livekit_secret_id: value('projects/nova/secrets/livekit'),
  livekit_secret_version: value('latest'),
  node_pool_name: value('livekit'),
  node_pool_min_nodes: value(1),
  node_pool_max_nodes: value(3),
  node_machine_type: value('c3-standard-4'),
  network_name: value('livekit'),
  get_credentials_command: value('gcloud …'),
  redis_auth: value('swordfish', true),
};

test('after an apply the outputs are published with their commit, sensitive ones left out', async () => {
  const { place, bucket } = placeWith(() => Promise.resolve(JSON.stringify(outputs)));
  const published = await publishResult(place, COMMIT, 'apply');
  expect(published?.uri).toBe(`gs://${bucket.name}/${OUTPUTS}`);
  const text = bucket.objects.get(OUTPUTS)?.toString() ?? '';
  expect(JSON.parse(text)).toMatchObject({ commit: COMMIT, outputs: { redis_host: '10.0.0.3' } });
  expect(text).not.toContain('swordfish');
});

test('after a destroy the document is taken away', async () => {
  const { place, bucket } = placeWith(() => Promise.reject(new Error('there is nothing to ask for')));
  bucket.objects.set(OUTPUTS, Buffer.from('{}'));
  expect(await publishResult(place, COMMIT, 'destroy')).toBeUndefined();
  expect(bucket.objects.has(OUTPUTS)).toBe(false);
});

test('outputs that could not be published do not read as a failed apply', async () => {
  const { place } = placeWith(() => Promise.resolve(JSON.stringify({ ...outputs, redis_port: value('many') })));
  await expect(publishResult(place, COMMIT, 'apply')).rejects.toMatchObject({
    code: expect.stringMatching(/^LK-ENV-/) as string,
    message: expect.stringMatching(/redis_port.* The plan itself is done: nothing of it is left to apply\.$/) as string,
  });
});
