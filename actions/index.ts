import { runAction, type Action } from '../src/runner/action.ts';

/** Every action of the suite, loaded when it is the one that runs. */
const actions: Record<string, () => Promise<{ action: Action }>> = {};

/** Their names: the folders under `actions/` and the entry files in `dist/`. */
export const names = Object.keys(actions);

/** Runs one action's main or post; `dist/<name>.js` calls it. */
export async function start(name: string): Promise<void> {
  const load = actions[name];
  if (load === undefined) throw new Error(`There is no action ${name}; there are: ${names.join(', ')}.`);
  await runAction((await load()).action);
}
