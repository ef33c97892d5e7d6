import type { Action } from '../../src/runner/action.ts';
import { readContext } from '../../src/runner/context.ts';
import { choiceInput, secretInput } from '../../src/runner/inputs.ts';
import { log, step } from '../../src/runner/log.ts';
import { setOutput } from '../../src/runner/outputs.ts';

async function main(): Promise<void> {
  const kind = choiceInput('kind', ['terraform', 'helm'], 'terraform');
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
  setOutput('environments', JSON.stringify(affected.map(({ environment }) => environment)));
  setOutput('any', affected.length > 0);
}

export const action: Action = { name: 'affected', main };
