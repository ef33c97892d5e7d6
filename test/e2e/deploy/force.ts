import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRE_STOP_SECONDS } from '../../../src/helm/livekit/pre-stop.ts';
import type { Check } from '../scenario.ts';
import type { Lab } from './lab.ts';

/** Somebody has waited long enough: the calls that are left are cut. */
export async function force(check: Check, lab: Lab): Promise<void> {
  await check('`drain: force` ends an old pod that drains with its calls, at once', async () => {
    const [old] = await lab.stillPods();
    assert.ok(old);
    const call = await lab.call('forced');
    try {
      const before = call.now();
      const set = ['podAnnotations.forced=yes'];
      const first = await lab.deploy({ set, inputs: { 'drain-minutes': '0' } });
      assert.equal(first.outputs['status'], 'draining');
      // Its server drains since its first SIGTERM, and the kubelet waits for it.
      await sleep((PRE_STOP_SECONDS + 2) * 1000);
      const during = call.since(before);
      assert.deepEqual([during.rejoined, during.disconnected], [0, 0], 'the call was cut before anybody asked for it');
      const forced = await lab.deploy({ set, inputs: { drain: 'force', 'drain-minutes': '2' } });
      assert.equal(forced.outputs['status'], 'deployed', forced.log);
      assert.match(forced.log, /cut now \(`drain: force`\)/);
      assert.match(forced.log, new RegExp(`${old.name} has ended`));
      const pods = await lab.pods();
      assert.deepEqual(
        pods.map(({ uid, ready, ending }) => ({ isOld: uid === old.uid, ready, ending })),
        [{ isOld: false, ready: true, ending: false }],
      );
      // A client that is cut off tells no packets any more, so that there is no stretch to look at.
      const { rejoined, disconnected } = call.now();
      assert.ok(rejoined + disconnected > before.rejoined + before.disconnected, 'the call was never cut');
    } finally {
      await call.leave();
    }
  });
}
