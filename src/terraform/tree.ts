import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { z } from 'zod';
import { run } from '../exec/run.ts';
import { terraformFailures } from './failures.ts';

/** The files that a plan was made from: the environment's directory and the local modules that it uses. */
export interface Tree {
  /** The commit that is checked out. */
  readonly commit: string;
  /** SHA-256 over all that follows. */
  readonly digest: string;
  /** Directories from the repository's root. */
  readonly directories: readonly string[];
  /** Git's object id and mode of each file by its path. */
  readonly files: Readonly<Record<string, string>>;
  /** Modules from elsewhere: `SOURCE VERSION`. */
  readonly remoteModules: readonly string[];
}

const modulesSchema = z.object({
  Modules: z
    .array(z.object({ Key: z.string(), Source: z.string(), Version: z.string().default(''), Dir: z.string() }))
    .default([]),
});

const GIT_TIMEOUT_SECONDS = 60;

/** Reads the tree after `init`, which knows the modules. Throws LK-TF-007 outside of a Git checkout. */
export async function readTree(workspace: string, directory: string, signal: AbortSignal): Promise<Tree> {
  const git = async (...args: string[]) => {
    // The job may run as another user than the one that owns the checkout, as in containers.
    const result = await run('git', ['-c', 'safe.directory=*', '-C', workspace, ...args], {
      timeoutSeconds: GIT_TIMEOUT_SECONDS,
      signal,
    });
    if (result.exitCode === 0) return result.stdout;
    throw terraformFailures.failure('noCheckout', {
      what: `git ${args[0] ?? ''} failed in ${workspace}: ${result.stderr.replace(/\s+/g, ' ').trim()}.`,
    });
  };
  const root = (await git('rev-parse', '--show-toplevel')).trim();
  const modules = await readModules(directory);
  const directories = [...new Set([directory, ...modules.local].map((path) => fromRoot(root, path)))]
    .filter((path) => !path.startsWith('..'))
    .sort();
  const files: Record<string, string> = {};
  const listed = await git('ls-tree', '-r', '-z', '--full-tree', 'HEAD', '--', ...directories);
  for (const entry of listed.split('\0')) {
    const [, mode, id, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    if (mode !== undefined && id !== undefined && path !== undefined) files[path] = `${mode} ${id}`;
  }
  await addUncommitted(git, root, directories, files);
  const commit = (await git('rev-parse', 'HEAD')).trim();
  return { commit, ...describe(files, modules.remote), directories };
}

/** Files that a step changed or made after the checkout (variables, for example) count with what they hold now. */
async function addUncommitted(
  git: (...args: string[]) => Promise<string>,
  root: string,
  directories: readonly string[],
  files: Record<string, string>,
): Promise<void> {
  const paths = directories.map((path) => `:(top)${path}`);
  const status = await git('status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--', ...paths);
  for (const entry of status.split('\0')) {
    const path = entry.slice(3);
    if (path === '' || path.split('/').includes('.terraform')) continue;
    const content = await readFile(join(root, path)).catch(() => undefined);
    if (content === undefined) delete files[path];
    else files[path] = `changed ${createHash('sha256').update(content).digest('hex')}`;
  }
}

function describe(
  files: Record<string, string>,
  remoteModules: readonly string[],
): Omit<Tree, 'commit' | 'directories'> {
  const hash = createHash('sha256');
  const lines = Object.entries(files)
    .map(([path, id]) => `${path}\0${id}`)
    .sort();
  for (const line of [...lines, ...remoteModules]) hash.update(`${line}\n`);
  return { digest: hash.digest('hex'), files, remoteModules };
}

/** The paths in which two trees differ, for a message. */
export function differingPaths(
  planned: Pick<Tree, 'files' | 'remoteModules'>,
  present: Pick<Tree, 'files' | 'remoteModules'>,
): string[] {
  const paths = new Set([...Object.keys(planned.files), ...Object.keys(present.files)]);
  const files = [...paths].filter((path) => planned.files[path] !== present.files[path]);
  const modules = [
    ...planned.remoteModules.filter((module) => !present.remoteModules.includes(module)),
    ...present.remoteModules.filter((module) => !planned.remoteModules.includes(module)),
  ];
  return [...files, ...new Set(modules)].sort();
}

/** What `init` noted: directories of local modules, sources of the others (whose content their version pins). */
async function readModules(directory: string): Promise<{ local: string[]; remote: string[] }> {
  const text = await readFile(join(directory, '.terraform/modules/modules.json'), 'utf8').catch(() => '{}');
  const { Modules: modules } = modulesSchema.parse(JSON.parse(text));
  const isRemote = (path: string) => path.split(/[\\/]/).includes('.terraform');
  return {
    local: modules.filter(({ Dir }) => !isRemote(Dir)).map(({ Dir }) => join(directory, Dir)),
    remote: [
      ...new Set(
        modules.filter(({ Dir }) => isRemote(Dir)).map(({ Source, Version }) => `${Source} ${Version}`.trim()),
      ),
    ].sort(),
  };
}

function fromRoot(root: string, path: string): string {
  return posix.normalize(relative(root, path).split(sep).join('/') || '.');
}
