import assert from 'node:assert/strict';
import type { Check } from '../scenario.ts';
import { eventually, type Lab } from './lab.ts';

/** A drain is longer than the step that begins it: the next ones go on with it. */
export async function handOver(check: Check, lab: Lab): Promise<void> {
  await lab.deploy();
  await eventually(async () => assert.ok((await lab.pods()).every(({ ready, ending }) => ready && !ending)));
  const [old] = await lab.pods();
  assert.ok(old);
  const call = await lab.call('hand-over');
  const before = call.now();
  const handedOver = await check(
    'a drain that outlives its step is handed over, and the job does not fail',
    async () => {
      const { outputs, log } = await lab.deploy({
        inputs: { 'drain-minutes': '0' },
        set: ['livekit.room.max_participants=51'],
      });
      assert.equal(outputs['status'], 'draining');
      assert.equal(outputs['pods-ready'], '1');
      // Rooms that people have left stay for some minutes, so that there may be more than the call's.
      assert.match(log, new RegExp(`${old.name} drains: \\d+ rooms?, 2 participants, .* of 5 h`));
      assert.match(log, new RegExp(`The drain goes on without this job: ${old.name}\\.`));
      const pods = await lab.pods();
      assert.deepEqual(
        pods.map(({ uid, ending }) => uid === old.uid && ending).sort(),
        [false, true],
        'the pod with the call is not there any more',
      );
    },
  );
  if (!handedOver) return call.leave();
  await check('mode follow and the next deploy go on with it while the call lasts, and change nothing', async () => {
    const revisions = await lab.history();
    const set = ['livekit.room.max_participants=51'];
    for (const step of [{ inputs: { mode: 'follow' } }, { set }]) {
      const { outputs } = await lab.deploy({ ...step, inputs: { ...step.inputs, 'drain-minutes': '0' } });
      assert.equal(outputs['status'], 'draining');
      if (step.set === undefined) assert.equal(outputs['revision'], String(revisions.at(-1)?.revision));
    }
  });
  await check('once the call is over, mode follow ends with deployed, and the call was never cut', async () => {
    const during = call.since(before);
    assert.deepEqual([during.rejoined, during.disconnected], [0, 0]);
    let isFollowing = () => {};
    const following = new Promise<void>((resolve) => (isFollowing = resolve));
    const onLine = (line: string) => void (line.includes('2 participants') && isFollowing());
    const run = lab.deploy({ inputs: { mode: 'follow', 'drain-minutes': '3' }, onLine });
    await Promise.race([following, run]);
    await call.leave();
    const { outputs, log } = await run;
    assert.equal(outputs['status'], 'deployed');
    assert.match(log, new RegExp(`${old.name} has ended`));
    const pods = await lab.pods();
    assert.deepEqual(
      pods.map(({ ready, ending }) => ready && !ending),
      [true],
    );
  });
}
