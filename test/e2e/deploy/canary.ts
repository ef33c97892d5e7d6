import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentWatch, type Canary, searchEverywhere } from '../../../sandbox/demo/canary.ts';
import { encodings } from '../../../src/runner/mask.ts';
import type { Check } from '../scenario.ts';
import type { StepResult } from './job.ts';
import type { Lab } from './lab.ts';
import { validate } from './validate.ts';

/** Secrets as people make them, each with something in it that a careless hand quotes, cuts or encodes. */
const SHAPES: Readonly<Record<string, (chance: string) => string>> = {
  base64: (chance) => `${Buffer.from(`canary-${chance}-canary`).toString('base64')}+/==`,
  quotes: (chance) => `ca"na'ry\\${chance} $HOME $(id) %41 <b> & # !`,
  yaml: (chance) => `{canary: [${chance}]} # &a *a | > - ? : @`,
  unicode: (chance) => `kanarienvögel-鳥-🐤-${chance}-\u2028-canary`,
};

/** Secrets of several shapes, by the action's inputs, and what is left of them anywhere after good runs and bad ones. */
export async function canary(check: Check, lab: Lab): Promise<void> {
  const birds = Object.entries(SHAPES).map(([shape, make]) => ({
    key: `APIcanary-${shape}`,
    secret: make(randomBytes(12).toString('hex')),
  }));
  const inputs = {
    'livekit-api-key': birds.map(({ key }) => key).join('\n'),
    'livekit-api-secret': birds.map(({ secret }) => secret).join('\n'),
  };
  const watch = new ArgumentWatch(...birds, lab.keys);
  const disks: Disk[] = [];
  const results: StepResult[] = [];
  const run = async (more: Parameters<Lab['run']>[0]) => {
    const disk = new Disk(birds);
    disks.push(disk);
    try {
      results.push(await lab.run({ ...more, onMachine: (folder) => disk.watch(folder) }));
    } finally {
      disk.stop();
    }
  };
  const deployed = await check(
    'API secrets of several shapes are deployed by the inputs, and each lets people in',
    async () => {
      await run({ inputs });
      assert.equal(results[0]?.conclusion, 'success', results[0]?.errors.join('\n'));
      // The old pod, which knows the old key only, serves on until the load balancer knows that it goes.
      await lab.stillPods();
      for (const bird of birds) assert.equal(await validate(lab, bird), 200, bird.key);
    },
  );
  if (!deployed) return void watch.stop();
  await check('runs that preview, render, follow, or fail by them tell nothing either', async () => {
    await run({ inputs: { ...inputs, mode: 'diff' } });
    await run({ inputs: { ...inputs, mode: 'render' } });
    await run({ inputs: { ...inputs, mode: 'status' } });
    // One key too many; and a release that the server cannot start, which is rolled back.
    await run({ inputs: { ...inputs, 'livekit-api-key': `${inputs['livekit-api-key']}\nanother` } });
    await run({ inputs, set: ['livekit.rtc.port_range_start=70000', 'livekit.rtc.port_range_end=70001'] });
    assert.deepEqual(
      results.slice(1).map(({ conclusion }) => conclusion),
      ['success', 'success', 'success', 'failure', 'failure'],
    );
    for (const { log, summary, outputs, state, env, runId } of results) {
      // A mask is told to the runner by the secret itself; the runner shows it to nobody.
      const shown = log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
      const said = [...shown, summary, JSON.stringify({ outputs, state, env })].join('\n');
      for (const bird of birds) assert.ok(!holds(Buffer.from(said), bird), `run ${runId} tells ${bird.key}’s secret`);
    }
  });
  await check('no secret was on the disk of a job, nor among the arguments of a process', () => {
    const leaking = disks.flatMap((disk) => [...disk.leaking]);
    assert.deepEqual(leaking, []);
    const seen = new Set(disks.flatMap((disk) => [...disk.seen]));
    // The looks prove something only if they saw what a step keeps for a moment.
    for (const name of [/kubeconfig/, /values.*\.(ya?ml|json)$/, /helm-deploy-dev\.md$/])
      assert.ok(
        [...seen].some((file) => name.test(file)),
        `no look saw ${String(name)}: ${[...seen].join(', ')}`,
      );
    assert.deepEqual(watch.stop(), []);
    assert.ok(watch.looks > 100, `only ${watch.looks} looks at the processes`);
    return Promise.resolve();
  });
  await check('the cluster has them in the one Secret alone: not in releases, ConfigMaps, pods or events', async () => {
    for (const bird of birds) {
      const { clean, expected } = await searchEverywhere(lab.config, bird, [lab.repository.directory]);
      const found = clean.filter((sighting) => sighting.found).map(({ place }) => place);
      assert.deepEqual(found, [], bird.key);
      const where = expected.filter((sighting) => sighting.found).map(({ place }) => place);
      assert.deepEqual(where, ['the Kubernetes Secret'], `the search does not find ${bird.key} where it is`);
    }
  });
  await lab.deploy();
}

const holds = (text: Buffer, { secret }: Canary) => encodings(secret).some((form) => text.includes(form));

/** Looks at what a step has on its machine, again and again while it runs. */
class Disk {
  readonly leaking = new Set<string>();
  readonly seen = new Set<string>();
  readonly #birds: readonly Canary[];
  #timer: NodeJS.Timeout | undefined;

  constructor(birds: readonly Canary[]) {
    this.#birds = birds;
  }

  watch(folder: string): void {
    this.#timer = setInterval(() => this.#look(folder), 25);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(folder: string): void {
    for (const path of filesBelow(folder)) {
      const text = content(path);
      if (text === undefined) continue;
      this.seen.add(path.slice(folder.length + 1));
      for (const bird of this.#birds) if (holds(text, bird)) this.leaking.add(`${bird.key} in ${path}`);
    }
  }
}

function filesBelow(folder: string): string[] {
  const entries = (): Dirent[] => {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch {
      return [];
    }
  };
  return entries().flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

/** A file may be gone by now. */
function content(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
