import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Check } from '../scenario.ts';
import { type HelmRun, HelmWatch } from './helm-process.ts';
import type { StepResult } from './job.ts';
import { eventually, type Lab, RELEASE } from './lab.ts';
import { bringBackApiServer, killApiServer } from './machine.ts';

const budgetsOf = z.object({ items: z.array(z.object({ spec: z.object({ minAvailable: z.number() }) })) });

const KILLS = 10;
/** The last of them strike when the release is seen pending, which no clock can be relied on to hit; the others at random. */
const AIMED = 2;
/** The random moments are the same each time. */
const SEED = 20_261_121;

/** Runs that are broken off from outside: each leaves what the next one goes on from. */
export async function interruptions(check: Check, lab: Lab): Promise<void> {
  await check('the API server restarted during the rollout: the deploy waits for it and goes on', async () => {
    let restarted: Promise<void> | undefined;
    let isBack = false;
    const restart = async () => {
      await killApiServer(lab.config);
      await sleep(6000);
      await bringBackApiServer(lab.config);
      isBack = true;
    };
    const result = await lab.run({
      set: ['podAnnotations.api=restarted'],
      onLine: (line) => {
        if (line.startsWith('Rollout of')) restarted ??= restart();
      },
    });
    const hasOutlived = isBack;
    await restarted;
    assert.equal(result.conclusion, 'success', result.log);
    assert.ok(hasOutlived, 'the API server was not away within the rollout: the check proves nothing');
    await isDeployed(lab, 'api', 'restarted');
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const at = signal === 'SIGINT' ? '::group::Helm upgrade' : 'Rollout of';
    await check(`cancelled by ${signal} at “${at.replace('::group::', '')}”: the next run goes on`, async () => {
      const result = await cancelled(lab, signal, at, [`podAnnotations.cancelled=${signal}`]);
      assert.notEqual(result.conclusion, 'success', result.log);
      assert.match(result.log, new RegExp(`${signal} received`));
      assert.deepEqual(result.orphans, [], 'a process outlived the job');
      const next = await lab.deploy({ set: [`podAnnotations.cancelled=${signal}`] });
      assert.doesNotMatch(next.log, /Waiting for it/, 'the Lease of the cancelled run kept the next one waiting');
      await isDeployed(lab, 'cancelled', signal);
    });
  }

  await check('two deploys at once: one refuses, the other waits for its turn', async () => {
    // A call keeps the first at work for as long as the others need.
    await lab.stillPods();
    const call = await lab.call('turn');
    const isRolling = signalOf();
    const isWaiting = signalOf();
    const first = lab.run({
      set: ['podAnnotations.turn=first'],
      onLine: (line) => line.startsWith('Rollout of') && isRolling.give(),
    });
    await Promise.race([isRolling.given, first]);
    const waiting = lab.run({
      set: ['podAnnotations.turn=second'],
      onLine: (line) => line.includes('Waiting for it') && isWaiting.give(),
    });
    const refused = await lab.run({ set: ['podAnnotations.turn=refused'], inputs: { 'when-busy': 'refuse' } });
    await Promise.race([isWaiting.given, waiting]);
    await call.leave();
    const [whole, second] = await Promise.all([first, waiting]);
    assert.equal(whole.conclusion, 'success', whole.log);
    assert.equal(refused.conclusion, 'failure', refused.log);
    assert.match(
      refused.errors.join('\n'),
      new RegExp(`LK-HELM-085: Another run works on ${RELEASE}: .*/runs/${whole.runId}`),
    );
    assert.match(refused.errors.join('\n'), /Fix: /);
    assert.equal(second.conclusion, 'success', second.log);
    assert.match(second.log, new RegExp(`Another run works on ${RELEASE}: .*/runs/${whole.runId}.*Waiting for it`));
    assert.ok(Number(second.outputs['revision']) > Number(whole.outputs['revision']));
    await isDeployed(lab, 'turn', 'second');
  });
}

/** Helm killed in the middle, alone or with the whole step: whatever it left, the next run goes on from there. */
export async function helmKilled(check: Check, lab: Lab): Promise<void> {
  await check(
    `Helm killed at ${KILLS - AIMED} random moments and ${AIMED} times with the release pending, half of them with the whole step: the next run recovers`,
    async () => {
      const whole = await undisturbed(lab);
      const pods = await lab.stillPods();
      const random = seeded(SEED);
      const left: string[] = [];
      let noticed = 0;
      for (let kill = 1; kill <= KILLS; kill++) {
        // Pods that are replaced serve on for a while, ten times over; Helm does not wait for them anyway.
        // The same again every second time: an unchanged companion is written beside LiveKit, a changed one before it.
        const budget = Math.ceil(kill / 2);
        const set = [`companion.podDisruptionBudget.minAvailable=${budget}`];
        // Half of the moments are anywhere, half in the runs that write, which are the shorter part of the time.
        const among = kill > KILLS / 2 ? whole : whole.map((part) => (part.command === 'upgrade' ? part : never(part)));
        const moment = random() * among.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
        const isAimed = kill > KILLS - AIMED;
        const at = isAimed ? ('pending' as const) : momentOf(among, moment);
        const killed = await killedAt(lab, at, set, kill % 4 >= 2);
        const when = isAimed ? 'when the release was pending' : `at ${Math.round(moment)} ms`;
        const words = `kill ${kill}, of ${killed.command} ${when}, left ${killed.left}`;
        // A Helm that was quicker than it had been was over by then, and nothing was killed.
        if (killed.result.conclusion !== 'success') noticed++;
        else assert.equal(killed.command, '', `${words}, and was not noticed:\n${killed.result.log}`);
        left.push(killed.left);
        const next = await lab.run({ set });
        assert.equal(next.conclusion, 'success', `${words}:\n${killed.result.log}\n\n${next.log}`);
        assert.equal(next.outputs['status'], 'deployed', words);
        await areDeployed(lab);
        const budgets = await lab.get(budgetsOf, 'poddisruptionbudgets');
        assert.deepEqual(
          budgets.items.map(({ spec }) => spec.minAvailable),
          [budget],
          words,
        );
        assert.deepEqual(await lab.stillPods(), pods, words);
      }
      assert.ok(noticed >= KILLS / 2, `only ${noticed} kills broke a step off: the check proves little`);
      assert.ok(
        left.some((status) => status.startsWith('pending-')),
        `no kill left a release pending, so nothing had to be recovered: ${left.join(', ')}`,
      );
    },
  );
}

/** The newest revision is deployed, its template is what runs, and nothing waits for anything. */
async function isDeployed(lab: Lab, annotation: string, value: string): Promise<void> {
  await areDeployed(lab);
  await eventually(async () => {
    const pods = await lab.pods();
    assert.deepEqual(
      pods.map(({ ready, ending }) => ({ ready, ending })),
      [{ ready: true, ending: false }],
    );
    const path = `jsonpath={.metadata.annotations.${annotation}}`;
    assert.equal(await lab.kubectl('get', 'pod', pods[0]?.name ?? '', '-n', 'livekit', '-o', path), value);
  });
}

/** Both releases. */
async function areDeployed(lab: Lab): Promise<void> {
  for (const release of [RELEASE, `${RELEASE}-gke`]) {
    const latest = (await lab.history(release)).at(-1);
    assert.equal(latest?.status, 'deployed', `${release}: ${latest?.description ?? ''}`);
  }
}

/** Cancels the step at the first line that begins so. */
async function cancelled(lab: Lab, signal: 'SIGINT' | 'SIGTERM', at: string, set: string[]): Promise<StepResult> {
  const cancel = new AbortController();
  let machine = '';
  let isSent = false;
  const result = await lab.run({
    set,
    signal: cancel.signal,
    onMachine: (directory) => (machine = directory),
    onLine: (line) => {
      if (!line.startsWith(at) || isSent) return;
      isSent = true;
      if (signal === 'SIGINT') cancel.abort();
      else process.kill(mainOf(machine), 'SIGTERM');
    },
  });
  assert.ok(isSent, `the step never said ${at}:\n${result.log}`);
  return result;
}

/** The step itself on a machine. */
function mainOf(machine: string): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (!line.includes('/dist/helm-deploy.js')) continue;
      if (readFileSync(`/proc/${name}/environ`, 'utf8').includes(`RUNNER_TEMP=${machine}/`)) return Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error(`no step runs on ${machine}`);
}

/** Something that is awaited in one place and happens in another. */
function signalOf() {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
}

interface Part {
  readonly command: string;
  readonly milliseconds: number;
}

const never = (part: Part): Part => ({ ...part, milliseconds: 0 });

/** What a deploy runs of Helm, one after the other. */
async function undisturbed(lab: Lab): Promise<Part[]> {
  let watch: HelmWatch | undefined;
  await lab.deploy({
    set: ['companion.podDisruptionBudget.minAvailable=99'],
    onMachine: (machine) => (watch = new HelmWatch(machine)),
  });
  const runs = (await watch?.stop()) ?? [];
  assert.ok(runs.filter(({ command }) => command === 'upgrade').length === 2, JSON.stringify(runs));
  return runs.map(({ command, began, ended }) => ({ command, milliseconds: ended - began }));
}

/** Which of Helm's runs it is at that moment of all of them, and how far in. */
function momentOf(parts: readonly Part[], moment: number): { index: number; milliseconds: number } {
  let rest = moment;
  for (const [index, { milliseconds }] of parts.entries()) {
    if (rest < milliseconds) return { index, milliseconds: rest };
    rest -= milliseconds;
  }
  return { index: parts.length - 1, milliseconds: 0 };
}

/** Kills Helm there, and with it the step when `whole`: then nobody is left to tidy up but the next run. */
async function killedAt(
  lab: Lab,
  at: { index: number; milliseconds: number } | 'pending',
  set: string[],
  whole: boolean,
): Promise<{ result: StepResult; command: string; left: string }> {
  let watch: HelmWatch | undefined;
  let command = '';
  const strike = (machine: string, run: HelmRun) => {
    if (command !== '' || run.ended !== 0) return;
    command = run.command;
    if (whole) kill(mainOf(machine));
    // A machine that is gone takes all of them along.
    const struck = whole ? (watch?.runs ?? []).filter(({ ended }) => ended === 0) : [run];
    for (const { pid } of struck) kill(pid);
  };
  const pending = at === 'pending' ? watchPending(lab) : undefined;
  const result = await lab.run({
    set,
    onMachine: (machine) => {
      watch = new HelmWatch(machine, (run, index) => {
        if (at === 'pending') {
          if (run.command === 'upgrade') void pending?.seen.then(() => strike(machine, run));
          return;
        }
        if (index < at.index) return;
        if (index === at.index) setTimeout(() => strike(machine, run), at.milliseconds);
        // One that is quicker than it was is over by then: the next one is killed at its start.
        else if (watch?.runs[at.index]?.ended !== 0) strike(machine, run);
      });
    },
  });
  pending?.stop();
  await watch?.stop();
  const statuses = [RELEASE, `${RELEASE}-gke`].map(
    async (release) => (await lab.history(release)).at(-1)?.status ?? '',
  );
  const left = (await Promise.all(statuses)).sort((a) => (a.startsWith('pending-') ? -1 : 1));
  return { result, command, left: left[0] ?? '' };
}

/** Tells when a record of a release that is being changed is written. */
function watchPending(lab: Lab): { seen: Promise<void>; stop: () => void } {
  const { kubectl, kubeconfig } = lab.administrator;
  const selector = 'owner=helm,status=pending-upgrade';
  const watching = spawn(
    kubectl,
    ['--kubeconfig', kubeconfig, 'get', 'secrets', '-n', 'livekit', '-l', selector, '--watch-only', '-o', 'name'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return {
    seen: new Promise((resolve) => watching.stdout.once('data', () => resolve())),
    stop: () => void watching.kill(),
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
