import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Todo, terraformTodos, todosOfFiles, workflowTodos } from '../../environment/todo.ts';
import { placeholder } from '../preflight/placeholder.ts';
import { type Layer, readLayer } from '../values/layer.ts';
import { parseSet } from '../values/set.ts';
import { at, isMapping, isReplaced, type Path, type Values } from '../values/tree.ts';
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
 * suite, in the list, and in the values files, but for what
 * a later file or `set` gives. All of it is looked at before the first is deployed. Throws LK-HELM-002 for a values
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
  const todos = new Map<string, readonly Todo[]>();
  const addTodos = (list: readonly Todo[]) => {
    for (const { file, line, text } of list)
      add({ what: `${file} line ${line} has a \`TODO:\` that is to be set: ${text}`, file, line });
  };
  addTodos(await terraformTodos(workspace, environment));
  addTodos(await workflowTodos(workspace));
  addTodos(await todosOfFiles(workspace, [ADD_ONS_LIST]));
  for (const { values = [], set = [] } of chosen) {
    const layers: Layer[] = [];
    for (const file of values) {
      const root = isAddon(file) && !existsSync(join(workspace, file)) ? suiteDirectory : workspace;
      layers.push(await readLayer(root, file));
      todos.set(file, await todosOfFiles(root, [file]));
    }
    if (set.length > 0) layers.push({ name: ADD_ONS_LIST, values: parseSet(set) });
    for (const [index, layer] of layers.entries()) {
      const over = layers.slice(index + 1).map(({ values: each }) => each);
      addTodos((todos.get(layer.name) ?? []).filter(({ line }) => !isLineReplaced(layer, line, over)));
    }
    for (const { what, path } of placeholder({ layers })) {
      const from = layers.findLast((layer) => at(layer.values, path) !== undefined) ?? layers[0];
      add({ what, file: from?.name ?? ADD_ONS_LIST, line: from?.place?.(path)?.line });
    }
  }
  return found;
}

/** Whether all values that stand on the line are given by what lies over the file: then nothing of it is used. */
function isLineReplaced(layer: Layer, line: number, over: readonly Values[]): boolean {
  const here = [...leaves(layer.values)].filter((path) => layer.place?.(path)?.line === line);
  return here.length > 0 && here.every((path) => isReplaced(over, path));
}

function* leaves(value: unknown, path: Path = []): Generator<Path> {
  const inside = Array.isArray(value) ? [...value.entries()] : isMapping(value) ? Object.entries(value) : [];
  if (inside.length === 0) yield path;
  for (const [step, item] of inside) yield* leaves(item, [...path, step]);
}
