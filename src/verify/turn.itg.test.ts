import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Check, Result } from './check.ts';
import { turnCredentials } from './checks/turn-credentials.ts';
import { FORBIDDEN_PEERS, turnRelay } from './checks/turn-relay.ts';
import { turnTls } from './checks/turn-tls.ts';
import { startTrial, type Trial, TRIAL_KEY } from './livekit.fixture.ts';
import { decodeBase62 } from './turn/base62.ts';
import { lifetimeOf } from './turn/credentials.ts';
import { offeredServers } from './turn/offered.ts';
import type { World } from './world.ts';

let trial: Trial;
const run = (check: Check, world: World = trial.world): Promise<Result> =>
  check.run(world, AbortSignal.timeout(60_000));

/** LiveKit 1.11 is the known-bad case: it relays to anybody, and its credentials never end. */
describe('the TURN server of a real LiveKit', () => {
  beforeAll(async () => {
    trial = await startTrial();
  });
  afterAll(() => trial.stop());

  test('its certificate is trusted by its own authority, and only for the TURN domain', async () => {
    expect(await run(turnTls)).toMatchObject({
      verdict: 'pass',
      evidence: expect.stringMatching(/TLSv1\.3 .* turn\.example\.test .* 29 days left; older versions .* refused/),
    });
    const { turnTarget } = trial.world;
    expect(await run(turnTls, { ...trial.world, turnTarget: { ...turnTarget, authorities: undefined } })).toMatchObject(
      {
        verdict: 'fail',
        final: true,
        evidence: expect.stringContaining('is not trusted'),
      },
    );
    expect(
      await run(turnTls, { ...trial.world, turnTarget: { ...turnTarget, serverName: 'other.test' } }),
    ).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('is for turn.example.test, not for other.test'),
    });
    expect(await run(turnTls, { ...trial.world, turnTarget: { ...turnTarget, host: 'name.invalid' } })).toMatchObject({
      verdict: 'fail',
      final: false,
      cause: expect.stringContaining('DNS'),
    });
  }, 30_000);

  test('its credentials are read, and found to never end', async () => {
    const { credentials } = await offeredServers(trial.world, AbortSignal.timeout(10_000));
    expect(decodeBase62(credentials?.username ?? '')?.toString()).toMatch(/^APItrial\|PA_\w+$/);
    expect(lifetimeOf(credentials ?? { username: '', password: '' }, TRIAL_KEY, 0)).toEqual({ kind: 'never' });
    expect(await run(turnCredentials)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringMatching(
        /TURN credentials that never end; .* refuses none \(401\) and wrong ones \(400|401\)/,
      ),
      cause: expect.stringContaining('below 1.12'),
    });
  });

  test('it relays to every forbidden peer, by name', async () => {
    const { verdict, evidence } = await run(turnRelay);
    expect(verdict).toBe('fail');
    for (const { address } of FORBIDDEN_PEERS.filter((peer) => !peer.address.includes(':'))) {
      expect(evidence).toContain(address);
    }
  });
});
