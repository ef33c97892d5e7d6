import { jobEnvironment } from '../exec/environment.ts';
import type { Endpoints } from '../google/endpoints.ts';

/** The two ephemeral variables; Terraform writes them into Secret Manager and keeps them nowhere. */
export const SECRET_VARIABLES = { key: 'livekit_api_key', secret: 'livekit_api_secret' } as const;

export interface ChildOptions {
  /** The job's own variables: TF_CLI_CONFIG_FILE, proxies and the user's TF_VAR_… go on to Terraform. */
  readonly base: NodeJS.ProcessEnv;
  /** What makes the child the same Google identity. */
  readonly identity: Readonly<Record<string, string>>;
  readonly endpoints: Endpoints;
  /** Terraform variables by name. Not secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** Only apply has the real ones; a plan gets stand-ins, since its identity sees no secrets. */
  readonly secrets: { readonly key: string | undefined; readonly secret: string | undefined } | 'stand-ins';
}

/** As long as LiveKit demands, and plainly no secret. Neither plan nor state keeps it. */
const STAND_IN = 'stand-in-for-a-secret-at-plan-time';

/** The whole environment of a terraform process. Secrets go this way only, never by argv. */
export function childEnvironment(options: ChildOptions): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...jobEnvironment(options.base), ...variableEnvironment(options.variables) };
  const { key, secret } = options.secrets === 'stand-ins' ? { key: STAND_IN, secret: STAND_IN } : options.secrets;
  setOrRemove(environment, `TF_VAR_${SECRET_VARIABLES.key}`, key);
  setOrRemove(environment, `TF_VAR_${SECRET_VARIABLES.secret}`, secret);
  return {
    ...environment,
    ...options.identity,
    ...backendEndpoint(options.endpoints.storage),
    TF_IN_AUTOMATION: 'true',
    TF_INPUT: 'false',
    CHECKPOINT_DISABLE: 'true',
  };
}

/** Terraform variables by name, as its process takes them. */
export function variableEnvironment(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value]));
}

/** Redirects the gcs backend. The slash at the end matters; without it Terraform says that the bucket does not exist. */
export function backendEndpoint(storage: string | undefined): Record<string, string> {
  return storage === undefined ? {} : { GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT: `${storage}/storage/v1/` };
}

function setOrRemove(environment: NodeJS.ProcessEnv, name: string, value: string | undefined): void {
  if (value === undefined) delete environment[name];
  else environment[name] = value;
}
