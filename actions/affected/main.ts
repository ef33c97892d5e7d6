import type { Affected } from '../../src/environment/affected.ts';
import type { Action } from '../../src/runner/action.ts';
import { type Context, readContext } from '../../src/runner/context.ts';
import { choiceInput, optionalInput, patternInput, secretInput } from '../../src/runner/inputs.ts';
import { log, step } from '../../src/runner/log.ts';
import { setOutput } from '../../src/runner/outputs.ts';

async function main(): Promise<void> {
  const kind = choiceInput('kind', ['terraform', 'helm', 'add-ons'], 'terraform');
  if (kind === 'add-ons') return addOns(readContext());
  const token = secretInput('github-token');
  const { apiUrl, repository, workspace, eventName, event } = readContext();
  const { affectedBy, helmAreas, terraformAreas } = await import('../../src/environment/affected.ts');
  const { changedFiles } = await import('../../src/github/changed-files.ts');
  const { githubClient } = await import('../../src/github/client.ts');
  const affected = await step(
    'Find what the changes touch',
    async () => {
      const areas = await (kind === 'helm' ? helmAreas(workspace) : terraformAreas(workspace));
      const changes = await changedFiles(() => githubClient({ token, apiUrl, repository }), eventName, event);
      if (changes.kind === 'unknown') {
        const sentence = `All environments are taken, since what changed is not known: ${changes.why}.`;
        if (changes.expected) log.info(sentence);
        else log.warning(sentence);
      }
      const touched = affectedBy(areas, changes.kind === 'files' ? changes.files : undefined);
      for (const { environment, because } of touched) log.info(`${environment}: ${because}`);
      return touched;
    },
    (touched) =>
      touched.length === 0
        ? 'No environment is touched'
        : `Touched: ${touched.map(({ environment }) => environment).join(', ')}`,
  );
  if (kind === 'terraform') await warnOfTodos(workspace, affected);
  setOutput('environments', JSON.stringify(affected.map(({ environment }) => environment)));
  setOutput('any', affected.length > 0);
}

/** Of modules that environments share, once. */
async function warnOfTodos(workspace: string, affected: readonly Affected[]): Promise<void> {
  const { terraformTodos } = await import('../../src/environment/todo.ts');
  const told = new Set<string>();
  for (const { environment } of affected) {
    for (const { file, line, text } of await terraformTodos(workspace, environment)) {
      if (told.has(`${file}:${line}`)) continue;
      told.add(`${file}:${line}`);
      log.warning(`${file} line ${line} has a \`TODO:\` that is to be set before an apply: ${text}`, { file, line });
    }
  }
}

async function addOns({ workspace }: Context): Promise<void> {
  const environment = patternInput('environment', /^[a-z][a-z0-9-]{0,19}$/, 'the name of an environment');
  const names = (optionalInput('add-on') ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const mode = optionalInput('mode') ?? 'deploy';
  const { inputsOf } = await import('../../src/helm/addons/list.ts');
  const { wantedAddOns } = await import('./add-ons.ts');
  const chosen = await step(
    `Choose add-ons of ${environment}`,
    () => wantedAddOns({ workspace, environment, names, mode }),
    (wanted) =>
      wanted.length === 0 ? `${environment} has no add-ons` : `In turn: ${wanted.map(({ name }) => name).join(', ')}`,
  );
  setOutput('add-ons', JSON.stringify(chosen.map((each) => ({ name: each.name, ...inputsOf(each) }))));
  setOutput('any', chosen.length > 0);
}

export const action: Action = { name: 'affected', main };
