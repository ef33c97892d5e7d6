import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../../../sandbox/config.ts';
import { Progress } from '../../../sandbox/progress.ts';
import { ToolProvider } from '../../../sandbox/tools/provide.ts';
import type { Check } from '../scenario.ts';
import { eventually, type Lab } from './lab.ts';

/** Helm 3 from the first install on, and Helm 4 after it: the other checks are all with Helm 4. */
export async function helmVersions(check: Check, lab: Lab): Promise<void> {
  const file = await new ToolProvider(cacheDirectory(), lab.config.bin, new Progress()).get('helm3');
  const folder = mkdtempSync(join(tmpdir(), 'helm3-'));
  symlinkSync(file, join(folder, 'helm'));
  const three = { env: { PATH: [folder, dirname(process.execPath), '/usr/local/bin:/usr/bin:/bin'].join(':') } };
  try {
    const installed = await check('Helm 3 installs, upgrades, and shows nothing to change afterwards', async () => {
      await lab.deploy({ inputs: { mode: 'uninstall' } });
      await eventually(async () => assert.deepEqual(await lab.pods(), []), 60);
      const first = await lab.deploy(three);
      assert.match(first.log, /Helm 3\.\d+\.\d+/);
      assert.deepEqual([first.outputs['status'], first.outputs['revision']], ['deployed', '1']);
      const second = await lab.deploy({ ...three, set: CHANGE });
      assert.deepEqual(
        [second.outputs['status'], second.outputs['changed'], second.outputs['revision']],
        ['deployed', 'true', '2'],
      );
      await nothingToChange(lab, { ...three, set: CHANGE });
    });
    if (!installed) return;
    await check('an upgrade that fails with Helm 3 is explained and rolled back', async () => {
      const before = await lab.stillPods();
      const failed = await lab.run({ ...three, set: [...CHANGE, 'image.tag=v0.0.0-absent'] });
      assert.equal(failed.conclusion, 'failure');
      assert.match(failed.errors.join('\n'), /v0\.0\.0-absent/);
      assert.equal(failed.outputs['status'], 'rolled-back');
      assert.deepEqual(await lab.pods(), before);
      await nothingToChange(lab, { ...three, set: CHANGE });
    });
    await check('Helm 4 takes the release over, back and forth, and a value that goes is gone', async () => {
      await nothingToChange(lab, { set: CHANGE });
      const taken = await lab.deploy();
      assert.match(taken.log, /Helm 4\.\d+\.\d+/);
      assert.equal(taken.outputs['status'], 'deployed');
      const config = await lab.kubectl('get', 'configmap', 'livekit-server', '-n', 'livekit', '-o', 'yaml');
      assert.doesNotMatch(config, /max_participants/);
      await nothingToChange(lab, {});
      const back = await lab.deploy({ inputs: { mode: 'rollback' } });
      assert.equal(back.outputs['status'], 'deployed');
      await nothingToChange(lab, { ...three, set: CHANGE });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await lab.deploy();
}

const CHANGE = ['livekit.room.max_participants=61'];

async function nothingToChange(lab: Lab, step: Parameters<Lab['deploy']>[0]): Promise<void> {
  const { outputs, summary } = await lab.deploy({ ...step, inputs: { mode: 'diff' } });
  assert.equal(outputs['changed'], 'false', summary);
}
