import assert from 'node:assert/strict';
import type { Check } from '../scenario.ts';
import { type Lab, providerFault, succeeded } from './lab.ts';

/** Long enough for Terraform to use a token at all: its libraries renew ten seconds before the end. */
const LIFE_SECONDS = 12;

/** An apply of hours outlives many tokens; here they live seconds, and one resource takes longer than that. */
export async function tokens(check: Check, lab: Lab, gigabytes: number): Promise<void> {
  await check('an apply that takes longer than a token lives goes on with new ones', async () => {
    const pull = await lab.memory(gigabytes);
    succeeded(await lab.plan(pull));
    await lab.google('POST', '/tokens/limit', { seconds: LIFE_SECONDS });
    try {
      const delayMilliseconds = (LIFE_SECONDS + 1) * 1000;
      const fault = providerFault({ resource: 'google_redis_instance', operation: 'update', delayMilliseconds });
      succeeded(await lab.apply(await lab.merge(pull), fault));
    } finally {
      await lab.google('POST', '/tokens/limit', { seconds: null });
    }
    assert.equal(await lab.redisMemory(), gigabytes);
  });
}
