import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from '../../../sandbox/command.ts';
import { pullRequestEvent, pushEvent } from '../../../sandbox/workflow/event.ts';
import type { ActionResult } from '../../../sandbox/workflow/harness.ts';
import type { Check } from '../scenario.ts';
import { type Lab, providerFault, succeeded } from './lab.ts';
import { Machine, type Step } from './step.ts';

const LOCK = 'livekit/dev/default.tflock';
/** GitHub's sequence, shorter: what counts is that main is killed while Terraform still works. */
const TIMING = { toTermMilliseconds: 1500, toKillMilliseconds: 500 };

/** Cancels, and machines that give out: what they leave, what is said of it, and that the next run goes on. */
export async function cancels(check: Check, lab: Lab, gigabytes: number): Promise<void> {
  const pull = await lab.memory(gigabytes);
  succeeded(await lab.plan(pull));
  const before = await lab.merge(pull);
  const event = await pushEvent(lab.person, 'main', before);
  const slow = (delayMilliseconds: number) =>
    providerFault({ resource: 'google_redis_instance', operation: 'update', delayMilliseconds, stubborn: true });
  const cancelled = (machine: Machine, step: Omit<Step, 'event' | 'action'>) =>
    cancelAt(lab, machine, /Modifying\.\.\./, { action: 'terraform-apply', event, timing: TIMING, ...step });

  await check('Terraform killed in a cancelled apply: the lock that is left is named, and the command removes it', () =>
    withMachine(async (machine) => {
      const result = await cancelled(machine, { env: slow(60_000), onLine: killTerraform });
      assert.equal(result.conclusion, 'cancelled');
      assert.match(result.summary, /still locked by this run/);
      const [, command, id] =
        /<code>(cd [^<]*force-unlock (\d+))<\/code>/.exec(result.summary.replaceAll('&amp;', '&')) ?? [];
      assert.ok(command !== undefined && id !== undefined, result.summary);
      assert.match(await lab.comment(pull), new RegExp(`force-unlock ${id}`));
      assert.ok((await lab.objects(LOCK)).includes(LOCK), 'no lock is left: the check proves nothing');
      const { accessToken } = (await (await lab.google('POST', '/owner')).json()) as { accessToken: string };
      await run('terraform', ['force-unlock', '-force', id], {
        cwd: join(machine.workspace, command.split(' ')[1] ?? ''),
        timeoutSeconds: 60,
        env: {
          PATH: `${lab.config.bin}:${process.env['PATH'] ?? ''}`,
          GOOGLE_OAUTH_ACCESS_TOKEN: accessToken,
          GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT: `${lab.config.addresses.storage}/storage/v1/`,
        },
      });
      assert.deepEqual(await lab.objects(LOCK), []);
    }),
  );

  await check('the same with `unlock: own`: post removes the lock, and nothing of the run is left', () =>
    withMachine(async (machine) => {
      const inputs = { unlock: 'own' };
      const result = await cancelled(machine, { env: slow(60_000), onLine: killTerraform, inputs });
      assert.match(result.summary, /own lock \(\d+\) was left; it is removed/);
      assert.deepEqual(await lab.objects(LOCK), []);
      assert.deepEqual(readdirSync(machine.temporary), []);
    }),
  );

  await check('cancel during apply: Terraform ends in order, post waits for it and tells what is done', () =>
    withMachine(async (machine) => {
      const result = await cancelled(machine, { env: slow(6000) });
      assert.equal(result.conclusion, 'cancelled');
      assert.equal(result.main.signal, 'SIGKILL', 'main ended by itself: the check proves nothing');
      assert.match(result.summary, /was cancelled[^]*google_redis_instance/);
      assert.match(await lab.comment(pull), /came to its end first|ended in order/);
      assert.deepEqual(result.orphans, []);
      assert.deepEqual(await lab.objects(LOCK), []);
      assert.equal(await lab.redisMemory(), gigabytes);
    }),
  );

  await check('cancel during plan leaves nothing: no lock, no process, no file, no comment', () =>
    withMachine(async (machine) => {
      const other = await lab.memory(gigabytes + 1);
      const result = await cancelAt(lab, machine, /google_redis_instance.*Refreshing/i, {
        action: 'terraform-plan',
        event: await pullRequestEvent(lab.person, other.number, 'opened'),
        env: providerFault({ resource: 'google_redis_instance', operation: 'read', delayMilliseconds: 60_000 }),
        inputs: { lock: 'true' },
      });
      assert.equal(result.conclusion, 'cancelled');
      assert.equal(result.main.signal, null, 'main had to be killed');
      assert.deepEqual(result.orphans, []);
      assert.deepEqual(await lab.objects(LOCK), []);
      assert.deepEqual(readdirSync(machine.temporary), []);
      assert.deepEqual(await lab.person.call('GET', `/issues/${other.number}/comments`), []);
    }),
  );

  await check('a full disk is named, by plan and by apply, and nothing changes', () =>
    withMachine(async (machine) => {
      const other = await lab.memory(gigabytes + 1);
      const planEvent = await pullRequestEvent(lab.person, other.number, 'opened');
      mkdirSync(machine.temporary, { recursive: true });
      await run('mount', ['-t', 'tmpfs', '-o', 'size=12k', 'tmpfs', machine.temporary], { timeoutSeconds: 10 });
      try {
        for (const step of [
          { action: 'terraform-plan', event: planEvent },
          { action: 'terraform-apply', event },
        ] as const) {
          const result = await machine.run(lab, step);
          assert.equal(result.conclusion, 'failure');
          assert.match(result.main.lines.join('\n'), /LK-RUN-004[^]*no space left/);
        }
      } finally {
        await attempt('umount', [machine.temporary], { timeoutSeconds: 10 });
      }
      assert.equal(await lab.redisMemory(), gigabytes);
    }),
  );
}

async function withMachine(work: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = new Machine();
  try {
    await work(machine);
  } finally {
    machine.remove();
  }
}

/** Runs the step and cancels the job at the first line that matches. */
async function cancelAt(lab: Lab, machine: Machine, at: RegExp, step: Step): Promise<ActionResult> {
  const cancel = new AbortController();
  const result = await machine.run(lab, {
    ...step,
    signal: cancel.signal,
    onLine: (line) => {
      if (at.test(line)) cancel.abort();
      step.onLine?.(line);
    },
  });
  assert.ok(cancel.signal.aborted, `the step never said ${at.source}:\n${result.main.lines.join('\n')}`);
  return result;
}

/** What the system does when memory runs out: ends Terraform, whose number post has told. */
function killTerraform(line: string): void {
  const id = /still runs \(process (\d+)\)/.exec(line)?.[1];
  if (id !== undefined) process.kill(Number(id), 'SIGKILL');
}
