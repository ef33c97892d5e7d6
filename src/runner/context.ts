import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { z } from 'zod';
import { reason } from '../failure/failure.ts';
import { runnerFailures } from './failures.ts';

/** What the runner says about the job: parsed once, from GITHUB_… and RUNNER_… variables. */
export interface Context {
  /** False on a laptop, where there is no run, no pull request and no summary. */
  readonly onGitHub: boolean;
  readonly workspace: string;
  /** A directory that ends with the job; secrets that must be files go here, 0600. */
  readonly temporaryDirectory: string;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly sha: string;
  readonly ref: string;
  readonly eventName: string;
  /** The event's payload as GitHub sent it; parse what is used of it by a schema. */
  readonly event: unknown;
  readonly actor: string;
  readonly workflow: string;
  readonly job: string;
  readonly runId: string;
  readonly runAttempt: number;
  readonly apiUrl: string;
  readonly serverUrl: string;
  readonly runUrl: string;
  /** Where the job may ask for its OIDC token; `undefined` without `id-token: write`. */
  readonly idToken: { readonly requestUrl: string; readonly requestToken: string } | undefined;
  /** A credentials file that an earlier step or the user's shell left (GOOGLE_APPLICATION_CREDENTIALS). */
  readonly googleCredentialsFile: string | undefined;
  /** LIVEKIT_GKE_ENDPOINTS as it is; `parseEndpoints` reads it. */
  readonly endpoints: string | undefined;
}

const environmentSchema = z.object({
  GITHUB_ACTIONS: z.string().optional(),
  GITHUB_WORKSPACE: z.string().optional(),
  RUNNER_TEMP: z.string().optional(),
  GITHUB_REPOSITORY: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name')
    .default('local/local'),
  GITHUB_SHA: z.string().default(''),
  GITHUB_REF: z.string().default(''),
  GITHUB_EVENT_NAME: z.string().default('local'),
  GITHUB_EVENT_PATH: z.string().optional(),
  GITHUB_ACTOR: z.string().default('local'),
  GITHUB_WORKFLOW: z.string().default('local'),
  GITHUB_JOB: z.string().default('local'),
  GITHUB_RUN_ID: z.string().default('0'),
  GITHUB_RUN_ATTEMPT: z.coerce.number().int().positive().default(1),
  GITHUB_API_URL: z.string().default('https://api.github.com'),
  GITHUB_SERVER_URL: z.string().default('https://github.com'),
  ACTIONS_ID_TOKEN_REQUEST_URL: z.url().optional(),
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: z.string().optional(),
  GOOGLE_APPLICATION_CREDENTIALS: z.string().optional(),
  LIVEKIT_GKE_ENDPOINTS: z.string().optional(),
});

/** Reads the job's context; throws LK-RUN-003 when the runner's variables make no sense. */
export function readContext(variables: NodeJS.ProcessEnv = process.env): Context {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw runnerFailures.failure('environment', {
      what: `The variable ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}.`,
    });
  }
  const env = parsed.data;
  const [owner = '', name = ''] = env.GITHUB_REPOSITORY.split('/');
  return {
    onGitHub: env.GITHUB_ACTIONS === 'true',
    workspace: env.GITHUB_WORKSPACE ?? process.cwd(),
    temporaryDirectory: env.RUNNER_TEMP ?? tmpdir(),
    repository: { owner, name },
    sha: env.GITHUB_SHA,
    ref: env.GITHUB_REF,
    eventName: env.GITHUB_EVENT_NAME,
    event: readEvent(env.GITHUB_EVENT_PATH),
    actor: env.GITHUB_ACTOR,
    workflow: env.GITHUB_WORKFLOW,
    job: env.GITHUB_JOB,
    runId: env.GITHUB_RUN_ID,
    runAttempt: env.GITHUB_RUN_ATTEMPT,
    apiUrl: env.GITHUB_API_URL,
    serverUrl: env.GITHUB_SERVER_URL,
    runUrl: `${env.GITHUB_SERVER_URL}/${owner}/${name}/actions/runs/${env.GITHUB_RUN_ID}`,
    idToken:
      env.ACTIONS_ID_TOKEN_REQUEST_URL !== undefined && env.ACTIONS_ID_TOKEN_REQUEST_TOKEN !== undefined
        ? { requestUrl: env.ACTIONS_ID_TOKEN_REQUEST_URL, requestToken: env.ACTIONS_ID_TOKEN_REQUEST_TOKEN }
        : undefined,
    googleCredentialsFile: env.GOOGLE_APPLICATION_CREDENTIALS,
    endpoints: env.LIVEKIT_GKE_ENDPOINTS,
  };
}

function readEvent(path: string | undefined): unknown {
  if (path === undefined) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw runnerFailures.failure('environment', {
      what: `The event file GITHUB_EVENT_PATH could not be read: ${reason(error)}.`,
      cause: error,
    });
  }
}
