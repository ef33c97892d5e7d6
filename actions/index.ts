import { runAction, type Action } from '../src/runner/action.ts';

/** Every action of the suite, loaded when it is the one that runs. `dist/<name>.js` calls `start('<name>')`. */
const actions: Record<string, () => Promise<{ action: Action }>> = {};

export async function start(name: string): Promise<void> {
  const load = actions[name];
  if (load === undefined) throw new Error(`There is no action ${name}; there are: ${Object.keys(actions).join(', ')}.`);
  await runAction((await load()).action);
}
