import { z } from 'zod';
import { googleFailures } from './failures.ts';

/**
 * Where Google's APIs are reached. Empty outside of tests and private networks: the public addresses. Set by the one
 * environment variable LIVEKIT_GKE_ENDPOINTS (JSON); only loopback addresses, unless `allowRemote` is true, since whoever
 * sets it receives the job's tokens.
 */
export interface Endpoints {
  /** `https://HOST/PATH` becomes `<googleapis>/HOST/PATH`. */
  readonly googleapis?: string | undefined;
  /** Cloud Storage, at the root. */
  readonly storage?: string | undefined;
  /** Stands for every GKE control plane. */
  readonly kubernetes?: { readonly server: string; readonly certificateAuthority: string } | undefined;
}

const url = z.url().transform((value) => value.replace(/\/+$/, ''));
const schema = z.strictObject({
  googleapis: url.optional(),
  storage: url.optional(),
  kubernetes: z.strictObject({ server: url, certificateAuthority: z.string() }).optional(),
  allowRemote: z.boolean().default(false),
});

/** Parses LIVEKIT_GKE_ENDPOINTS; throws LK-GOOGLE-001 when it is malformed or points away from this machine without the opt-in. */
export function parseEndpoints(text: string | undefined): Endpoints {
  if (text === undefined || text.trim() === '') return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw googleFailures.failure('endpoints', { what: 'LIVEKIT_GKE_ENDPOINTS is not valid JSON.', cause: error });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw googleFailures.failure('endpoints', {
      what: `LIVEKIT_GKE_ENDPOINTS is malformed at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
    });
  }
  const { allowRemote, ...endpoints } = parsed.data;
  for (const address of [endpoints.googleapis, endpoints.storage, endpoints.kubernetes?.server]) {
    if (address !== undefined && !allowRemote && !isLoopback(new URL(address).hostname)) {
      throw googleFailures.failure('endpoints', {
        what: `LIVEKIT_GKE_ENDPOINTS points to ${new URL(address).hostname}, which is not this machine.`,
      });
    }
  }
  return endpoints;
}

/** The address of an API: `googleUrl({}, 'sts.googleapis.com', '/v1/token')` is `https://sts.googleapis.com/v1/token`. */
export function googleUrl(endpoints: Endpoints, host: string, path: string): string {
  return `${endpoints.googleapis === undefined ? `https://${host}` : `${endpoints.googleapis}/${host}`}${path}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
