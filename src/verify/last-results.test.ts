import { beforeEach, describe, expect, test } from '@jest/globals';
import { googleFailures } from '../google/failures.ts';
import type { Bucket } from '../google/storage.ts';
import type { Outcome } from './check.ts';
import { comparisonWords } from './comparison.ts';
import { compareWithLast, parse } from './last-results.ts';
import { hostile, randomFrom } from './page/hostile.fixture.ts';
import { makeReport, type Report } from './report.ts';

const PATH = 'livekit/dev/verify/last.json';
let objects: Map<string, { content: Buffer; generation: string }>;
let bucket: Bucket;
/** Runs once between a read and the next write. */
let meanwhile: (() => Promise<unknown>) | undefined;
const refuse = (kind: 'preconditionFailed' | 'permissionDenied') =>
  Promise.reject(googleFailures.failure(kind, { what: 'No.' }));

beforeEach(() => {
  objects = new Map();
  meanwhile = undefined;
  let last = 0;
  bucket = {
    name: 'state',
    read: (path) => Promise.resolve(objects.get(path)),
    async write(path, content, { ifGeneration }) {
      const other = meanwhile;
      meanwhile = undefined;
      await other?.();
      if (ifGeneration !== (objects.get(path)?.generation ?? '0')) return refuse('preconditionFailed');
      objects.set(path, { content: Buffer.from(content), generation: String(++last) });
      return String(last);
    },
    list: () => Promise.reject(new Error('it may not list')),
    remove: () => Promise.reject(new Error('it removes nothing')),
  };
});

const outcome = (id: string, verdict: Outcome['verdict'], more: Partial<Outcome> = {}): Outcome => ({
  ...{ id, title: id, tags: [], verdict, evidence: 'Seen.', durationSeconds: 1, attempts: 1, ...more },
});
function run(minute: number, ...outcomes: Outcome[]): Report {
  const target = { cluster: 'c', namespace: 'livekit', release: 'livekit-server', signal: 'pod' };
  const startedAt = `2026-11-21T09:${String(minute).padStart(2, '0')}:00.000Z`;
  return makeReport({ environment: 'dev', startedAt, durationSeconds: 2, target }, outcomes);
}
const kept = () => parse(objects.get(PATH)?.content.toString() ?? '')?.checks;
const call = (numbers: object) => ({ calls: [{ pod: 'p', verdict: 'pass' as const, tries: 1, ...numbers }] });

describe('comparison with the last run', () => {
  test('the first run has none, and is kept', async () => {
    expect(await compareWithLast(bucket, run(1, outcome('a', 'pass')), true)).toBeUndefined();
    expect(kept()).toEqual({ a: { verdict: 'pass', seenAt: '2026-11-21T09:01:00.000Z' } });
  });

  test('tells what got worse and what got better', async () => {
    const before = [outcome('a', 'pass'), outcome('b', 'fail'), outcome('c', 'pass'), outcome('d', 'warn')];
    await compareWithLast(bucket, run(1, ...before), true);
    const now = [outcome('a', 'warn'), outcome('b', 'pass'), outcome('c', 'pass'), outcome('d', 'fail')];
    const found = await compareWithLast(bucket, run(2, ...now), true);
    expect(found?.worse.map(({ id, words }) => `${id}: ${words}`)).toEqual(['a: pass to warn', 'd: warn to fail']);
    expect(found?.better.map(({ id, words }) => `${id}: ${words}`)).toEqual(['b: fail to pass']);
    expect(found === undefined ? '' : comparisonWords(found)).toBe(
      'Since the last run (2026-11-21 09:01:00 UTC) worse: a (pass to warn), d (warn to fail); better: b (fail to pass).',
    );
  });

  test('a skip or an unclear result is no change, and hides none', async () => {
    await compareWithLast(bucket, run(1, outcome('a', 'pass')), true);
    const unclear = await compareWithLast(bucket, run(2, outcome('a', 'inconclusive')), true);
    expect(unclear).toBeUndefined();
    const found = await compareWithLast(bucket, run(3, outcome('a', 'fail')), true);
    expect(found?.worse).toEqual([{ id: 'a', words: 'pass to fail', since: '2026-11-21T09:01:00.000Z' }]);
  });

  test('a run of some checks leaves the others as they were', async () => {
    await compareWithLast(bucket, run(1, outcome('a', 'pass'), outcome('b', 'pass')), true);
    await compareWithLast(bucket, run(2, outcome('a', 'fail')), true);
    expect(kept()).toMatchObject({ a: { verdict: 'fail' }, b: { verdict: 'pass' } });
  });

  test('calls that got slow or lossy are worse, a few milliseconds are not', async () => {
    const measures = { roundTripMilliseconds: 20, connectedMilliseconds: 300, lossPercent: 0 };
    await compareWithLast(bucket, run(1, outcome('m', 'pass', call(measures))), true);
    const near = call({ roundTripMilliseconds: 45, connectedMilliseconds: 400, lossPercent: 1 });
    expect(await compareWithLast(bucket, run(2, outcome('m', 'pass', near)), false)).toMatchObject({ worse: [] });
    const far = call({ roundTripMilliseconds: 220, connectedMilliseconds: 290, lossPercent: 3.5 });
    const found = await compareWithLast(bucket, run(3, outcome('m', 'pass', far)), false);
    expect(found?.worse.map(({ words }) => words)).toEqual(['round trip 20 ms to 220 ms', 'loss 0 % to 3.5 %']);
  });

  test('without keeping nothing is written', async () => {
    await compareWithLast(bucket, run(1, outcome('a', 'pass')), false);
    expect(objects.size).toBe(0);
  });

  test('two runs at once both count, and the newer result of a check stays', async () => {
    await compareWithLast(bucket, run(1, outcome('a', 'pass'), outcome('b', 'pass')), true);
    meanwhile = () => compareWithLast(bucket, run(5, outcome('a', 'fail'), outcome('c', 'warn')), true);
    const found = await compareWithLast(bucket, run(4, outcome('a', 'warn'), outcome('b', 'fail')), true);
    expect(found?.worse.map(({ words }) => words)).toEqual(['pass to warn', 'pass to fail']);
    expect(kept()).toMatchObject({ a: { verdict: 'fail' }, b: { verdict: 'fail' }, c: { verdict: 'warn' } });
  });

  test('what is absent is forbidden to one that may not list: it is written all the same', async () => {
    bucket.read = () => refuse('permissionDenied');
    await compareWithLast(bucket, run(1, outcome('a', 'pass')), true);
    expect(kept()).toMatchObject({ a: { verdict: 'pass' } });
  });

  test('a right that is missing is told', async () => {
    bucket.write = () => refuse('permissionDenied');
    await expect(compareWithLast(bucket, run(1, outcome('a', 'pass')), true)).rejects.toMatchObject({
      code: googleFailures.code('permissionDenied'),
    });
  });

  test('an object of another kind is neither read nor overwritten', async () => {
    objects.set(PATH, { content: Buffer.from('{"schemaVersion":2}'), generation: '7' });
    await expect(compareWithLast(bucket, run(1, outcome('a', 'pass')), true)).rejects.toMatchObject({
      code: 'LK-VERIFY-011',
    });
    expect(objects.get(PATH)?.generation).toBe('7');
  });

  test('nothing that could be in the object makes reading throw', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = randomFrom(seed);
      const words = hostile(random);
      const text = `{"schemaVersion":1,"checks":{${JSON.stringify(words())}:{"verdict":${random() < 0.5 ? '"pass"' : JSON.stringify(words())},"seenAt":"2026-11-21T09:00:00.000Z"}}}`;
      const cut = random() < 0.5 ? text : text.slice(0, Math.floor(random() * text.length));
      expect(() => parse(cut)).not.toThrow();
    }
  });
});
