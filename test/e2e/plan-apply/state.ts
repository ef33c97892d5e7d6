import assert from 'node:assert/strict';
import type { Check } from '../scenario.ts';
import { type Lab, providerFault, refused, succeeded } from './lab.ts';

const STATE = { service: 'storage.googleapis.com', method: 'POST', query: 'default\\.tfstate' } as const;
const REFUSED = { status: 403, body: { error: { code: 403, message: 'The bucket is closed for a while.' } } } as const;

/** What was made is not forgotten when the bucket does not take the state. Redis has `applied` GB before. */
export async function states(check: Check, lab: Lab, applied: number): Promise<void> {
  await check('a state that the bucket refuses once is saved by a second try, and the apply succeeds', async () => {
    const pull = await lab.memory(applied + 1);
    succeeded(await lab.plan(pull));
    const before = await lab.merge(pull);
    try {
      await lab.googleFault({ ...STATE, ...REFUSED, times: 1 });
      const run = succeeded(await lab.apply(before));
      const warnings = run.jobs.flatMap(({ annotations }) => annotations).map(({ message }) => message);
      assert.ok(
        warnings.some((text) => text.startsWith('The bucket did not take the new state.')),
        `${warnings.join('\n')}\n${run.logFile}`,
      );
    } finally {
      await lab.clearFaults();
    }
    assert.equal(await lab.redisMemory(), applied + 1);
  });

  await check('a state that the bucket does not take at all is told with what is done and not recorded', async () => {
    const pull = await lab.memory(applied + 2);
    succeeded(await lab.plan(pull));
    const before = await lab.merge(pull);
    try {
      await lab.googleFault({ ...STATE, ...REFUSED, times: 1000 });
      const run = refused(await lab.apply(before), /LK-TF-047/, /not recorded: .*google_redis_instance/, /state push/);
      assert.match(await lab.comment(pull), /LK-TF-047/, run.logFile);
    } finally {
      await lab.clearFaults();
    }
    assert.equal(await lab.redisMemory(), applied + 1, 'the bucket took the state');
    // Redis is what was reviewed, so nothing is left to do; the next apply takes it over.
    succeeded(await lab.apply(before));
    succeeded(await lab.carryOut(await lab.memory(applied + 3)));
    assert.equal(await lab.redisMemory(), applied + 3);
  });

  await check('tokens that Google ends during an apply cost the lock, and not the state', async () => {
    const pull = await lab.memory(applied + 4);
    succeeded(await lab.plan(pull));
    const before = await lab.merge(pull);
    const fault = providerFault({ resource: 'google_redis_instance', operation: 'update', delayMilliseconds: 6000 });
    const running = lab.apply(before, fault);
    await lab.duringApply();
    await lab.google('POST', '/tokens/expire');
    // Terraform cannot give its lock back; under it the state is saved by a second process, with a token of its own.
    const run = refused(await running, /releasing the state lock/);
    assert.match(await lab.comment(pull), /still locked by this run[\s\S]*force-unlock \d+/, run.logFile);
    assert.equal(await lab.redisMemory(), applied + 4, run.logFile);
    await lab.removeObject('livekit/dev/default.tflock');
    succeeded(await lab.apply(before));
  });
}
