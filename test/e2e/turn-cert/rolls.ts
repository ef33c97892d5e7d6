import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../../../sandbox/config.ts';
import { Progress } from '../../../sandbox/progress.ts';
import { ToolProvider } from '../../../sandbox/tools/provide.ts';
import { eventually } from '../deploy/lab.ts';
import type { CertificateLab } from './lab.ts';

const POOL = 'livekit-gke/pool=livekit';
const TAINT = 'test=full:NoSchedule';

/** No node takes the new pod: the old certificate is put back, and the run that can ends it without another order. */
export async function failedRoll(world: CertificateLab): Promise<void> {
  const { lab } = world;
  const before = await world.installed();
  const pods = await lab.stillPods();
  const orders = (await world.orders()).length;
  await lab.kubectl('taint', 'nodes', '-l', POOL, TAINT);
  try {
    const failed = await world.run({ inputs: { force: 'true', 'timeout-minutes': '1' } });
    assert.equal(failed.conclusion, 'failure', failed.log);
    assert.deepEqual([failed.outputs['status'], failed.outputs['renewed']], ['rolled-back', 'true']);
    assert.equal(failed.outputs['serial'], before.serial);
    const words = failed.errors.join('\n');
    assert.match(words, /^LK-HELM-\d{3}: /);
    assert.match(words, new RegExp(`The old certificate, ${before.serial}, is back and serves\\.`));
    assert.match(failed.summary, /\| dev \| .* \| ❌ rolled back \| turn-dev\.nova\.example /);
  } finally {
    await lab.kubectl('taint', 'nodes', '-l', POOL, `${TAINT}-`);
  }
  assert.equal((await world.installed()).serial, before.serial);
  assert.equal(await world.shown(), before.serial);
  assert.deepEqual(await lab.stillPods(), pods);
  // What was ordered is kept: it is what the next run installs.
  const { outputs } = await world.renew({ inputs: { 'drain-minutes': '3' } });
  assert.deepEqual([outputs['status'], outputs['renewed']], ['installed', 'false']);
  assert.notEqual(outputs['serial'], before.serial);
  assert.equal((await world.orders()).length, orders + 1);
  await eventually(async () => assert.equal(await world.shown(), outputs['serial']), 30);
}

/** Helm knows nothing of the certificate: whatever it installs or takes back, the pods serve the new one. */
export async function helmAfter(world: CertificateLab): Promise<void> {
  const { lab } = world;
  const file = await new ToolProvider(cacheDirectory(), lab.config.bin, new Progress()).get('helm3');
  const folder = mkdtempSync(join(tmpdir(), 'helm3-'));
  symlinkSync(file, join(folder, 'helm'));
  const three = { env: { PATH: [folder, dirname(process.execPath), '/usr/local/bin:/usr/bin:/bin'].join(':') } };
  const changed = { set: ['livekit.room.max_participants=61'] };
  try {
    await lab.deploy(changed);
    const { outputs } = await world.renew({ inputs: { force: 'true', 'drain-minutes': '1' } });
    const kept = async () => {
      const pods = await eventually(async () => {
        assert.equal(await world.shown(), outputs['serial']);
        return lab.stillPods();
      }, 60);
      const next = await world.renew();
      assert.deepEqual([next.outputs['status'], next.outputs['serial']], ['not-due', outputs['serial']]);
      assert.deepEqual(await lab.pods(), pods);
      return pods;
    };
    const first = await kept();
    const preview = await lab.deploy({ ...three, ...changed, inputs: { mode: 'diff' } });
    assert.equal(preview.outputs['changed'], 'false', preview.summary);
    const third = await lab.deploy({ ...three, ...changed });
    assert.match(third.log, /Helm 3\.\d+\.\d+/);
    assert.deepEqual(await kept(), first);
    // One that changes the pods, by Helm 3, and the way back over the renewal to what was deployed before it.
    await lab.deploy(three);
    const second = await kept();
    assert.notDeepEqual(second, first);
    const back = await lab.deploy({ ...three, inputs: { mode: 'rollback' } });
    assert.equal(back.outputs['status'], 'deployed');
    await kept();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await lab.deploy();
  await lab.stillPods();
}
