import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Check } from '../scenario.ts';
import { type Lab, succeeded } from './lab.ts';

/** What everybody does every day, from the first plan to the destroy. */
export async function flow(check: Check, lab: Lab, title: string): Promise<boolean> {
  const went = await check(
    `${title}: the first plan is commented, its merge applies it, the outputs are published`,
    async () => {
      const pull = await lab.open('Bring up dev', { 'terraform/environments/dev/PURPOSE.md': 'For trials.\n' });
      succeeded(await lab.plan(pull));
      assert.match(await lab.comment(pull), /google_redis_instance/);
      const text = (await lab.object(await lab.planObject(pull, '.md'))).toString('utf8');
      assert.match(text, /^### 🟢 dev: [\s\S]*google_redis_instance/, 'the whole text lies beside the plan');
      succeeded(await lab.apply(await lab.merge(pull)));
      const outputs = z
        .object({ commit: z.string() })
        .parse(JSON.parse((await lab.object('livekit/dev/outputs.json')).toString('utf8')));
      assert.equal(outputs.commit, await lab.job.repository.head());
      assert.equal(await lab.redisMemory(), 1);
      assert.match(await lab.deploymentUrl(), new RegExp(`/pull/${pull.number}#issuecomment-`));
    },
  );
  if (!went) return false;
  for (const [method, gigabytes] of [
    ['squash', 2],
    ['rebase', 3],
  ] as const) {
    await check(`${title}: a ${method} merge finds its pull request and applies its plan`, async () => {
      succeeded(await lab.carryOut(await lab.memory(gigabytes), {}, method));
      assert.equal(await lab.redisMemory(), gigabytes);
    });
  }
  return true;
}
