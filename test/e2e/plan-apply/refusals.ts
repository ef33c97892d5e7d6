import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../scenario.ts';
import { type Lab, refused, succeeded } from './lab.ts';

/**
 * What must not be applied, and what may be although the world moved. Redis has `applied` GB before; a change that was
 * refused stays merged, and the next pull request's plan shows it again.
 */
export async function refusals(check: Check, lab: Lab, applied: number): Promise<void> {
  await check('a plan whose bytes were changed in the bucket is refused; nothing changes', async () => {
    const pull = await lab.memory(applied + 1);
    succeeded(await lab.plan(pull));
    const name = await lab.planObject(pull, '.tfplan');
    const plan = await lab.object(name);
    plan.writeUInt8(plan.readUInt8(plan.length >> 1) ^ 0xff, plan.length >> 1);
    await lab.writeObject(name, plan);
    refused(await lab.apply(await lab.merge(pull)), /LK-TF-012/, /SHA-256/);
    assert.equal(await lab.redisMemory(), applied);
  });

  await check('another pull request’s plan, planted under this one’s commit, is refused; nothing changes', async () => {
    const other = await lab.memory(applied + 8);
    const pull = await lab.memory(applied + 2);
    succeeded(await lab.plan(other));
    // A complete one, record and all, in the place of the plan that was never made.
    for (const ending of ['.tfplan', '.json'] as const) {
      const name = await lab.planObject(other, ending);
      await lab.writeObject(name.replace(other.head.sha, pull.head.sha), await lab.object(name));
    }
    refused(await lab.apply(await lab.merge(pull)), /LK-TF-014/, /pull request/);
    assert.equal(await lab.redisMemory(), applied);
  });

  await check('a push after the plan, merged before it was planned, is refused; nothing changes', async () => {
    const pull = await lab.memory(applied + 3);
    succeeded(await lab.plan(pull));
    const { repository } = lab.job;
    await repository.git('checkout', '--quiet', pull.head.ref);
    repository.write('terraform/environments/dev/PURPOSE.md', 'Pushed after the plan.\n');
    await repository.commit('One more thing');
    await repository.git('push', '--quiet', 'origin', pull.head.ref);
    refused(await lab.apply(await lab.merge(pull)), /LK-TF-011/);
    assert.equal(await lab.redisMemory(), applied);
  });

  await check('an expired plan is refused by its age; nothing changes', async () => {
    const pull = await lab.memory(applied + 4);
    succeeded(await lab.plan(pull));
    const name = await lab.planObject(pull, '.json');
    const envelope = JSON.parse((await lab.object(name)).toString('utf8')) as Record<string, unknown>;
    const createdAt = new Date(Date.now() - 8 * 86_400_000).toISOString();
    await lab.writeObject(name, JSON.stringify({ ...envelope, createdAt }));
    refused(await lab.apply(await lab.merge(pull)), /LK-TF-026/);
    assert.equal(await lab.redisMemory(), applied);
  });

  await check('two merges in quick succession: each does what was reviewed, the second by a new plan', async () => {
    const [memory, port] = [await lab.memory(applied + 5), await lab.closePort()];
    succeeded(await lab.plan(memory));
    succeeded(await lab.plan(port));
    const first = await lab.merge(memory);
    const second = await lab.merge(port);
    // The run of the first push starts when both are merged; its tree is that of its own commit.
    succeeded(await lab.applyAt(memory, first));
    assert.equal(await lab.redisMemory(), applied + 5);
    const run = succeeded(await lab.apply(second));
    const summaries = run.jobs.map(({ summary }) => summary).join('\n');
    assert.match(summaries, /google_compute_firewall/);
    assert.match(summaries, /anew|new plan/i);
  });

  await check('a stale serial and a change that nobody reviewed: refused, with the difference', async () => {
    const pull = await lab.memory(applied + 6);
    succeeded(await lab.plan(pull));
    // Somebody changed Redis meanwhile: what the merge would do is not what was reviewed.
    await lab.changeOutside('google_redis_instance', { memory_size_gb: applied + 40 });
    await lab.touchState();
    refused(await lab.apply(await lab.merge(pull)), /LK-TF-025/, /google_redis_instance/);
    assert.match(await lab.comment(pull), /memory_size_gb/);
    assert.equal(await lab.redisMemory(), applied + 5);
    await lab.changeOutside('google_redis_instance', { memory_size_gb: applied + 5 });
  });

  await check(
    'a stale serial alone, on a machine that knows nothing of the plan: planned anew, equal, applied',
    async () => {
      const pull = await lab.memory(applied + 7);
      const run = succeeded(await lab.plan(pull));
      rmSync(join(lab.config.directory, 'workflow', 'runs', String(run.runId)), { recursive: true });
      await lab.touchState();
      succeeded(await lab.apply(await lab.merge(pull)));
      assert.equal(await lab.redisMemory(), applied + 7);
    },
  );

  await check('a fork’s pull request gets no credentials and no plan, and says so', async () => {
    const pull = await lab.openFromFork('mallory', applied + 9);
    await lab.google('DELETE', '/requests');
    const run = await lab.plan(pull);
    const told = run.jobs.flatMap((job) => [...job.annotations.map(({ message }) => message), job.summary]).join('\n');
    assert.match(told, /fork/i, run.logFile);
    const { requests } = (await (await lab.google('GET', '/requests')).json()) as { requests: unknown[] };
    assert.deepEqual(requests, [], 'the fork’s run asked Google for something');
    assert.deepEqual(await lab.objects(`livekit/dev/plans/${pull.head.sha}/`), []);
  });
}
