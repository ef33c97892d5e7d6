import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { run } from '../../sandbox/command.ts';
import { down } from '../../sandbox/down.ts';
import { runStep } from '../e2e/deploy/job.ts';
import { Lab, NAMESPACE, RELEASE, VALUES_FILE } from '../e2e/deploy/lab.ts';
import { type Bench, type Measured, median } from './bar.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROUNDS = 5;
const BAR = 1.05;
const BAR_SECONDS = 1;

/**
 * The whole helm-deploy of a change that rolls the pods, over a bare `helm upgrade --wait` of the same change: the real Helm on
 * real nodes. The step signs in, reads the facts and the keys, asks the cluster first, deploys the companion chart as well, and
 * tells what came of it.
 */
export const deployment: Bench = {
  title: 'helm-deploy over the bare helm upgrade --wait',
  async run() {
    const lab = await Lab.open();
    try {
      return await measure(lab);
    } finally {
      await lab.close();
      await down();
    }
  },
};

export const benches: readonly Bench[] = [deployment];

/** On a lab of which nothing else is asked meanwhile. */
export async function measure(lab: Lab): Promise<Measured[]> {
  const { bin, kubernetes, addresses } = lab.config;
  const kube = ['--namespace', NAMESPACE, '--kubeconfig', kubernetes.adminKubeconfig];
  await lab.deploy();
  await untilStill(lab);
  const helm = (...args: string[]) => run(join(bin, 'helm'), [...args, ...kube], { timeoutSeconds: 120 });
  const values = z
    .looseObject({ livekit: z.looseObject({}) })
    .parse(JSON.parse(await helm('get', 'values', RELEASE, '--output', 'json')));
  const file = join(lab.repository.directory, 'bench.json');
  // The bundle as users get it: a lab's own is made quickly, and starts slowly.
  const { config, person, repository, settings } = lab;
  const action = (name: string) => join(ROOT, 'actions', name);
  const release = { directory: ROOT, action, remove: () => Promise.resolve() };
  const home = { config, person, repository, settings, release };
  // Each change is a new one, and rolls the pods.
  let number = 100;
  /** Without what GitHub does before and after the step. */
  const whole = async () => {
    const set = `livekit.room.max_participants=${++number}`;
    const { conclusion, main, post, log } = await runStep(home, 'dev', { inputs: { values: VALUES_FILE, set } });
    if (conclusion !== 'success') throw new Error(`the step ended with ${conclusion}:\n${log.slice(-4000)}`);
    return main.durationSeconds + (post?.durationSeconds ?? 0);
  };
  const alone = async () => {
    const room = { max_participants: ++number };
    await writeFile(file, JSON.stringify({ ...values, livekit: { ...values.livekit, room } }));
    const started = performance.now();
    const chart = ['livekit-server', '--version', '1.9.0', '--repo', addresses.helmRepository];
    await helm('upgrade', RELEASE, ...chart, '--values', file, '--wait', '--timeout', '100s');
    return (performance.now() - started) / 1000;
  };
  const [step, bare]: [number[], number[]] = [[], []];
  // By turns, so that what else the machine does weighs on both alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [took, work] of [
      [step, whole],
      [bare, alone],
    ] as const) {
      took.push(await work());
      // What the old pod still does is in nobody's way.
      await untilStill(lab);
    }
  }
  const ratio = median(step.map((seconds, round) => seconds / (bare[round] ?? NaN)));
  const limit = BAR * median(bare) + BAR_SECONDS;
  return [
    {
      what: 'helm-deploy, whole, over `helm upgrade --wait`',
      value: `${ratio.toFixed(2)} x (${median(step).toFixed(2)} s, ${median(bare).toFixed(2)} s)`,
      bar: `<= ${BAR.toFixed(2)} x + ${BAR_SECONDS} s, here ${limit.toFixed(2)} s`,
      holds: median(step) <= limit,
    },
  ];
}

/** Until no pod ends any more. */
async function untilStill(lab: Lab): Promise<void> {
  while ((await lab.pods()).some(({ ready, ending }) => !ready || ending)) await sleep(500);
}
