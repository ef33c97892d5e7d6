import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { environmentFailures } from './failures.ts';
import { moduleSources, moduleSourcesOfJson, type ModuleSources } from './module-sources.ts';

/** What an environment is made of: a change below one of the paths touches it. */
export interface Area {
  readonly environment: string;
  /** Files and directories from the repository's root; `.` is the whole repository. */
  readonly paths: readonly string[];
  /** A file that takes a module from somewhere computed, so that every change may touch the environment. */
  readonly computedIn?: string;
}

export interface Affected {
  readonly environment: string;
  /** Why, for the log: the first path that touches it, or that everything counts. */
  readonly because: string;
}

const TERRAFORM = 'terraform/environments';
const HELM_VALUES = 'helm/values';
/** What every release is made of. */
const HELM_SHARED = [`${HELM_VALUES}/common.yaml`, 'helm/charts'];

const NAME = /^[a-z][a-z0-9-]*$/;

/** Each directory of `terraform/environments` with the local modules that it uses, and theirs. Throws LK-ENV-004. */
export async function terraformAreas(workspace: string): Promise<Area[]> {
  const areas: Area[] = [];
  for (const name of await namesIn(join(workspace, TERRAFORM))) {
    const directory = posix.join(TERRAFORM, name);
    if (!NAME.test(name) || (await configurationFiles(workspace, directory)).length === 0) continue;
    areas.push({ environment: name, ...(await closure(workspace, directory)) });
  }
  return found(areas, `${TERRAFORM}/<name> with *.tf files`);
}

/** Each values file of `helm/values`, with what all releases share. Throws LK-ENV-004. */
export async function helmAreas(workspace: string): Promise<Area[]> {
  const areas = (await namesIn(join(workspace, HELM_VALUES)))
    .map((file) => /^(.+)\.ya?ml$/.exec(file)?.[1] ?? '')
    .filter((name) => NAME.test(name) && name !== 'common')
    .map((name) => ({
      environment: name,
      paths: [`${HELM_VALUES}/${name}.yaml`, `${HELM_VALUES}/${name}.yml`, `${HELM_VALUES}/${name}`, ...HELM_SHARED],
    }));
  return found(areas, `${HELM_VALUES}/<name>.yaml`);
}

/** The environments that the changes touch, in the order of promotion; without changes to go by, all of them. */
export function affectedBy(areas: readonly Area[], changedFiles: readonly string[] | undefined): Affected[] {
  return areas
    .flatMap((area): Affected[] => {
      if (changedFiles === undefined) return [{ environment: area.environment, because: 'everything counts' }];
      if (area.computedIn !== undefined && changedFiles.length > 0)
        return [{ environment: area.environment, because: `${area.computedIn} computes where a module comes from` }];
      const because = changedFiles.find((file) => area.paths.some((path) => isBelow(file, path)));
      return because === undefined ? [] : [{ environment: area.environment, because }];
    })
    .sort((a, b) => rank(a.environment) - rank(b.environment) || a.environment.localeCompare(b.environment));
}

/** Development first, production last, so that a matrix that runs one job at a time promotes. */
function rank(name: string): number {
  if (/^(dev|test)/.test(name)) return 0;
  if (/^(stg|stag)/.test(name)) return 2;
  return /^(prd|prod)/.test(name) ? 3 : 1;
}

const isBelow = (file: string, path: string) => path === '.' || file === path || file.startsWith(`${path}/`);

/** The directory and every local module that it uses, directly or through others. */
async function closure(workspace: string, directory: string): Promise<Omit<Area, 'environment'>> {
  const paths = new Set<string>();
  let computedIn: string | undefined;
  const visit = async (path: string): Promise<void> => {
    // Above the repository's root there is nothing that a change could touch.
    if (paths.has(path) || path.startsWith('..')) return;
    paths.add(path);
    for (const file of await configurationFiles(workspace, path)) {
      const { local, computed } = await sourcesOf(workspace, file);
      if (computed) computedIn ??= file;
      for (const source of local) await visit(posix.join(path, source).replace(/\/$/, ''));
    }
  };
  await visit(directory);
  return { paths: [...paths], ...(computedIn !== undefined && { computedIn }) };
}

async function sourcesOf(workspace: string, file: string): Promise<ModuleSources> {
  const text = await readFile(join(workspace, file), 'utf8');
  if (!file.endsWith('.json')) return moduleSources(text);
  try {
    return moduleSourcesOfJson(text);
  } catch {
    // What is wrong with it is the plan's to say.
    return { local: [], computed: true };
  }
}

async function configurationFiles(workspace: string, directory: string): Promise<string[]> {
  const names = await namesIn(join(workspace, directory));
  return names.filter((name) => /\.(tf|tofu)(\.json)?$/.test(name)).map((name) => posix.join(directory, name));
}

async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return names.sort();
}

function found(areas: Area[], form: string): Area[] {
  if (areas.length > 0) return areas;
  throw environmentFailures.failure('none', {
    what: `There is no environment in the workspace: nothing is of the form ${form}.`,
  });
}
