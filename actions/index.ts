import type { Action } from '../src/runner/action.ts';

/** Every action of the suite, loaded when it is the one that runs. */
const actions: Record<string, () => Promise<{ action: Action }>> = {
  affected: () => import('./affected/main.ts'),
  'helm-deploy': () => import('./helm-deploy/main.ts'),
  'terraform-apply': () => import('./terraform-apply/main.ts'),
  'terraform-plan': () => import('./terraform-plan/main.ts'),
  'turn-cert': () => import('./turn-cert/main.ts'),
  verify: () => import('./verify/main.ts'),
};

/** What is started by other programs rather than by the runner, and therefore is no action. */
const programs: Record<string, () => Promise<{ main: () => Promise<void> }>> = {
  'add-ons': () => import('./add-ons/main.ts'),
  'credential-plugin': () => import('./credential-plugin/main.ts'),
  'turn-credentials': () => import('./turn-credentials/main.ts'),
};

/** Their names: the folders under `actions/` and the entry files in `dist/`. */
export const names = [...Object.keys(actions), ...Object.keys(programs)];

/** Runs one action's main or post; `dist/<name>.js` calls it. */
export async function start(name: string): Promise<void> {
  const program = programs[name];
  if (program !== undefined) return (await program()).main();
  const load = actions[name];
  if (load === undefined) throw new Error(`There is no action ${name}; there are: ${names.join(', ')}.`);
  // A program that Helm starts again and again needs nothing of the runner's.
  const [{ runAction }, { action }] = await Promise.all([import('../src/runner/action.ts'), load()]);
  await runAction(action);
}
