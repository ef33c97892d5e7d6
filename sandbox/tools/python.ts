import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from '../command.ts';
import { withLock } from '../lock.ts';
import type { Progress } from '../progress.ts';
import { installPackages } from './packages.ts';

/** Debian has the module that makes virtual environments in a package of its own. */
const VENV = { name: 'python3-venv', proof: '/usr/share/doc/python3-venv' };

/**
 * A program of PyPI in a virtual environment of its own, beside the other tools. `requirements` pins it and everything
 * that it needs by SHA-256; pip refuses any other file. Gives the program's path.
 */
export async function providePython(
  name: string,
  requirements: string,
  cache: string,
  progress: Progress,
): Promise<string> {
  const version = pinnedVersion(name, readFileSync(requirements, 'utf8'));
  const folder = join(cache, 'tools', name);
  const target = join(folder, version);
  const program = join(target, 'bin', name);
  // Written last: a folder without it is what a killed run left.
  const whole = join(target, 'whole');
  if (existsSync(whole)) return program;
  mkdirSync(folder, { recursive: true });
  await withLock(join(cache, 'tools', `${name}.lock`), async () => {
    if (existsSync(whole)) return;
    await makeEnvironment(target, progress);
    await progress.step(`${name} ${version}: installed from PyPI, into a virtual environment`, async (note) => {
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--require-hashes', '--only-binary=:all:'];
      const args = [...pip, '-r', requirements];
      await run(join(target, 'bin', 'python3'), args, { timeoutSeconds: 600, onLine: note });
    });
    writeFileSync(`${whole}.new`, '');
    renameSync(`${whole}.new`, whole);
  });
  return program;
}

/** The version that a file of requirements pins a package to. */
export function pinnedVersion(name: string, requirements: string): string {
  const line = requirements.split('\n').find((each) => each.startsWith(`${name}==`));
  if (line === undefined) throw new Error(`the requirements do not pin ${name}`);
  return line.slice(name.length + 2).split(/[\s;\\]/)[0] ?? '';
}

/** A virtual environment cannot be moved: it is made where it stays. */
async function makeEnvironment(target: string, progress: Progress): Promise<void> {
  const make = async () => {
    rmSync(target, { recursive: true, force: true });
    return attempt('python3', ['-m', 'venv', target]).catch(() => undefined);
  };
  const first = await make();
  if (first?.code === 0) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await installPackages(progress, [VENV]);
    if ((await make())?.code === 0) return;
  }
  const what = first === undefined ? 'python3 is not there' : 'python3 cannot make a virtual environment';
  throw new Error(
    `${what}: install Python 3.10 or later with its module venv (on Debian: apt-get install python3-venv)`,
  );
}
