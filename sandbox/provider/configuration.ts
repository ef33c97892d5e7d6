import type { ProviderContext } from './computed.ts';
import { fileStore } from './file-store.ts';
import { httpStore } from './http-store.ts';
import { StoreError, type ResourceStore } from './store.ts';
import { isObject, text, type ObjectValue } from './value.ts';

export interface Configuration {
  readonly context: ProviderContext;
  readonly store: ResourceStore;
  /** A Google access token, fetched when first needed. */
  readonly token: () => Promise<string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The provider block, with the environment variables that the real provider reads where an argument is absent. */
export async function configure(config: ObjectValue, environment: Environment): Promise<Configuration> {
  const argument = (name: string, ...variables: string[]): string | null => {
    const value = config[name];
    if (typeof value === 'string' && value !== '') return value;
    return (
      variables.map((variable) => environment[variable]).find((found) => found !== undefined && found !== '') ?? null
    );
  };
  const region = argument('region', 'GOOGLE_REGION', 'GCLOUD_REGION', 'CLOUDSDK_COMPUTE_REGION');
  const labels = isObject(config['default_labels']) ? config['default_labels'] : {};
  const accessToken = argument('access_token', 'GOOGLE_OAUTH_ACCESS_TOKEN');
  const credentials = argument(
    'credentials',
    'GOOGLE_CREDENTIALS',
    'GOOGLE_CLOUD_KEYFILE_JSON',
    'GCLOUD_KEYFILE_JSON',
    'GOOGLE_APPLICATION_CREDENTIALS',
  );
  const token = tokenSource(accessToken, credentials);
  return {
    token,
    store: await storeOf(environment, token),
    context: {
      project: argument('project', 'GOOGLE_PROJECT', 'GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT'),
      projectNumber: environment['LIVEKIT_GKE_PROVIDER_PROJECT_NUMBER'] ?? '123456789012',
      region,
      zone: argument('zone', 'GOOGLE_ZONE', 'GCLOUD_ZONE', 'CLOUDSDK_COMPUTE_ZONE'),
      defaultLabels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, text(value)])),
      attributionLabel: config['add_terraform_attribution_label'] !== false,
    },
  };
}

/** The Google stand-in's store where one is set, else files; a store that only fails when it is used, else. */
async function storeOf(environment: Environment, token: () => Promise<string>): Promise<ResourceStore> {
  if (environment['LIVEKIT_GKE_ENDPOINTS']) {
    const { parseEndpoints } = await import('../../src/google/endpoints.ts');
    const { googleapis } = parseEndpoints(environment['LIVEKIT_GKE_ENDPOINTS']);
    if (googleapis !== undefined) return httpStore(`${googleapis}/cloud/v1/resources`, token);
  }
  const directory = environment['LIVEKIT_GKE_PROVIDER_DIR'];
  if (directory !== undefined && directory !== '') return fileStore(directory);
  const refuse = (): Promise<never> =>
    Promise.reject(
      new Error(
        'the provider stand-in has no place for resources: set LIVEKIT_GKE_ENDPOINTS or LIVEKIT_GKE_PROVIDER_DIR',
      ),
    );
  return { create: refuse, read: refuse, update: refuse, remove: refuse, keys: refuse };
}

/**
 * As the real provider gets one: a given token, else by the credentials file (a path or its content), an external account as
 * a rule. Such a token is renewed when it is about to expire, so an apply may take longer than a token lives.
 */
function tokenSource(accessToken: string | null, credentials: string | null): () => Promise<string> {
  if (accessToken !== null) return () => Promise.resolve(accessToken);
  if (credentials === null)
    return () =>
      Promise.reject(
        new Error(
          'Attempted to load application default credentials since neither `credentials` nor `access_token` was set in the provider block. No credentials loaded.',
        ),
      );
  const authenticator = once(async () => {
    const { GoogleAuth } = await import('google-auth-library');
    return new GoogleAuth({
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      ...(credentials.trimStart().startsWith('{')
        ? { credentials: JSON.parse(credentials) as Record<string, string> }
        : { keyFilename: credentials }),
    });
  });
  return async () => {
    const token = await (await authenticator()).getAccessToken().catch((error: unknown) => {
      throw new StoreError(401, `oauth2/google: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (!token) throw new Error('the credentials gave no access token');
    return token;
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => (value ??= make());
}
