import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Bench, type Measured, median } from './bar.ts';

const FIXTURES = join(import.meta.dirname, '../../src/terraform/fixtures');
const ROUNDS = 5;
const BAR_SECONDS = 1.5;
const BAR_MIB = 400;
/** Five times the resources may take so many times as long. */
const BAR_GROWTH = 6;

const outcome = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  mebibytes: z.number(),
  characters: z.number(),
});

/** From the plan's JSON to comment and summary, in a process of its own, for 10,000 and 50,000 changed resources. */
export const rendering: Bench = {
  title: 'rendering of large plans',
  async run() {
    const directory = mkdtempSync(join(tmpdir(), 'bench-plan-'));
    try {
      const measured: Measured[] = [];
      for (const name of ['google', 'payload/prd']) {
        const few = await rounds(directory, name, 10_000);
        const many = await rounds(directory, name, 50_000);
        measured.push(
          {
            what: `10,000 resources of ${name}: time`,
            value: `${few.seconds.toFixed(2)} s (${few.cpuSeconds.toFixed(2)} s of CPU)`,
            bar: `<= ${BAR_SECONDS} s`,
            holds: few.seconds <= BAR_SECONDS,
          },
          {
            what: `10,000 resources of ${name}: memory`,
            value: `${few.mebibytes.toFixed(0)} MiB`,
            bar: `<= ${BAR_MIB} MiB`,
            holds: few.mebibytes <= BAR_MIB,
          },
          {
            what: `50,000 resources of ${name}, over 10,000 (CPU)`,
            value: `${(many.cpuSeconds / few.cpuSeconds).toFixed(1)} x, ${many.mebibytes.toFixed(0)} MiB`,
            bar: `<= ${BAR_GROWTH} x`,
            holds: many.cpuSeconds / few.cpuSeconds <= BAR_GROWTH,
          },
        );
      }
      return measured;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function rounds(directory: string, name: string, count: number) {
  const file = join(directory, `${count}.json`);
  writeFileSync(file, largePlan(name, count));
  const child = join(import.meta.dirname, 'render-once.ts');
  const all: z.infer<typeof outcome>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout } = await promisify(execFile)(process.execPath, [child, file]);
    all.push(outcome.parse(JSON.parse(stdout)));
  }
  const middle = (pick: (one: z.infer<typeof outcome>) => number) => median(all.map(pick));
  return {
    seconds: middle((one) => one.seconds),
    cpuSeconds: middle((one) => one.cpuSeconds),
    mebibytes: middle((one) => one.mebibytes),
  };
}

/** A fixture's own changed resources again and again, each with an address of its own. */
function largePlan(name: string, count: number): string {
  const plan = JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')) as Record<string, unknown>;
  const resources = (plan['resource_changes'] as { address: string; change: { actions: string[] } }[]).filter(
    ({ change }) => change.actions[0] !== 'no-op',
  );
  plan['resource_changes'] = Array.from({ length: count }, (_, index) => {
    const one = resources[index % resources.length];
    return { ...one, address: `${one?.address ?? ''}["${index}"]` };
  });
  return JSON.stringify(plan);
}
