import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { Bucket } from '../google/storage.ts';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: (line: string) => lines.push(line),
  debug: () => undefined,
  warning: (line: string) => lines.push(line),
  setSecret: () => undefined,
}));
const { memoryBucket } = await import('./world.fixture.ts');
const { holdLease } = await import('./lease.ts');
const { googleFailures } = await import('../google/failures.ts');
const { changeDocument, readDocument } = await import('./document.ts');
const { EMPTY_RECORD, recordDocument } = await import('./record.ts');

const PATH = 'livekit/dev/turn-cert/lease.json';
const runOf = (id: number, attempt = 1) =>
  `by ada in https://github.com/nova/livekit/actions/runs/${id}, attempt ${attempt}`;
const options = (bucket: Bucket, more: object = {}) => ({
  bucket,
  path: PATH,
  who: runOf(77),
  timeoutSeconds: 5,
  signal: new AbortController().signal,
  pollSeconds: 0.005,
  ...more,
});
/** A bucket in which another run holds the lease. */
async function heldBy(holder: string, expiresInSeconds: number) {
  const bucket = memoryBucket();
  const lease = {
    schemaVersion: 1,
    holder,
    acquired: new Date().toISOString(),
    expires: new Date(Date.now() + expiresInSeconds * 1000).toISOString(),
  };
  await bucket.write(PATH, JSON.stringify(lease), { contentType: 'application/json' });
  return bucket;
}

beforeEach(() => lines.splice(0));

test('it is held and renewed while the work goes on, and gone afterwards', async () => {
  const bucket = memoryBucket();
  const generations = new Set<string>();
  await holdLease(options(bucket, { leaseSeconds: 0.02 }), async () => {
    while (generations.size < 3) {
      generations.add(bucket.objects.get(PATH)?.generation ?? '');
      await sleep(1);
    }
    expect(bucket.objects.get(PATH)?.content.toString()).toContain('runs/77, attempt 1');
  });
  expect(bucket.objects.size).toBe(0);
});

test('of many runs at once one works at a time', async () => {
  const bucket = memoryBucket();
  let working = 0;
  const work = async () => {
    expect(++working).toBe(1);
    await sleep(5);
    working--;
  };
  await Promise.all([1, 2, 3, 4].map((id) => holdLease(options(bucket, { who: runOf(id) }), work)));
  expect([working, bucket.objects.size]).toEqual([0, 0]);
});

test('it is gone after a failure, too', async () => {
  const bucket = memoryBucket();
  await expect(holdLease(options(bucket), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(bucket.objects.size).toBe(0);
});

test('another run that does not end in time is named', async () => {
  const bucket = await heldBy(`${runOf(78)} #abcdef01`, 60);
  await expect(holdLease(options(bucket, { timeoutSeconds: 0.02 }), () => Promise.resolve())).rejects.toMatchObject({
    code: 'LK-CERT-010',
    message: expect.stringMatching(/certificates: by ada in \S+\/78, attempt 1, since/) as string,
  });
  expect(bucket.objects.get(PATH)?.content.toString()).toContain('runs/78');
  expect(lines.join()).toContain('Waiting for it');
});

test.each([
  ['a run that died is followed when its lease is over', `${runOf(78)} #abcdef01`, -1],
  ['an earlier attempt of the same run is over', `${runOf(77, 1)} #abcdef01`, 60],
])('%s', async (_name, holder, seconds) => {
  const bucket = await heldBy(holder, seconds);
  const work = jest.fn(() => Promise.resolve());
  await holdLease(options(bucket, { who: runOf(77, 2) }), work);
  expect(work).toHaveBeenCalledTimes(1);
});

test('whoever loses it is told, and leaves it to the other', async () => {
  const bucket = memoryBucket();
  const held = holdLease(options(bucket, { leaseSeconds: 0.04 }), async ({ signal }) => {
    const lease = JSON.parse(bucket.objects.get(PATH)?.content.toString() ?? '{}') as object;
    await bucket.write(PATH, JSON.stringify({ ...lease, holder: `${runOf(99)} #00000000` }), {
      contentType: 'application/json',
    });
    await sleep(2000, undefined, { signal });
  });
  await expect(held).rejects.toMatchObject({
    code: 'LK-CERT-011',
    message: expect.stringContaining('runs/99') as string,
  });
  expect(bucket.objects.get(PATH)?.content.toString()).toContain('runs/99');
});

test('a cancelled wait ends', async () => {
  const bucket = await heldBy(`${runOf(78)} #abcdef01`, 60);
  const cancel = new AbortController();
  const waiting = holdLease(options(bucket, { signal: cancel.signal }), () => Promise.resolve());
  cancel.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow();
});

describe('a document that several runs write', () => {
  const document = (bucket: Bucket) => recordDocument(bucket, 'livekit/dev/turn-cert');

  test('loses none of their changes', async () => {
    const bucket = memoryBucket();
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        changeDocument(document(bucket), (record) => ({
          ...record,
          notBefore: { ...record.notBefore, [name]: '2026-11-21T10:00:00Z' },
        })),
      ),
    );
    expect(Object.keys((await readDocument(document(bucket))).value.notBefore).sort()).toEqual(['a', 'b', 'c']);
  });

  test('is empty where Google says that it is forbidden, as it says of what is absent', async () => {
    const bucket = {
      ...memoryBucket(),
      read: () => Promise.reject(googleFailures.failure('permissionDenied', { what: 'No.' })),
    };
    expect(await readDocument(document(bucket))).toEqual({ value: EMPTY_RECORD, generation: '0' });
  });

  test.each(['{"schemaVersion": 2}', 'nonsense'])('is not guessed at: %s', async (text) => {
    const bucket = memoryBucket();
    await bucket.write('livekit/dev/turn-cert/record.json', text, { contentType: 'application/json' });
    await expect(readDocument(document(bucket))).rejects.toMatchObject({ code: 'LK-CERT-012' });
  });
});
