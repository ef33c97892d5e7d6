/**
 * `npm run bench -- [name …] [--check] [--record]`: measures what is named, or all, side by side in one run, and prints it beside its
 * bar (the numbers are those of the design). A missed bar is told; only with `--check` it also fails the run.
 * `--record` keeps it in docs/bench and draws it.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { Bench, Measured } from './bar.ts';
import type { Run } from './history.ts';

const benches: Record<string, () => Promise<{ benches: readonly Bench[] }>> = {
  plan: () => import('./plan.ts'),
  deploy: () => import('./deploy.ts'),
  verify: () => import('./verify.ts'),
  bundle: () => import('./bundle.ts'),
};

const words = process.argv.slice(2).filter((argument) => argument !== '--');
const names = words.filter((word) => !word.startsWith('--'));
const options = words.filter((word) => word.startsWith('--'));
const unknown = [
  ...names.filter((name) => !(name in benches)),
  ...options.filter((option) => !['--check', '--record'].includes(option)),
];
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}, --check, --record.`);
  process.exit(2);
}

const load = () => `load ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores`;
console.log(`Node ${process.version}, ${load()} at the start`);
const all: Measured[] = [];
let broken = 0;
for (const [name, open] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue;
  for (const bench of (await open()).benches) {
    console.log(`… ${bench.title}`);
    try {
      all.push(...(await bench.run()));
    } catch (error) {
      broken++;
      console.error(`${bench.title} could not be measured:`, error);
    }
  }
}

const rows = [['what', 'measured', 'bar', ''], ...all.map((one) => [one.what, one.value, one.bar, verdict(one)])];
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
console.log('');
for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
if (options.includes('--record')) await record();
const missed = all.filter(({ holds }) => !holds).length;
console.log(`\n${all.length - missed} hold, ${missed} missed, ${broken} not measured; ${load()} at the end`);
process.exit(broken > 0 || (options.includes('--check') && missed > 0) ? 1 : 0);

function verdict({ holds }: Measured): string {
  return holds ? 'holds' : 'MISSED';
}

/** What is measured on a busy machine is kept, too: the load stands beside it. */
async function record(): Promise<void> {
  const { execFileSync } = await import('node:child_process');
  const { existsSync, mkdirSync, readFileSync, writeFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const { chart, withRun } = await import('./history.ts');
  const folder = join(import.meta.dirname, '../../docs/bench');
  const file = join(folder, 'history.json');
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Run[]) : [];
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const run = { date: new Date().toISOString(), commit, node: process.version, load: loadavg()[0] ?? 0, rows: all };
  const history = withRun(before, run);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(history, null, 1)}\n`);
  writeFileSync(join(folder, 'chart.svg'), chart(history));
  console.log(`\nKept in docs/bench, with ${before.length} runs before.`);
}
