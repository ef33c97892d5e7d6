import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { helmFailures } from '../../src/helm/failures.ts';
import { ADD_ONS_LIST, type ChosenAddOn, chooseAddOns, parseAddOns } from '../../src/helm/addons/list.ts';
import { findUnfilled } from '../../src/helm/addons/unfilled.ts';
import { log } from '../../src/runner/log.ts';

export interface Wanted {
  readonly workspace: string;
  readonly environment: string;
  /** Empty for all. */
  readonly names: readonly string[];
  readonly mode: string;
}

/**
 * The add-ons that are wanted, in their turn; for an uninstall the last comes first. What was never filled in stops a deploy of any
 * of them (LK-HELM-146).
 */
export async function wantedAddOns({ workspace, environment, names, mode }: Wanted): Promise<ChosenAddOn[]> {
  const path = join(workspace, ADD_ONS_LIST);
  if (!existsSync(path)) {
    log.notice(`There is no ${ADD_ONS_LIST}, so that there is no add-on to deploy.`);
    return [];
  }
  const chosen = chooseAddOns(parseAddOns(await readFile(path, 'utf8')), environment, names);
  if (mode === 'uninstall') return chosen.reverse();
  if (mode !== 'deploy' && mode !== 'diff') return chosen;
  // dist/ lies at the top of the release.
  const suiteDirectory = join(dirname(process.argv[1] ?? ''), '..');
  const unfilled = await findUnfilled({ workspace, suiteDirectory }, environment, chosen);
  const code = helmFailures.code('unfilled');
  for (const { what, file, line } of unfilled) {
    const place = line === undefined ? { file } : { file, line };
    if (mode === 'diff') log.warning(`${code} ${what}`, place);
    else log.error(what, place, code);
  }
  const [first] = unfilled;
  if (mode === 'deploy' && first !== undefined) {
    const more = unfilled.length === 1 ? '' : ` (and ${unfilled.length - 1} more, above)`;
    throw helmFailures.failure('unfilled', { what: `Nothing was deployed: ${first.what}${more}` });
  }
  return chosen;
}
