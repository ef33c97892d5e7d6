import { reason } from '../failure/failure.ts';
import { verifyFailures } from './failures.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

/** What is kept of an answer's body: a metrics page has tens of kilobytes, a wrong server may send without end. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * One request, redirects not followed. Gives whatever status came; throws LK-VERIFY-006 in the reader's words when none
 * came. `token` goes into a header, so that it is in no access log.
 */
export async function request(
  url: string | URL,
  signal: AbortSignal,
  options: { token?: string; method?: 'GET' | 'POST'; json?: unknown } = {},
): Promise<HttpAnswer> {
  const started = performance.now();
  try {
    const response = await fetch(url, {
      method: options.method ?? 'GET',
      redirect: 'manual',
      signal,
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(options.json === undefined ? {} : { body: JSON.stringify(options.json) }),
    });
    const body = await readBounded(response);
    return { status: response.status, body, milliseconds: Math.round(performance.now() - started) };
  } catch (error) {
    throw unreachable(url, error);
  }
}

/** The start of what the other end said, for evidence. LiveKit's refusals quote the token, which may be a good one. */
export function quote(body: string): string {
  const text = body
    .replace(/eyJ[\w-]+(\.[\w-]*)*/g, '(a token)')
    .replace(/\s+/g, ' ')
    .trim();
  return text.slice(0, 120) || 'no words';
}

/** LK-VERIFY-006 with the cause that the system's error code tells. */
export function unreachable(url: string | URL, error: unknown) {
  const { origin } = new URL(url);
  const known = CAUSES.find(({ codes }) => codes.test(errorCode(error)));
  return verifyFailures.failure('unreachable', {
    what: `${origin} could not be reached: ${reason(error)}.`,
    why: known?.why,
    fix: known?.fix,
    cause: error,
  });
}

const CAUSES = [
  {
    codes: /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA)$/,
    why: 'The name has no address in DNS, as seen from here.',
    fix: 'Point the domain to the load balancer’s reserved address, or delegate the zone, and wait until it is visible.',
  },
  {
    codes: /^(ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET|EPIPE)$/,
    why: 'The address answers, but nothing serves this port, or it closed the connection.',
    fix: 'See that LiveKit’s pods run and that the load balancer has healthy back ends.',
  },
  {
    codes: /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH)$/,
    why: 'Packets to the address are dropped: a firewall, or an address that nothing has.',
    fix: 'Compare the firewall rules and the DNS record with the load balancer’s address.',
  },
  {
    codes: /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/,
    why: 'The TLS certificate is not valid for this name, has expired, or is not issued yet.',
    fix: 'Look at the ManagedCertificate (`kubectl describe managedcertificate`), and wait until it is Active.',
  },
];

/** The first system error code along the causes; several addresses tried make an AggregateError. */
function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, errors, cause } = error as { code?: unknown; errors?: unknown[]; cause?: unknown };
  if (typeof code === 'string') return code;
  return errorCode(errors?.[0] ?? cause);
}

async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) break;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
