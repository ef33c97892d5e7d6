import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mediaChecks } from './checks/media.ts';
import { roomService } from './rooms.ts';
import { startTrial, type Trial, TRIAL_KEY } from './livekit.fixture.ts';
import type { Result } from './check.ts';
import type { World } from './world.ts';

let trial: Trial;

const run = (id: string, world: World = trial.world): Promise<Result> => {
  const check = mediaChecks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check.run(world, AbortSignal.timeout(60_000));
};

describe('calls through a real LiveKit', () => {
  beforeAll(async () => {
    trial = await startTrial();
  });
  afterAll(() => trial.stop());

  test.each([
    ['media-udp', /host udp \S+ - (host|prflx) udp/],
    ['media-tcp', /host tcp \S+ - host tcp 127\.0\.0\.1:/],
    ['media-turn-tls', /relay udp 127\.0\.0\.1:\d+ - \w+ udp/],
    ['media-turn-udp', /relay udp 127\.0\.0\.1:\d+ - \w+ udp/],
  ])(
    '%s: data and audio come through, by that path only',
    async (id, pair) => {
      const result = await run(id);
      expect(result).toMatchObject({
        verdict: 'pass',
        evidence: expect.stringMatching(/^livekit-0: connected in \d+ ms .*, [01] of 2\d\d audio packets lost\.$/),
      });
      expect(result.evidence).toMatch(pair);
    },
    60_000,
  );

  test('no room is left', async () => {
    const origin = { http: `http://127.0.0.1:${trial.ports.http}`, ws: '', name: '' };
    expect(await roomService(origin, TRIAL_KEY).existing([], AbortSignal.timeout(5000))).toEqual([]);
  });
});
