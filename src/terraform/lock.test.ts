import { holderWords, isOwnLock, type Lock, lockPath, readLock, sinceWords, unlockCommand } from './lock.ts';
import { bucketInMemory } from './test-bench.ts';

const now = new Date('2026-11-20T14:15:30Z');

test.each([
  ['2026-11-20 14:03:05.123456789 +0000 UTC', '14:03 UTC, 12 min ago'],
  ['2026-11-20T14:03:05.123456789Z', '14:03 UTC, 12 min ago'],
  ['2026-11-20T14:15:29Z', '14:15 UTC, less than a minute ago'],
  ['2026-11-20T11:15:00Z', '11:15 UTC, 3 h ago'],
  ['2026-11-19T23:50:00Z', '2026-11-19 23:50 UTC, 14 h ago'],
  ['2026-11-10T14:15:00Z', '2026-11-10 14:15 UTC, 10 days ago'],
  ['yesterday', 'yesterday'],
  ['', 'an unknown time'],
])('a lock made at %j is told as since %j', (created, words) => expect(sinceWords(created, now)).toBe(words));

test('the holder is told with what they do', () => {
  const lock = { id: '9', who: 'runner@fv-az1', operation: 'OperationTypeApply', created: '2026-11-20T14:03:05Z' };
  expect(holderWords(lock, now)).toBe('runner@fv-az1 since 14:03 UTC, 12 min ago (apply)');
  expect(holderWords({ id: '9', who: '', operation: '', created: '' }, now)).toBe(
    'someone since an unknown time (unknown operation)',
  );
});

describe('the lock in the bucket', () => {
  const content = '{"ID":"1c2d","Operation":"OperationTypeApply","Who":"root@lab","Created":"2026-11-20T14:03:05.5Z"}';

  test('is read with the generation as its id, since that is what force-unlock takes', async () => {
    const bucket = bucketInMemory();
    await bucket.write(lockPath('dev'), content, { contentType: 'application/json' });
    const lock = await readLock(bucket, 'dev');
    expect(lock).toEqual({
      id: '1',
      who: 'root@lab',
      operation: 'OperationTypeApply',
      created: '2026-11-20T14:03:05.5Z',
    });
    expect(unlockCommand('tofu', 'terraform/environments/dev', lock?.id ?? '')).toBe(
      'cd terraform/environments/dev && tofu force-unlock 1',
    );
  });

  test('is a lock even when nobody can read it', async () => {
    const bucket = bucketInMemory();
    await bucket.write(lockPath('dev'), 'x', { contentType: 'application/json' });
    expect(await readLock(bucket, 'dev')).toEqual({ id: '1', who: '', operation: '', created: '' });
  });

  test('is none when the object is not there', async () =>
    expect(await readLock(bucketInMemory(), 'dev')).toBeUndefined());
});

describe('a lock is this run’s', () => {
  const owner = { who: 'root@lab', startedAt: '2026-11-20T14:03:00Z', workedAt: '2026-11-20T14:03:10Z' };
  const lock: Lock = { id: '1', who: 'root@lab', operation: 'OperationTypeApply', created: '2026-11-20T14:03:05.5Z' };

  test.each([
    ['made between the start and the first change', {}, {}, true],
    ['of another machine', { who: 'root@other' }, {}, false],
    ['older than the run', { created: '2026-11-20T14:02:00Z' }, {}, false],
    ['made after Terraform held one already, so another’s', { created: '2026-11-20T14:05:00Z' }, {}, false],
    ['there while Terraform changed nothing yet: it may have waited', {}, { workedAt: undefined }, false],
    ['without a readable time', { created: '' }, {}, false],
  ])('%s: %#', (_title, change, ownerChange, own) =>
    expect(isOwnLock({ ...lock, ...change }, { ...owner, ...ownerChange })).toBe(own),
  );
});
