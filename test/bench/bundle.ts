import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { archive } from './archive.ts';
import { type Bench, type Measured, median } from './bar.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROUNDS = 7;
/**
 * Processor time of start, refusal and end, all threads; 3.7 at the time of writing. It guards against a heavy import that crept in; the
 * design's own bar, to the first line by the clock, is in `start.ts`.
 */
const BAR_RATIO = 4.5;
/** The only action without a required input refuses this one. */
const NO_INPUTS = { INPUT_KIND: '?' };
/** What an action reads before its first line; the design's 0.8 MB of toolkit, YAML and schemas is what others start with. */
const BAR_START_KB = 800;

const actions = readdirSync(join(ROOT, 'actions'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(ROOT, 'actions', entry.name)).includes('action.yml'))
  .map(({ name }) => name);

/** Says by file descriptor 3 what the process took of the processors: that holds on a busy machine, where a clock does not. */
const METER = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => { const { user, system } = process.cpuUsage(); writeSync(3, String(user + system)); });",
)}`;

/** Milliseconds of the processors until it ends: without inputs an action's first line is its refusal, and that is its end. */
async function ended(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn(process.execPath, ['--import', METER, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const told = child.stdio[3];
  let microseconds = '';
  told?.on('data', (chunk: Buffer) => (microseconds += chunk.toString()));
  await once(child, 'close');
  if (!/^\d+$/.test(microseconds)) throw new Error(`${args.join(' ')} ended without a word on its time.`);
  return Number(microseconds) / 1000;
}

async function startOf(action: string): Promise<Measured> {
  const took: { bundle: number; empty: number }[] = [];
  // By turns, so that what else the machine does weighs on both alike.
  for (let round = 0; round < ROUNDS; round++)
    took.push({ bundle: await ended([`dist/${action}.js`], NO_INPUTS), empty: await ended(['-e', '0']) });
  const ratio = median(took.map(({ bundle, empty }) => bundle / empty));
  const [bundle, empty] = [median(took.map((one) => one.bundle)), median(took.map((one) => one.empty))];
  return {
    what: `start and refusal of ${action} over \`node -e 0\``,
    value: `${ratio.toFixed(2)} x (${bundle.toFixed(0)} ms, ${empty.toFixed(0)} ms of processor)`,
    bar: `<= ${BAR_RATIO.toFixed(2)} x`,
    holds: ratio <= BAR_RATIO,
  };
}

const coverage = z.object({ result: z.array(z.object({ url: z.string() })) });

/** The bundle's files that are read until then, as the engine tells. */
async function weightOf(action: string): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'bundle-weight-'));
  try {
    await ended([`dist/${action}.js`], { ...NO_INPUTS, NODE_V8_COVERAGE: directory });
    const urls = readdirSync(directory).flatMap(
      (file) => coverage.parse(JSON.parse(readFileSync(join(directory, file), 'utf8'))).result,
    );
    const dist = join(ROOT, 'dist');
    const files = [...new Set(urls.map(({ url }) => url))]
      .filter((url) => url.startsWith('file:'))
      .map((url) => fileURLToPath(url))
      .filter((path) => path.startsWith(dist));
    if (files.length < 2) throw new Error(`${action} was not seen to load anything.`);
    const kilobytes = files.reduce((sum, path) => sum + statSync(path).size, 0) / 1000;
    return {
      what: `what ${action} reads until then, in ${files.length} files`,
      value: `${kilobytes.toFixed(0)} kB`,
      bar: `<= ${BAR_START_KB} kB`,
      holds: kilobytes <= BAR_START_KB,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** For CI: the bundle as it is committed, each action of it. */
export const benches: readonly Bench[] = [
  {
    title: 'start of each action',
    async run() {
      const measured: Measured[] = [];
      for (const action of actions) measured.push(await startOf(action), await weightOf(action));
      return measured;
    },
  },
  archive,
];
