import { randomBytes } from 'node:crypto';
import type { AuthClient, gaxios, IdentityPoolClientOptions } from 'google-auth-library';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import { mask } from '../runner/mask.ts';
import { type Endpoints, googleUrl } from './endpoints.ts';
import { googleFailures } from './failures.ts';

export interface IdentityOptions {
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>` */
  readonly workloadIdentityProvider: string | undefined;
  /** E-mail address of the service account. */
  readonly serviceAccount: string | undefined;
  readonly idToken: { readonly requestUrl: string; readonly requestToken: string } | undefined;
  /** Credentials that the job or the shell already has. */
  readonly existingCredentialsFile: string | undefined;
  readonly temporaryDirectory: string;
  readonly endpoints: Endpoints;
  /** On a laptop gcloud's application-default credentials are used where nothing else is given. */
  readonly allowDefaultCredentials?: boolean;
  /** For each request of the sign-in. */
  readonly timeoutSeconds?: number;
}

/** Who the action is on Google Cloud. Tokens are made when asked for and renewed by the library, so hours are no matter. */
export interface Identity {
  /** The service account's address, where it is known. */
  readonly serviceAccount: string | undefined;
  /** The external-account file, 0600; `undefined` with gcloud's own credentials. */
  readonly credentialsFile: string | undefined;
  /** True when this step wrote the file, so that post removes it. */
  readonly ownsFile: boolean;
  /** What child processes (terraform, the kubeconfig plug-in) need to be the same identity. */
  readonly environment: Readonly<Record<string, string>>;
  accessToken(): Promise<string>;
  /** For Google's own client libraries. */
  authClient(): Promise<AuthClient>;
}

const TIMEOUT_SECONDS = 30;
const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];
const PROVIDER = /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[\w-]+\/providers\/[\w-]+$/;
const SERVICE_ACCOUNT = /^[\w.-]+@[\w.-]+\.gserviceaccount\.com$/;

/**
 * Signs in by Workload Identity, or takes the job's credentials. Throws LK-GOOGLE-002 to -005; the first token is made
 * here, so that a refusal shows before anything else is done.
 */
export async function signIn(options: IdentityOptions): Promise<Identity> {
  const { workloadIdentityProvider: provider, serviceAccount } = options;
  if (provider === undefined && serviceAccount === undefined) return existing(options);
  if (provider === undefined || serviceAccount === undefined) {
    throw googleFailures.failure('noCredentials', {
      what: `Only ${provider === undefined ? '`service_account`' : '`workload_identity_provider`'} was given; the two go together.`,
      fix: 'Set both inputs, or neither after google-github-actions/auth.',
    });
  }
  if (!PROVIDER.test(provider)) {
    throw googleFailures.failure('noCredentials', {
      what: `The input \`workload_identity_provider\` is ${JSON.stringify(provider)}, which is not a provider’s full name.`,
      why: 'It needs the project’s number, the pool and the provider.',
      fix: 'Use projects/<number>/locations/global/workloadIdentityPools/github-pool/providers/github-provider, as terraform/bootstrap prints it.',
    });
  }
  if (!SERVICE_ACCOUNT.test(serviceAccount)) {
    throw googleFailures.failure('noCredentials', {
      what: `The input \`service_account\` is ${JSON.stringify(serviceAccount)}, which is no service account’s e-mail address.`,
      why: 'The address ends with .gserviceaccount.com.',
      fix: 'Use <name>@<project>.iam.gserviceaccount.com, as terraform/bootstrap prints it.',
    });
  }
  if (options.idToken === undefined) {
    throw googleFailures.failure('noIdToken', { what: 'The job has no permission to ask GitHub for an OIDC token.' });
  }
  mask(options.idToken.requestToken);
  const configuration = externalAccount(provider, serviceAccount, options.idToken, options.endpoints);
  const file = join(options.temporaryDirectory, `google-credentials-${randomBytes(8).toString('hex')}.json`);
  await writeFile(file, JSON.stringify(configuration), { mode: 0o600, flag: 'wx' });
  const identity = await withFile(file, true, serviceAccount, options.timeoutSeconds);
  try {
    await identity.accessToken();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return identity;
}

/** Removes what `signIn` left on disk. */
export async function signOut(credentialsFile: string): Promise<void> {
  if (credentialsFile !== '') await rm(credentialsFile, { force: true });
}

/** The identity behind a credentials file that exists: for the kubeconfig plug-in and for the job's own credentials. */
export async function withFile(
  file: string,
  ownsFile: boolean,
  serviceAccount: string | undefined,
  timeoutSeconds = TIMEOUT_SECONDS,
): Promise<Identity> {
  const configuration = await readConfiguration(file);
  return {
    serviceAccount,
    credentialsFile: file,
    ownsFile,
    environment: { GOOGLE_APPLICATION_CREDENTIALS: file, CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: file },
    ...tokensOf(once(() => clientFor(configuration, timeoutSeconds * 1000))),
  };
}

async function existing(options: IdentityOptions): Promise<Identity> {
  if (options.existingCredentialsFile !== undefined) return withFile(options.existingCredentialsFile, false, undefined);
  if (options.allowDefaultCredentials !== true)
    throw googleFailures.failure('noCredentials', { what: 'There are no Google credentials for this step.' });
  const client = once(async () => {
    const { GoogleAuth } = await import('google-auth-library');
    return new GoogleAuth({ scopes: SCOPES }).getClient().catch((error: unknown) => {
      throw googleFailures.failure('noCredentials', {
        what: 'This machine has no Google credentials.',
        why: 'Neither GOOGLE_APPLICATION_CREDENTIALS nor gcloud’s application-default credentials are there.',
        fix: 'Run `gcloud auth application-default login`.',
        cause: error,
      });
    });
  });
  return {
    serviceAccount: undefined,
    credentialsFile: undefined,
    ownsFile: false,
    environment: {},
    ...tokensOf(client),
  };
}

function tokensOf(authClient: () => Promise<AuthClient>): Pick<Identity, 'accessToken' | 'authClient'> {
  return { authClient, accessToken: () => token(async () => (await (await authClient()).getAccessToken()).token) };
}

/** One client, so that its token is kept until it is about to expire. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

async function clientFor(configuration: Record<string, unknown>, timeout: number): Promise<AuthClient> {
  const { GoogleAuth, IdentityPoolClient } = await import('google-auth-library');
  if (configuration['type'] === 'external_account') {
    const options = { ...(configuration as unknown as IdentityPoolClientOptions), scopes: SCOPES };
    const client = new IdentityPoolClient({ ...options, transporterOptions: { timeout } });
    // The library sends the token exchange by a client of its own, which would wait for ever.
    const { stsCredential } = client as unknown as { stsCredential?: { transporter?: gaxios.Gaxios } };
    if (stsCredential?.transporter !== undefined) stsCredential.transporter.defaults.timeout = timeout;
    return client;
  }
  return new GoogleAuth({ credentials: configuration, scopes: SCOPES }).getClient();
}

async function readConfiguration(file: string): Promise<Record<string, string>> {
  let configuration: { type?: string };
  try {
    configuration = JSON.parse(await readFile(file, 'utf8')) as { type?: string };
  } catch (error) {
    throw googleFailures.failure('noCredentials', {
      what: `The credentials file ${file} could not be read: ${reason(error)}.`,
      cause: error,
    });
  }
  if (configuration.type === 'service_account') {
    throw googleFailures.failure('serviceAccountKey', {
      what: `The credentials file ${file} is a service-account key.`,
    });
  }
  return configuration;
}

async function token(get: () => Promise<string | null | undefined>): Promise<string> {
  try {
    const value = await retry(get, {
      attempts: 4,
      baseSeconds: 1,
      isTransient: (error) => isTransientStatus(statusOf(error)),
    });
    if (value === null || value === undefined) throw new Error('the answer held no token');
    mask(value);
    return value;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const status = statusOf(error);
    throw isTransientStatus(status)
      ? googleFailures.failure('unavailable', {
          what: `Google’s sign-in did not answer: ${reason(error)}.`,
          cause: error,
        })
      : googleFailures.failure('exchangeRefused', {
          what: `Google refused the sign-in: ${answerOf(error) ?? reason(error)}.`,
          cause: error,
        });
  }
}

/** HTTP status of a client library's error; `undefined` when no answer came at all. */
export function statusOf(thrown: unknown): number | undefined {
  const error = thrown as { status?: unknown; code?: unknown; response?: { status?: unknown } } | null;
  for (const value of [error?.status, error?.response?.status, error?.code]) {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 100 && number < 600) return number;
  }
  return undefined;
}

/** No answer, 408, 429 and 5xx may pass; all else is an answer. */
export function isTransientStatus(status: number | undefined): boolean {
  return status === undefined || status === 408 || status === 429 || status >= 500;
}

function answerOf(thrown: unknown): string | undefined {
  const data = (thrown as { response?: { data?: unknown } }).response?.data as
    { error?: string | { message?: string }; error_description?: string } | undefined;
  if (data?.error_description !== undefined) return data.error_description;
  return typeof data?.error === 'object' ? data.error.message : data?.error;
}

function externalAccount(
  provider: string,
  serviceAccount: string,
  idToken: { requestUrl: string; requestToken: string },
  endpoints: Endpoints,
) {
  const subject = new URL(idToken.requestUrl);
  subject.searchParams.set('audience', `https://iam.googleapis.com/${provider}`);
  return {
    type: 'external_account',
    universe_domain: 'googleapis.com',
    audience: `//iam.googleapis.com/${provider}`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: googleUrl(endpoints, 'sts.googleapis.com', '/v1/token'),
    service_account_impersonation_url: googleUrl(
      endpoints,
      'iamcredentials.googleapis.com',
      `/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
    ),
    credential_source: {
      url: subject.href,
      headers: { Authorization: `Bearer ${idToken.requestToken}` },
      format: { type: 'json', subject_token_field_name: 'value' },
    },
  };
}
