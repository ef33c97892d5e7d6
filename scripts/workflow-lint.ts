/** Runs actionlint or zizmor over this repository's workflows, templates and actions; gets the tool first where it is missing. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../src/exec/run.ts';
import { cacheDirectory } from '../sandbox/config.ts';
import { Progress } from '../sandbox/progress.ts';
import { ToolProvider } from '../sandbox/tools/provide.ts';

const root = join(import.meta.dirname, '..');
const folders = ['.github/workflows', 'workflows-templates'];

const workflows: string[] = [];
for (const folder of folders) {
  for (const file of await readdir(join(root, folder)).catch(() => [])) {
    if (/\.ya?ml$/.test(file)) workflows.push(join(folder, file));
  }
}
if (workflows.length === 0) throw new Error(`No workflow was found in ${folders.join(' and ')}.`);

const tool = process.argv[2];
if (tool === 'actionlint') {
  const provider = new ToolProvider(cacheDirectory(), join(root, '.build', 'bin'), new Progress());
  await lint(await provider.get('actionlint'), [process.env['NO_COLOR'] ? '-no-color' : '-color', ...workflows]);
} else if (tool === 'zizmor') {
  // Pedantic: also what is only a matter of taste. Offline: no answer may depend on the network.
  const actions = (await readdir(join(root, 'actions'), { recursive: true })).filter((file) =>
    file.endsWith('action.yml'),
  );
  await lint(await zizmor(), [
    '--offline',
    '--pedantic',
    '--no-progress',
    '--config',
    '.github/zizmor.yml',
    '.github/dependabot.yml',
    ...workflows,
    ...actions.map((file) => join('actions', file)),
  ]);
} else throw new Error('Say which: actionlint or zizmor.');

async function lint(program: string, args: string[]): Promise<void> {
  const result = await run(program, args, { cwd: root, timeoutSeconds: 120, onLine: (line) => console.log(line) });
  if (result.exitCode === 0) console.log(`${tool}: ${workflows.length} workflows, nothing found`);
  process.exitCode = result.exitCode;
}

/** zizmor comes as a wheel, whose digest is pinned; pip refuses any other. */
async function zizmor(): Promise<string> {
  const requirements = join(root, 'scripts', 'zizmor.txt');
  const version = /zizmor==([\d.]+)/.exec(await readFile(requirements, 'utf8'))?.[1] ?? '';
  const target = join(cacheDirectory(), 'tools', 'zizmor', version);
  const program = join(target, 'bin', 'zizmor');
  if (existsSync(program)) return program;
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(target, '..'), { recursive: true });
  const fresh = await mkdtemp(join(target, '..', 'fetch-'));
  console.log(`zizmor ${version}: fetched with pip, to audit the workflows`);
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--require-hashes',
    '--only-binary=:all:',
  ];
  const result = await run('python3', [...pip, '--target', fresh, '-r', requirements], { timeoutSeconds: 300 });
  if (result.exitCode !== 0) {
    await rm(fresh, { recursive: true, force: true });
    throw new Error(`zizmor could not be fetched: pip ended with ${result.exitCode}.\n${result.stderr}`);
  }
  await rename(fresh, target).catch(async (error: NodeJS.ErrnoException) => {
    // Another run was quicker.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    await rm(fresh, { recursive: true, force: true });
  });
  return program;
}
