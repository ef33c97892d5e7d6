import { relative, resolve } from 'node:path';
import { childEnvironment } from '../exec/environment.ts';
import type { Context } from '../runner/context.ts';
import { log, step } from '../runner/log.ts';
import { ensureTool } from '../tools/tool.ts';
import { annotate } from './annotate.ts';
import { Engine, type EngineName } from './engine.ts';
import { terraformFailures } from './failures.ts';
import { readTree } from './tree.ts';
import { checkDirectory, engineTitle } from './workplace.ts';

export interface ForkCheckOptions {
  readonly workingDirectory: string;
  readonly engine: EngineName;
  readonly engineVersion: string | undefined;
  readonly processEnvironment: NodeJS.ProcessEnv;
  /** An empty directory of its own: what lies in the runner's home is not for a stranger's code. */
  readonly home: string;
}

export interface ForkCheck {
  /** `Terraform 1.11.4` */
  readonly engine: string;
  readonly warnings: number;
}

const MOST_NAMED = 5;

/**
 * What can be said of a fork's code without credentials: whether it is valid and formatted. Nobody signs in, and the
 * engine sees none of the job's variables. Throws LK-TF-001, -002, -007, -008 and -042.
 */
export async function checkFork(options: ForkCheckOptions, context: Context, signal: AbortSignal): Promise<ForkCheck> {
  const directory = resolve(context.workspace, options.workingDirectory);
  const repositoryPath = await checkDirectory(context.workspace, directory, options.workingDirectory);
  const tool = await step('Get the engine', () => ensureTool(options.engine, options.engineVersion));
  const engine = new Engine({
    name: options.engine,
    path: tool.path,
    version: tool.version,
    directory,
    repositoryPath,
    environment: forkEnvironment(options.processEnvironment, options.home),
    signal,
  });
  const initialised = await step(`${engine.name} init, without a backend`, () => engine.init(undefined));
  const validated = await step(`${engine.name} validate`, () => engine.validate());
  const warnings = [...initialised, ...validated];
  annotate(warnings, repositoryPath);
  await step(`${engine.name} fmt -check`, async () => {
    const { directories } = await readTree(context.workspace, directory, signal);
    const files = await engine.unformatted(directories.map((each) => resolve(context.workspace, each)));
    if (files.length > 0) throw notFormatted(files, context.workspace, engine.name);
  });
  return { engine: engineTitle(engine), warnings: warnings.length };
}

/** Where to get providers from, and nothing else. */
function forkEnvironment(variables: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const configuration = variables['TF_CLI_CONFIG_FILE'];
  return childEnvironment(variables, {
    HOME: home,
    TF_IN_AUTOMATION: 'true',
    TF_INPUT: 'false',
    CHECKPOINT_DISABLE: 'true',
    ...(configuration === undefined ? {} : { TF_CLI_CONFIG_FILE: configuration }),
  });
}

function notFormatted(files: readonly string[], workspace: string, engine: EngineName) {
  const paths = files.map((file) => relative(workspace, file));
  for (const file of paths) log.error('The file is not formatted.', { file }, 'fmt');
  const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
  return terraformFailures.failure('format', {
    what: `${paths.slice(0, MOST_NAMED).join(', ')}${more} would be written otherwise by ${engine} fmt.`,
    fix: `Run \`${engine} fmt -recursive\` and push the result.`,
  });
}
