import assert from 'node:assert/strict';
import { scheduleEvent } from '../../../sandbox/workflow/event.ts';
import type { Check } from '../scenario.ts';
import { type Lab, refused, succeeded } from './lab.ts';

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly body: string;
  readonly pull_request?: unknown;
}

/** What needs a label, what drifts, and how an environment is ended. */
export async function guards(check: Check, lab: Lab): Promise<void> {
  await check('the replacement of a protected resource needs the label, put on after the plan', async () => {
    const pull = await lab.open('Make Redis highly available', {
      'terraform/environments/dev/tier.auto.tfvars': 'redis_tier = "STANDARD_HA"\n',
    });
    succeeded(await lab.plan(pull));
    assert.match(await lab.comment(pull), /allow-destroy/);
    const before = await lab.merge(pull);
    refused(await lab.apply(before), /LK-TF-035/, /google_redis_instance/);
    await lab.label(pull, 'allow-destroy');
    succeeded(await lab.apply(before));
    assert.equal(await lab.redisAttribute('tier'), 'STANDARD_HA');
  });

  await check('drift opens one issue, brings it up to date, and closes it', async () => {
    const memory = await lab.redisMemory();
    const look = async () =>
      succeeded(await lab.job.attempt('terraform-drift', await scheduleEvent(lab.person, '17 21 * * *')));
    const issues = async () =>
      (await lab.person.call<Issue[]>('GET', '/issues?state=all&per_page=100')).filter((issue) => !issue.pull_request);

    await lab.changeOutside('google_redis_instance', { memory_size_gb: memory + 20 });
    await look();
    const [opened, ...others] = await issues();
    assert.ok(opened !== undefined && others.length === 0, 'not one issue');
    assert.equal(opened.state, 'open');
    assert.match(`${opened.title}\n${opened.body}`, /dev/);
    assert.match(opened.body, new RegExp(`${memory + 20}`));

    await lab.changeOutside('google_redis_instance', { memory_size_gb: memory + 21 });
    await look();
    const [updated] = await issues();
    assert.equal(updated?.number, opened.number);
    assert.match(updated?.body ?? '', new RegExp(`${memory + 21}`));

    await lab.changeOutside('google_redis_instance', { memory_size_gb: memory });
    await look();
    assert.deepEqual(
      (await issues()).map(({ number, state }) => [number, state]),
      [[opened.number, 'closed']],
    );
  });

  await check('a destroy by hand needs its permission, and then leaves nothing', async () => {
    const inputs = { environment: 'dev', what: 'destroy' };
    refused(await lab.dispatch('terraform-run', { ...inputs, 'allow-destroy': 'false' }), /LK-TF-0(35|41)/);
    assert.equal(await lab.redisAttribute('tier'), 'STANDARD_HA');
    succeeded(await lab.dispatch('terraform-run', { ...inputs, 'allow-destroy': 'true' }));
    const state = JSON.parse((await lab.object('livekit/dev/default.tfstate')).toString('utf8')) as {
      resources: unknown[];
    };
    assert.deepEqual(state.resources, []);
  });
}
