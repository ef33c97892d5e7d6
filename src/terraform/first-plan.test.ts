import { serveFirstState } from './first-plan.ts';
import { emptyState, firstStateVersion, readStateVersion, statePath, writeFirstState } from './state.ts';
import { bucketInMemory } from './test-bench.ts';

describe('before the first apply', () => {
  test('the backend reads the empty state from this process, and may write nothing', async () => {
    const content = emptyState({ lineage: 'l', serial: 1 }, '1.11.4');
    const first = await serveFirstState({ bucket: 'state', path: 'livekit/dev/default.tfstate', content });
    try {
      const address = first.environment['GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT'] ?? '';
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/storage\/v1\/$/);
      const origin = new URL(address).origin;
      const status = async (path: string, init?: RequestInit) => (await fetch(`${origin}${path}`, init)).status;
      expect(await (await fetch(`${origin}/state/livekit/dev/default.tfstate`)).text()).toBe(content);
      expect(await status('/storage/v1/b/state/o/livekit%2Fdev%2Fdefault.tfstate')).toBe(200);
      expect(await status('/state/livekit/prd/default.tfstate')).toBe(404);
      expect(await status('/upload/storage/v1/b/state/o?name=x', { method: 'POST', body: 'x' })).toBe(403);
    } finally {
      await first.close();
    }
  });

  test('there is no version of the state', async () => {
    expect(await readStateVersion(bucketInMemory(), 'dev')).toBeUndefined();
  });

  test('the apply writes the state that the plan was made against, and never over another', async () => {
    const bucket = bucketInMemory();
    const version = firstStateVersion();
    await writeFirstState(bucket, 'dev', version, '1.11.4');
    expect(await readStateVersion(bucket, 'dev')).toEqual(version);
    await expect(writeFirstState(bucket, 'dev', firstStateVersion(), '1.11.4')).rejects.toMatchObject({
      code: 'LK-GOOGLE-012',
    });
  });
});

test('a state that is none is refused without quoting it', async () => {
  const bucket = bucketInMemory();
  bucket.objects.set(statePath('dev'), Buffer.from('{"swordfish": 1'));
  await expect(readStateVersion(bucket, 'dev')).rejects.toMatchObject({
    code: 'LK-TF-020',
    message: expect.not.stringContaining('swordfish') as string,
  });
});
