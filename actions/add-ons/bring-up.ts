import { inputsOf } from '../../src/helm/addons/list.ts';
import { log } from '../../src/runner/log.ts';
import { wantedAddOns, type Wanted } from '../affected/add-ons.ts';

export interface Outcome {
  readonly name: string;
  readonly status: 'done' | 'failed' | 'left-out';
  /** What it needs and did not get. */
  readonly because?: string;
}

const CORE = 'core';

/**
 * One after the other. What fails takes along only what needs it; for an uninstall and for what only looks, nothing needs anything.
 * `deploy` runs helm-deploy with these inputs.
 */
export async function bringUp(
  { workspace, environment, mode, names }: Wanted,
  deploy: (inputs: Readonly<Record<string, string>>) => Promise<{ readonly exitCode: number }>,
): Promise<Outcome[]> {
  const withCore = names.includes(CORE);
  const others = names.filter((name) => name !== CORE);
  const listed =
    withCore && others.length === 0 ? [] : await wantedAddOns({ workspace, environment, names: others, mode });
  const steps = listed.map((each) => ({ name: each.name, after: each.after, inputs: inputsOf(each) }));
  const core = { name: CORE, after: [], inputs: {} };
  const ordered = !withCore ? steps : mode === 'uninstall' ? [...steps, core] : [core, ...steps];
  const outcomes: Outcome[] = [];
  for (const { name, after, inputs } of ordered) {
    const needed = withCore && name !== CORE ? [CORE, ...after] : after;
    const missing = mode === 'deploy' ? needed.find((need) => isMissing(outcomes, need)) : undefined;
    if (missing !== undefined) {
      outcomes.push({ name, status: 'left-out', because: missing });
      continue;
    }
    log.info(`\n${name}: ${mode}`);
    const { exitCode } = await deploy({ environment, mode, ...inputs });
    outcomes.push({ name, status: exitCode === 0 ? 'done' : 'failed' });
  }
  return outcomes;
}

const isMissing = (outcomes: readonly Outcome[], name: string) =>
  outcomes.some((outcome) => outcome.name === name && outcome.status !== 'done');
