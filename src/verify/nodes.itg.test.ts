import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Check, Result } from './check.ts';
import { mediaChecks } from './checks/media.ts';
import { podsKnown } from './checks/pods-known.ts';
import { startRedis, startTrial, type Trial, worldOf } from './livekit.fixture.ts';
import type { World } from './world.ts';

let redis: Awaited<ReturnType<typeof startRedis>>;
let trials: Trial[];
let world: World;

const run = (check: Check | undefined, on: World = world): Promise<Result> => {
  if (check === undefined) throw new Error('no such check');
  return check.run(on, AbortSignal.timeout(60_000));
};

describe('two nodes of LiveKit', () => {
  beforeAll(async () => {
    redis = await startRedis();
    const configure = (config: { redis?: { address: string } }) => (config.redis = { address: redis.address });
    trials = await Promise.all([startTrial(configure, 'livekit-0'), startTrial(configure, 'livekit-1')]);
    world = await worldOf(trials);
  }, 30_000);

  afterAll(async () => {
    await Promise.all(trials.map((trial) => trial.stop()));
    await redis.stop();
  });

  test('each places rooms on the other', async () => {
    expect(await run(podsKnown)).toEqual({
      verdict: 'pass',
      evidence: expect.stringMatching(/^livekit-1 places rooms on livekit-0; livekit-0 places rooms on livekit-1\b/),
    });
  });

  test('a call is made on every node, by participants who signal through different pods', async () => {
    const { verdict, evidence } = await run(mediaChecks[0]);
    expect({ verdict, evidence }).toEqual({
      verdict: 'pass',
      evidence: expect.stringMatching(/^livekit-0: connected in .*; livekit-1: connected in /),
    });
  }, 60_000);

  test('nodes that do not share Redis are told', async () => {
    const alone = await Promise.all([startTrial(() => undefined, 'alone-0'), startTrial(() => undefined, 'alone-1')]);
    try {
      expect(await run(podsKnown, await worldOf(alone))).toMatchObject({
        verdict: 'fail',
        evidence: 'alone-1 could not place a room on alone-0: it does not see the room.',
        cause: expect.stringContaining('do not share one Redis'),
      });
    } finally {
      await Promise.all(alone.map((trial) => trial.stop()));
    }
  }, 30_000);

  test('a node that is gone has its place in Redis, and no call is possible on it', async () => {
    const ids = new Map([...(await world.nodeIds()), ['livekit-1', 'ND_nobody']]);
    expect(await run(podsKnown, { ...world, nodeIds: async () => ids })).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('livekit-0 could not place a room on livekit-1: '),
    });
  }, 60_000);
});
