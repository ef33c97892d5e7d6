import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Failure } from '../failure/failure.ts';
import { terraformAreas } from './affected.ts';
import { environmentFailures } from './failures.ts';

/** A `TODO:` that somebody left to be set. */
export interface Todo {
  readonly file: string;
  readonly line: number;
  /** The line itself, without what is around it. */
  readonly text: string;
}

/** A line that is nothing but a comment is a note for its writers; behind a value it says that the value is none yet. */
const NOTE = /^\s*(#|\/\/|\/\*|\*)/;

/** Every `TODO:` of a text that stands in a value or behind one: YAML, JSON and HCL alike. */
export function todosOf(file: string, text: string): Todo[] {
  return text.split('\n').flatMap((line, index) => {
    if (!/\bTODO\s*:/.test(line) || NOTE.test(line)) return [];
    return [{ file, line: index + 1, text: line.trim().slice(0, 160) }];
  });
}

/** The environment's own HCL with the variables beside it, and that of the local modules that it uses. */
export async function terraformTodos(workspace: string, environment: string): Promise<Todo[]> {
  const areas = await terraformAreas(workspace).catch((error: unknown) => {
    // A repository of charts alone.
    if (error instanceof Failure && error.code === environmentFailures.code('none')) return [];
    throw error;
  });
  const paths = areas.find((area) => area.environment === environment)?.paths ?? [];
  const folders = paths.filter((path) => path !== '.');
  return todosIn(workspace, folders, /\.(tf|tofu|tfvars)(\.json)?$/);
}

/** The workflows that use the suite; what others say is not about it. */
export async function workflowTodos(workspace: string): Promise<Todo[]> {
  return todosIn(workspace, ['.github/workflows'], /\.ya?ml$/, (text) => /uses:\s*['"]?\S+\/livekit-gke\//.test(text));
}

/** Those of single files; one that is not there has none. */
export async function todosOfFiles(workspace: string, files: readonly string[]): Promise<Todo[]> {
  const found: Todo[] = [];
  for (const file of files) {
    const text = await readFile(join(workspace, file), 'utf8').catch(absent);
    if (text !== undefined) found.push(...todosOf(file, text));
  }
  return found;
}

async function todosIn(
  workspace: string,
  folders: readonly string[],
  named: RegExp,
  counts: (text: string) => boolean = () => true,
): Promise<Todo[]> {
  const found: Todo[] = [];
  for (const folder of folders) {
    const names = ((await readdir(join(workspace, folder)).catch(absent)) ?? []).filter((each) => named.test(each));
    for (const file of names.sort().map((each) => posix.join(folder, each))) {
      if (!(await stat(join(workspace, file))).isFile()) continue;
      const text = await readFile(join(workspace, file), 'utf8');
      if (counts(text)) found.push(...todosOf(file, text));
    }
  }
  return found;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR') return undefined;
  throw error;
}
