import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Todo, terraformTodos, todosOfFiles, workflowTodos } from '../../environment/todo.ts';
import { placeholder } from '../preflight/placeholder.ts';
import { readLayer } from '../values/layer.ts';
import { parseSet } from '../values/set.ts';
import { ADD_ONS_LIST, type ChosenAddOn } from './list.ts';
import { isAddon } from './path.ts';

export interface Unfilled {
  /** One sentence. */
  readonly what: string;
  readonly file: string;
  /** `undefined` for what stands in the file without a line of its own. */
  readonly line: number | undefined;
}

/**
 * Everything that still has to be set before these add-ons are brought up: in the environment's HCL, in the workflows that use the
 * suite, in the list, and in the values files. All of it is looked at before the first is deployed. Throws LK-HELM-002 for a values
 * file that cannot be read.
 */
export async function findUnfilled(
  { workspace, suiteDirectory }: { readonly workspace: string; readonly suiteDirectory: string },
  environment: string,
  chosen: readonly ChosenAddOn[],
): Promise<Unfilled[]> {
  const found: Unfilled[] = [];
  const add = (one: Unfilled) => {
    // A value with a `TODO:` is found by its text and by its meaning.
    if (!found.some(({ file, line }) => file === one.file && line === one.line && line !== undefined)) found.push(one);
  };
  const addTodos = (todos: readonly Todo[]) => {
    for (const { file, line, text } of todos)
      add({ what: `${file} line ${line} has a \`TODO:\` that is to be set: ${text}`, file, line });
  };
  addTodos(await terraformTodos(workspace, environment));
  addTodos(await workflowTodos(workspace));
  addTodos(await todosOfFiles(workspace, [ADD_ONS_LIST]));
  for (const { name, values = [], set = [] } of chosen) {
    for (const file of values) {
      const root = isAddon(file) && !existsSync(join(workspace, file)) ? suiteDirectory : workspace;
      const layer = await readLayer(root, file);
      addTodos(await todosOfFiles(root, [file]));
      for (const { what, path } of placeholder({ layers: [layer] }))
        add({ what, file, line: layer.place?.(path)?.line });
    }
    if (set.length === 0) continue;
    for (const { what } of placeholder({ layers: [{ name: `\`set\` of ${name}`, values: parseSet(set) }] }))
      add({ what, file: ADD_ONS_LIST, line: undefined });
  }
  return found;
}
