import { digestOf, type Envelope, parseEnvelope } from './envelope.ts';
import { fetchPlan, findPlans, markApplied, planPath, readApplied, storePlan } from './plan-store.ts';
import { bucketInMemory, envelopeOf } from './test-bench.ts';

const HEAD = envelopeOf().commits.head;
const content = Buffer.from('the plan');
const envelope = (more: Partial<Envelope> = {}) =>
  envelopeOf({ plan: { sha256: digestOf(content), sizeBytes: content.length, hasChanges: true }, ...more });

test('a stored plan lies under environment, commit and run, and comes back byte for byte', async () => {
  const bucket = bucketInMemory();
  const stored = await storePlan(bucket, content, envelope());
  expect(stored.path).toBe(`livekit/dev/plans/${HEAD}/42-1`);
  expect([...bucket.objects.keys()].sort()).toEqual([`${stored.path}.json`, `${stored.path}.tfplan`]);
  const [found] = await findPlans(bucket, 'dev', HEAD);
  expect(found).toEqual(stored);
  expect(await fetchPlan(bucket, stored)).toEqual(content);
});

test('the newest plan of a commit comes first, and plans of others are not found', async () => {
  const bucket = bucketInMemory();
  const run = { attempt: 1, url: 'u' };
  await storePlan(bucket, content, envelope({ run: { ...run, id: '50' }, createdAt: '2026-11-01T10:00:00Z' }));
  await storePlan(bucket, content, envelope({ run: { ...run, id: '41' }, createdAt: '2026-11-01T11:00:00Z' }));
  await storePlan(bucket, content, envelope({ environment: 'stg' }));
  const found = await findPlans(bucket, 'dev', HEAD);
  expect(found.map(({ envelope: { run } }) => run.id)).toEqual(['41', '50']);
});

test('a plan is never overwritten', async () => {
  const bucket = bucketInMemory();
  await storePlan(bucket, content, envelope());
  await expect(storePlan(bucket, Buffer.from('another'), envelope())).rejects.toMatchObject({ code: 'LK-TF-021' });
  expect(bucket.objects.get(`${planPath(envelope())}.tfplan`)?.toString()).toBe('the plan');
});

test('a write whose answer was lost finds its own bytes and goes on', async () => {
  const bucket = bucketInMemory();
  await bucket.write(`${planPath(envelope())}.tfplan`, content, { contentType: 'x', ifGeneration: '0' });
  await expect(storePlan(bucket, content, envelope())).resolves.toBeDefined();
});

describe('a damaged plan is refused', () => {
  test.each([
    ['changed', Buffer.from('the plam'), /SHA-256/],
    ['cut short', Buffer.from('the pla'), /7 bytes; 8 were stored/],
    ['gone', undefined, /is gone/],
  ])('when it is %s', async (_what, bytes, words) => {
    const bucket = bucketInMemory();
    const stored = await storePlan(bucket, content, envelope());
    if (bytes === undefined) bucket.objects.delete(`${stored.path}.tfplan`);
    else bucket.objects.set(`${stored.path}.tfplan`, bytes);
    await expect(fetchPlan(bucket, stored)).rejects.toMatchObject({
      code: 'LK-TF-012',
      message: expect.stringMatching(words) as string,
    });
  });
});

test.each([
  ['no JSON', '{', 'is not valid JSON'],
  ['of another version', JSON.stringify({ ...envelope(), schemaVersion: 1 }), 'schemaVersion'],
  [
    'with a digest that is none',
    JSON.stringify({ ...envelope(), tree: { ...envelope().tree, digest: 'x' } }),
    'tree.digest',
  ],
])('an envelope that is %s is refused, naming the place', (_what, text, place) => {
  expect(() => parseEnvelope(text, 'gs://b/o')).toThrow(
    expect.objectContaining({ code: 'LK-TF-013', message: expect.stringContaining(place) as string }) as Error,
  );
});

describe('a record that is not usable', () => {
  const planted = `livekit/dev/plans/${HEAD}/9-1.json`;

  test('does not block the others', async () => {
    const bucket = bucketInMemory();
    const stored = await storePlan(bucket, content, envelope());
    bucket.objects.set(planted, Buffer.from('{'));
    expect(await findPlans(bucket, 'dev', HEAD)).toEqual([stored]);
  });

  test('is refused when it is the only one', async () => {
    const bucket = bucketInMemory();
    bucket.objects.set(planted, Buffer.from('{'));
    await expect(findPlans(bucket, 'dev', HEAD)).rejects.toMatchObject({ code: 'LK-TF-013' });
  });
});

test.each([
  ['a pull request’s plan without its number', { source: 'pull-request' as const, pullRequest: null }],
  ['a run’s plan with one', { source: 'run' as const, pullRequest: 7 }],
])('the record of %s is refused', (_what, more) => {
  expect(() => parseEnvelope(JSON.stringify(envelope(more)), 'gs://b/o')).toThrow('pullRequest');
});

test('that a plan was applied is remembered beside it, and is no plan itself', async () => {
  const bucket = bucketInMemory();
  const stored = await storePlan(bucket, content, envelope());
  expect(await readApplied(bucket, stored)).toBeUndefined();
  const mark = {
    runUrl: 'u',
    appliedAt: '2026-11-01T10:00:00Z',
    state: { lineage: 'l', serial: 8 },
    pullRequests: [7],
    replanned: false,
  };
  await markApplied(bucket, stored, mark);
  expect(await readApplied(bucket, stored)).toEqual(mark);
  // What was reviewed may have to be applied once more.
  await markApplied(bucket, stored, { ...mark, runUrl: 'another' });
  expect(await readApplied(bucket, stored)).toMatchObject({ runUrl: 'another' });
  expect(await findPlans(bucket, 'dev', HEAD)).toHaveLength(1);
});
