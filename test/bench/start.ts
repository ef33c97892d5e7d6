import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Bench, median, paired } from './bar.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROUNDS = 15;
const BAR_MS = 80;

/** From the start of a bundle to its first line, over an empty program. Without inputs the first line is its refusal. */
export const start: Bench = {
  title: 'start of a bundle',
  async run() {
    const [bundle, empty] = await paired(
      ROUNDS,
      () => firstLine(['dist/terraform-plan.js']),
      () => ended(['-e', '0']),
    );
    const more = median(bundle) - median(empty);
    return [
      {
        what: 'terraform-plan to its first line, over `node -e 0`',
        value: `${more.toFixed(0)} ms more (${median(bundle).toFixed(0)} ms, ${median(empty).toFixed(0)} ms)`,
        bar: `<= ${BAR_MS} ms more`,
        holds: more <= BAR_MS,
      },
    ];
  },
};

function program(args: readonly string[]) {
  return spawn(process.execPath, args, { cwd: ROOT, env: { PATH: process.env['PATH'] ?? '' }, stdio: 'pipe' });
}

async function firstLine(args: readonly string[]): Promise<void> {
  const child = program(args);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  // Main or post, and what a step without inputs is refused for.
  if (!/save-state|environment/.test(line.toString())) throw new Error(`The first line is another: ${line.toString()}`);
  child.kill();
}

async function ended(args: readonly string[]): Promise<void> {
  await once(program(args), 'exit');
}
