import { describe, expect, test } from '@jest/globals';
import { googleFailures } from '../../google/failures.ts';
import { fakeWorld } from '../world.fixture.ts';
import { judgeRedis, redis } from './redis.ts';

const wanted = {
  redis_host: '10.0.0.3',
  redis_port: 6379,
  redis_tier: 'STANDARD_HA' as const,
  redis_memory_size_gb: 5,
};
const instance = { name: 'projects/p/locations/r/instances/livekit-prd', host: '10.0.0.3', port: 6379 };
const good = { ...instance, tier: 'STANDARD_HA', memorySizeGb: 5, state: 'READY' };

describe('redis', () => {
  test('passes for a READY instance as it was applied', () =>
    expect(judgeRedis([good], wanted)).toEqual({
      verdict: 'pass',
      evidence: 'livekit-prd (10.0.0.3:6379) is READY: STANDARD_HA, 5 GB.',
    }));

  test.each([
    ['none is there', [], /No Memorystore instance has the address 10\.0\.0\.3:6379\.$/],
    ['another address', [{ ...good, host: '10.0.0.9' }], /there are 10\.0\.0\.9:6379/],
    ['it is under repair', [{ ...good, state: 'REPAIRING' }], /is REPAIRING/],
    ['it lost its replica', [{ ...good, tier: 'BASIC' }], /is BASIC with 5 GB; STANDARD_HA/],
  ])('fails when %s', (_when, found, words) =>
    expect(judgeRedis(found, wanted)).toMatchObject({ verdict: 'fail', evidence: expect.stringMatching(words) }),
  );

  test('is skipped for who may not look, with the right that is missing', async () => {
    const request = () => Promise.reject(googleFailures.failure('permissionDenied', { what: 'You may not.' }));
    const result = await redis.run(fakeWorld({ google: { request } }), new AbortController().signal);
    expect(result).toMatchObject({
      verdict: 'skip',
      evidence: 'You may not.',
      fix: expect.stringContaining('redis.viewer'),
    });
  });
});
