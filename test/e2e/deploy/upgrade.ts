import assert from 'node:assert/strict';
import type { Check } from '../scenario.ts';
import type { Stretch } from './call.ts';
import { eventually, type Lab } from './lab.ts';

/** What the call loses while nobody does anything. */
const REST_SECONDS = 12;

/** The suite's whole point: a new version, and nobody in a call notices. */
export async function upgrade(check: Check, lab: Lab): Promise<void> {
  await check(
    'an upgrade with a call running: no packet is lost that would not be anyway, nobody joins anew',
    async () => {
      const [old] = await lab.stillPods();
      assert.ok(old);
      const call = await lab.call('upgrade');
      const rest = await call.during(REST_SECONDS);
      heard(rest);
      const from = call.now();
      let isTold = (): void => undefined;
      const told = new Promise<void>((resolve) => (isTold = resolve));
      const deploying = lab.run({
        set: ['podAnnotations.version=next'],
        onLine: (line) => line.includes(`${old.name} drains: 1 room, 2 participants`) && isTold(),
      });
      try {
        // The deploy waits for the call, and the call goes on over the rollout, and a while after.
        const isReplaced = async () => {
          const pods = await lab.pods();
          assert.ok(
            pods.some(({ ready, ending, uid }) => ready && !ending && uid !== old.uid),
            'no new pod is ready',
          );
          assert.ok(
            pods.some(({ ready, ending, uid }) => ready && ending && uid === old.uid),
            'the old pod is not draining',
          );
        };
        await eventually(isReplaced, 60);
        await Promise.race([told, deploying]);
        await isReplaced();
        noMoreLostThan(rest, call.since(from));
        const { resumed } = call.since(from);
        assert.ok(resumed <= 2, `the signal connections were taken up ${resumed} times`);
      } finally {
        // Otherwise it would drain into what comes next.
        await call.leave();
        await deploying;
      }
      const result = await deploying;
      assert.equal(result.conclusion, 'success', result.log);
      assert.equal(result.outputs['status'], 'deployed');
      assert.match(result.log, new RegExp(`${old.name} drains: 1 room, 2 participants`));
      assert.match(result.log, new RegExp(`${old.name} has ended`));
      // Its object goes a moment after its server.
      await eventually(async () => assert.ok((await lab.pods()).every(({ uid }) => uid !== old.uid)), 30);
    },
  );
}

/** Both kinds of packets come through. */
export function heard(seen: Stretch): void {
  assert.ok(seen.audioSent > 20 * seen.seconds, `${seen.audioSent} packets of sound in ${seen.seconds} s`);
  assert.ok(seen.dataSent > 20 * seen.seconds, `${seen.dataSent} data packets in ${seen.seconds} s`);
  assert.ok(seen.audioReceived > 0.9 * seen.audioSent && seen.dataReceived > 0.9 * seen.dataSent, JSON.stringify(seen));
}

/** The same share of packets as at rest, at most, and nobody was cut. */
export function noMoreLostThan(rest: Stretch, seen: Stretch): void {
  const words = `at rest ${JSON.stringify(rest)}, now ${JSON.stringify(seen)}`;
  heard(seen);
  for (const kind of ['audioLost', 'dataLost'] as const) {
    const share = Math.max(0, rest[kind]) / rest.seconds;
    assert.ok(seen[kind] <= Math.ceil(share * seen.seconds), `${kind}: ${words}`);
  }
  assert.equal(seen.rejoined, 0, words);
  assert.equal(seen.disconnected, 0, words);
}
