/** Checks the Terraform payload without applying it: format, validity, tflint, its own tests, checkov; with both engines. Ends with a line for each. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { attempt } from '../sandbox/command.ts';
import { cacheDirectory } from '../sandbox/config.ts';
import { formatDuration, Progress } from '../sandbox/progress.ts';
import { ENGINES, type Engine, terraformRun, type TerraformRun } from '../sandbox/provider/terraform-run.ts';
import { providePython } from '../sandbox/tools/python.ts';
import { ToolProvider } from '../sandbox/tools/provide.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const payload = join(root, 'terraform');

/** One thing that is checked; `work` answers what it saw, and throws what is wrong. */
export interface Step {
  readonly name: string;
  readonly work: () => Promise<string>;
}

/** All steps; each may be run by itself, and fetches the tool that it needs. `bin` gets a link to each tool. */
export function lintSteps(bin: string, progress = new Progress()): Step[] {
  const tools = new ToolProvider(cacheDirectory(), bin, progress);
  const ofEngine = (engine: Engine): Step[] => [
    { name: `${engine} fmt`, work: async () => fmt(await tools.get(engine)) },
    { name: `${engine} init and validate`, work: () => inEachFolder(engine, tools, validate) },
    { name: `${engine} test`, work: () => inEachFolder(engine, tools, test) },
  ];
  return [
    ...ENGINES.flatMap(ofEngine),
    { name: 'tflint', work: async () => tflint(await tools.get('tflint')) },
    {
      name: 'checkov',
      work: async () =>
        checkov(await providePython('checkov', join(root, 'scripts', 'checkov.txt'), cacheDirectory(), progress)),
    },
  ];
}

async function fmt(engine: string): Promise<string> {
  const { code, stdout, stderr } = await attempt(engine, [
    'fmt',
    '-check',
    '-recursive',
    '-diff',
    '-no-color',
    payload,
  ]);
  if (code !== 0)
    throw new Error(`not formatted; \`${engine} fmt -recursive terraform\` mends it:\n${stdout}${stderr}`);
  return 'every file is formatted';
}

/** Answers what a folder's run is worth counting as: a number and what it counts. */
type InFolder = (run: TerraformRun, folder: string, environment: Record<string, string>) => Promise<number>;

/** Bootstrap, every module and every environment in a copy, one after the other, each initialised without a backend. */
async function inEachFolder(engine: Engine, tools: ToolProvider, work: InFolder): Promise<string> {
  const environment = { PATH: `${dirname(await tools.get(engine))}:${process.env['PATH'] ?? ''}` };
  const folders = await foldersOf(payload);
  const copy = await terraformRun(payload, engine);
  let count = 0;
  try {
    for (const folder of folders) {
      const run = copy.in(folder);
      await succeed(run, ['init', '-backend=false', '-input=false'], folder, environment);
      count += await work(run, folder, environment);
    }
  } finally {
    await copy.remove();
  }
  return work === test ? `${count} tests of ${folders.length} folders passed` : `${count} folders are valid`;
}

async function validate(run: TerraformRun, folder: string, environment: Record<string, string>): Promise<number> {
  await succeed(run, ['validate'], folder, environment);
  return 1;
}

async function test(run: TerraformRun, folder: string, environment: Record<string, string>): Promise<number> {
  const text = await succeed(run, ['test'], folder, environment);
  const passed = Number(/^Success! (\d+) passed, 0 failed/m.exec(text)?.[1] ?? 0);
  if (passed === 0) throw new Error(`terraform/${folder} has no test`);
  return passed;
}

async function succeed(
  run: TerraformRun,
  args: readonly string[],
  folder: string,
  environment: Record<string, string>,
): Promise<string> {
  const { exitCode, text } = await run.run(args, environment);
  if (exitCode !== 0) throw new Error(`${args[0] ?? ''} of terraform/${folder} ended with ${exitCode}:\n${text}`);
  return text;
}

/** Every folder below that holds Terraform files of its own, tests left out. */
export async function foldersOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.tf'));
  const folders = files.map(({ parentPath }) => relative(directory, parentPath));
  return [...new Set(folders)].filter((folder) => !folder.split('/').includes('.terraform')).sort();
}

async function tflint(program: string): Promise<string> {
  const config = join(payload, '.tflint.hcl');
  const { code, stdout, stderr } = await attempt(program, ['--recursive', '--no-color', '--config', config], {
    cwd: payload,
  });
  if (code !== 0) throw new Error(`${stdout}${stderr}`);
  return `nothing found in ${(await foldersOf(payload)).length} folders`;
}

const found = z.object({
  check_id: z.string(),
  check_name: z.string(),
  resource: z.string(),
  file_path: z.string(),
  file_line_range: z.tuple([z.number(), z.number()]),
});
const report = z.object({
  results: z.object({
    passed_checks: z.array(found),
    failed_checks: z.array(found),
    skipped_checks: z.array(found),
    parsing_errors: z.array(z.string()),
  }),
});

async function checkov(program: string): Promise<string> {
  const options = ['--framework', 'terraform', '--output', 'json'];
  // No answer may depend on the network.
  const offline = ['--skip-download', '--download-external-modules', 'false'];
  const { code, stdout, stderr } = await attempt(program, ['--directory', payload, ...options, ...offline], {
    timeoutSeconds: 300,
  });
  const begin = stdout.indexOf('{');
  if (begin < 0) throw new Error(`checkov ended with ${code} and no report:\n${stderr}`);
  const { results } = report.parse(JSON.parse(stdout.slice(begin)));
  const wrong = [
    ...results.parsing_errors.map((file) => `${file}: checkov cannot read it`),
    ...results.failed_checks.map(
      (one) =>
        `terraform${one.file_path}:${one.file_line_range[0]}: ${one.check_id} ${one.check_name} (${one.resource})`,
    ),
  ];
  const exceptions = await exceptionsIn(payload);
  const used = new Set(results.skipped_checks.map((one) => `${one.file_path} ${one.check_id}`));
  for (const { file, line, id, reason } of exceptions) {
    const place = `terraform/${file}:${line}`;
    if (reason === '') wrong.push(`${place}: the exception from ${id} has no reason`);
    if (!used.has(`/${file} ${id}`))
      wrong.push(`${place}: the exception from ${id} is of no use: checkov finds nothing there`);
  }
  if (results.passed_checks.length === 0) wrong.push('checkov checked nothing');
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return `${results.passed_checks.length} checks passed, ${exceptions.length} exceptions, each with its reason`;
}

interface Exception {
  readonly file: string;
  readonly line: number;
  readonly id: string;
  readonly reason: string;
}

/** Every `#checkov:skip=ID:reason` below a folder. */
export async function exceptionsIn(directory: string): Promise<Exception[]> {
  const exceptions: Exception[] = [];
  for (const folder of await foldersOf(directory)) {
    for (const name of (await readdir(join(directory, folder))).filter((each) => each.endsWith('.tf')).sort()) {
      const lines = (await readFile(join(directory, folder, name), 'utf8')).split('\n');
      lines.forEach((text, index) => {
        const match = /checkov:skip=([A-Z0-9_]+):?(.*)$/.exec(text);
        if (match) {
          const [, id = '', reason = ''] = match;
          exceptions.push({ file: join(folder, name), line: index + 1, id, reason: reason.trim() });
        }
      });
    }
  }
  return exceptions;
}

if (import.meta.main) {
  const outcomes: string[] = [];
  for (const { name, work } of lintSteps(join(root, '.build', 'bin'))) {
    const started = Date.now();
    try {
      outcomes.push(`✓ ${name}: ${await work()} (${formatDuration(Date.now() - started)})`);
    } catch (error) {
      process.exitCode = 1;
      outcomes.push(`✗ ${name}: ${(error as Error).message}`);
    }
  }
  console.log(outcomes.join('\n'));
}
