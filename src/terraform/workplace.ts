import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { environmentPaths } from '../environment/outputs.ts';
import { parseEndpoints } from '../google/endpoints.ts';
import type { Identity } from '../google/identity.ts';
import { jobIdentity } from '../google/job-identity.ts';
import { type Bucket, loadStorage, openBucket } from '../google/storage.ts';
import type { Context } from '../runner/context.ts';
import { ensureTool } from '../tools/tool.ts';
import { childEnvironment, type ChildOptions, variableEnvironment } from './environment.ts';
import { type BackendConfig, Engine, type EngineName } from './engine.ts';
import { terraformFailures } from './failures.ts';
import { hideSecretVariables } from './hide-secret-variables.ts';
import { pluginCache } from './plugin-cache.ts';
import { checkBackendConfig } from './variables.ts';

/** What plan and apply take alike. */
export interface WorkplaceOptions {
  readonly environment: string;
  readonly bucket: string;
  readonly workingDirectory: string;
  readonly engine: EngineName;
  readonly engineVersion: string | undefined;
  readonly backendConfig: readonly string[];
  readonly workloadIdentityProvider: string | undefined;
  readonly serviceAccount: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: ChildOptions['secrets'];
  /** The job's variables, handed on to Terraform. */
  readonly processEnvironment: NodeJS.ProcessEnv;
  /** Told as soon as a credentials file exists, so that post removes it. */
  readonly onCredentialsFile: (path: string) => void;
}

/** One environment ready to work in: who, where, with what. */
export interface Workplace {
  readonly environment: string;
  readonly workspace: string;
  readonly temporaryDirectory: string;
  readonly repositoryPath: string;
  readonly identity: Identity;
  readonly bucket: Bucket;
  readonly backend: BackendConfig;
  readonly engine: Engine;
  readonly signal: AbortSignal;
}

/** Signs in, gets the engine and looks at the directory, all at once. Throws what each of them throws. */
export async function openWorkplace(
  options: WorkplaceOptions,
  context: Context,
  signal: AbortSignal,
): Promise<Workplace> {
  const { statePrefix } = environmentPaths(options.environment);
  checkBackendConfig(options.backendConfig);
  const directory = resolve(context.workspace, options.workingDirectory);
  const repositoryPath = await checkDirectory(context.workspace, directory, options.workingDirectory);
  const endpoints = parseEndpoints(context.endpoints);
  const [identity, tool, cache] = await Promise.all([
    jobIdentity(options, context, endpoints, (_name, file) => options.onCredentialsFile(file)),
    ensureTool(options.engine, options.engineVersion),
    pluginCache(options.processEnvironment),
    hideSecretVariables(directory, { ...options.processEnvironment, ...variableEnvironment(options.variables) }),
    loadStorage(),
  ]);
  return {
    environment: options.environment,
    workspace: context.workspace,
    temporaryDirectory: context.temporaryDirectory,
    repositoryPath,
    identity,
    bucket: await openBucket(options.bucket, identity, endpoints),
    backend: { bucket: options.bucket, prefix: statePrefix, more: options.backendConfig },
    engine: new Engine({
      name: options.engine,
      path: tool.path,
      version: tool.version,
      directory,
      repositoryPath,
      environment: childEnvironment({
        base: { ...options.processEnvironment, ...cache },
        identity: identity.environment,
        endpoints,
        variables: options.variables,
        secrets: options.secrets,
      }),
      signal,
    }),
    signal,
  };
}

/** The directory from the repository's root; throws LK-TF-008 when it is not there or outside. */
export async function checkDirectory(workspace: string, directory: string, given: string): Promise<string> {
  const found = await stat(directory).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!found)
    throw terraformFailures.failure('directoryAbsent', { what: `There is no directory ${given} in ${workspace}.` });
  const path = relative(workspace, directory).split(sep).join('/');
  if (path.startsWith('..') || isAbsolute(path)) {
    throw terraformFailures.failure('directoryAbsent', {
      what: `The directory ${given} is outside of the workspace.`,
      why: 'Annotations and the proof of what was planned need files of the checkout.',
      fix: 'Give `working-directory` as a path inside of the repository.',
    });
  }
  return path === '' ? '.' : path;
}

/** The engine's name as people write it. */
export const engineTitle = ({ name, version }: Pick<Engine, 'name' | 'version'>) =>
  `${name === 'tofu' ? 'OpenTofu' : 'Terraform'} ${version}`;
