import assert from 'node:assert/strict';
import type { Check } from '../scenario.ts';
import type { Lab } from './lab.ts';

const diff = { mode: 'diff' };

/** What `mode: diff` shows beside what a deploy then does. */
export async function preview(check: Check, lab: Lab): Promise<void> {
  const { outputs } = await lab.deploy();
  await check('mode diff shows nothing right after a deploy', async () => {
    const shown = await lab.deploy({ inputs: diff });
    assert.equal(shown.outputs['changed'], 'false');
    assert.match(shown.summary, /nothing would change/);
  });
  await check(
    'mode diff shows a changed value alone, that pods roll for it, and how many people are on them',
    async () => {
      const pods = await lab.stillPods();
      const call = await lab.call('preview');
      try {
        const shown = await lab.deploy({ inputs: diff, set: ['livekit.log_level=debug'] });
        assert.equal(shown.outputs['changed'], 'true');
        assert.deepEqual(objectsOf(shown.summary), ['~ ConfigMap livekit-server', '~ Deployment livekit-server']);
        assert.match(shown.summary, /^-\s.*log_level: info$/m);
        assert.match(shown.summary, /^\+\s.*log_level: debug$/m);
        assert.match(shown.summary, /1 pod of Deployment livekit-server.*1 room, 2 participants are on them now/);
        assert.deepEqual(await lab.pods(), pods, 'a preview changed the pods');
        assert.equal((await lab.history()).at(-1)?.revision, Number(outputs['revision']));
      } finally {
        await call.leave();
      }
    },
  );
  await check('a change that rolls no pods is shown as such', async () => {
    const shown = await lab.deploy({
      inputs: diff,
      set: ['gcp.backendConfig.connectionDraining.drainingTimeoutSec=1800'],
    });
    assert.deepEqual(objectsOf(shown.summary), ['~ BackendConfig livekit-server']);
    assert.match(shown.summary, /^- .*drainingTimeoutSec: 3600\n\+ .*drainingTimeoutSec: 1800$/m);
    assert.doesNotMatch(shown.summary, /participants/);
  });
}

/** `~ ConfigMap livekit-server` for each object of a preview. */
function objectsOf(summary: string): string[] {
  return [...summary.matchAll(/([~+−?!]) (\w+) <b>([\w.-]+)<\/b>/g)].map(([, ...words]) => words.join(' '));
}
