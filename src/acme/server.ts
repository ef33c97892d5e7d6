import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'acme-client';
import type { z } from 'zod';
import { Failure, reason } from '../failure/failure.ts';
import { mask } from '../runner/mask.ts';
import { type Directory, directorySchema } from './directory.ts';
import { acmeFailures } from './failures.ts';
import { checkAccountKey } from './key.ts';
import { Problem, problemSchema, retryAfter } from './problem.ts';

/** How a certificate authority is reached. */
export interface Server {
  readonly directoryUrl: string;
  /** PEM; trusted besides the public authorities, for this server only. */
  readonly caBundle?: string | undefined;
  /** For each request. */
  readonly timeoutSeconds?: number | undefined;
}

export interface ExternalAccount {
  readonly keyId: string;
  /** base64url, as the authority gives it. */
  readonly hmacKey: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

type SignedRequest = (url: string, payload: unknown, options?: object, attempts?: number) => Promise<Answer>;

/** What acme-client keeps to itself: its HTTP layer, which is replaced here, and the signer. */
interface Internals {
  readonly http: {
    request: (
      url: string,
      method: string,
      options?: { data?: unknown; headers?: Record<string, string> },
    ) => Promise<Answer>;
    signedRequest: SignedRequest;
    maxBadNonceRetries: number;
    directoryCache: unknown;
    directoryTimestamp: number;
    getJwk(): unknown;
    createSignedBody(url: string, payload: unknown): unknown;
  };
  readonly api: { updateAccountKey(body: unknown): Promise<unknown> };
}

export interface Connection {
  readonly host: string;
  readonly directory: Directory;
  /** What the server's clock said. */
  readonly date: Date | undefined;
  /** The protocol's client, signing with this key; its requests are timed out, cancelled and retried here. */
  client(
    accountKey: string,
    options?: { accountUrl?: string; externalAccount?: ExternalAccount | undefined },
  ): AcmeClient;
  /** An unsigned request. */
  get(url: string): Promise<Answer>;
  /** When the server asked to be asked again about this address. */
  askAgainAt(url: string): Date | undefined;
  close(): void;
}

export type AcmeClient = Client & Internals;

const TIMEOUT_SECONDS = 30;
const ATTEMPTS = 5;
/** A wait that is shorter is waited for; a longer one is a rate limit that whoever reads the log must hear of. */
const LONGEST_WAIT_SECONDS = 30;
/** Half of all nonces may be refused and an order still goes through. */
const NONCE_RETRIES = 40;
const USER_AGENT = 'livekit-gke-turn-cert';
/** A directory and a chain have some kilobytes. */
const LARGEST_ANSWER_BYTES = 1024 * 1024;

/** Reads the directory. Throws LK-ACME-002, -003, -020, and LK-ACME-019 or -018 when `signal` ends it. */
export async function connect(server: Server, signal: AbortSignal): Promise<Connection> {
  const [{ axios, Client: AcmeClientClass }, { Agent }, { getCACertificates }] = await Promise.all([
    import('acme-client'),
    import('node:https'),
    import('node:tls'),
  ]);
  // One without the library's interceptors, which would wait for hours where a rate limit says so, and lose what the network
  // said.
  const http = axios.create();
  const { host } = new URL(server.directoryUrl);
  const ca = server.caBundle === undefined ? undefined : [...getCACertificates('default'), server.caBundle];
  const agent = new Agent({ keepAlive: true, ...(ca && { ca }) });
  const hints = new Map<string, Date>();

  const once = async (url: string, method: string, data: unknown, headers: Record<string, string>): Promise<Answer> => {
    const answer = await http.request<unknown>({
      url,
      method,
      ...(data === undefined ? {} : { data }),
      headers: { ...headers, 'User-Agent': USER_AGENT },
      httpsAgent: agent,
      timeout: (server.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000,
      signal,
      validateStatus: null,
      maxContentLength: LARGEST_ANSWER_BYTES,
      maxRedirects: method === 'post' ? 0 : 3,
    });
    return { status: answer.status, headers: answer.headers, data: answer.data };
  };

  /** One try; a refusal is thrown, except for that of a nonce: acme-client signs again with the new one. */
  const exchange = async (
    url: string,
    method: string,
    { data, headers = {} }: { data?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const answer = await once(url, method.toLowerCase(), data, headers);
    const hint = retryAfter(answer.headers['retry-after'], new Date());
    if (hint === undefined) hints.delete(url);
    else hints.set(url, hint);
    if (answer.status < 400) return answer;
    const refusal = problemOf(answer, hint);
    if (refusal.kind === 'badNonce') return answer;
    throw refusal;
  };

  const persistent = async (work: () => Promise<Answer>): Promise<Answer> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (problem) {
        if (signal.aborted) throw stopped(signal, host);
        const seconds = attempt >= ATTEMPTS ? undefined : waitSeconds(problem, attempt);
        if (seconds === undefined) throw problem instanceof Problem ? problem : unreachable(problem, host);
        await sleep(seconds * 1000, undefined, { signal }).catch(() => {
          throw stopped(signal, host);
        });
      }
    }
  };
  const request = (url: string, method: string) => persistent(() => exchange(url, method));

  let answer: Answer;
  try {
    answer = await request(server.directoryUrl, 'get');
  } catch (error) {
    agent.destroy();
    throw error instanceof Problem
      ? acmeFailures.failure(error.status >= 500 || error.status === 429 ? 'unreachable' : 'directory', {
          what: `${server.directoryUrl} is no ACME directory: it answered with the status ${error.status}.`,
          cause: error,
        })
      : error;
  }
  const parsed = directorySchema.safeParse(answer.data);
  if (!parsed.success) {
    agent.destroy();
    throw acmeFailures.failure('directory', {
      what: `${server.directoryUrl} is no ACME directory: ${firstIssue(parsed.error)}.`,
    });
  }
  const { date: told } = answer.headers;
  const date = new Date(typeof told === 'string' ? told : Number.NaN);
  return {
    host,
    directory: parsed.data,
    date: Number.isNaN(date.getTime()) ? undefined : date,
    client(accountKey, { accountUrl, externalAccount } = {}) {
      checkAccountKey(accountKey);
      if (externalAccount !== undefined) mask(externalAccount.hmacKey);
      const client = new AcmeClientClass({
        directoryUrl: server.directoryUrl,
        accountKey,
        ...(accountUrl === undefined ? {} : { accountUrl }),
        ...(externalAccount === undefined
          ? {}
          : { externalAccountBinding: { kid: externalAccount.keyId, hmacKey: externalAccount.hmacKey } }),
      }) as AcmeClient;
      client.http.request = (url, method, options) => {
        const headers = { 'Content-Type': 'application/jose+json', ...options?.headers };
        return options?.data === undefined ? request(url, method) : exchange(url, method, { ...options, headers });
      };
      // What was signed once holds a nonce that may be used up, so that each further try is signed anew.
      const signed: SignedRequest = client.http.signedRequest.bind(client.http);
      client.http.signedRequest = (url, payload, options, attempts = 0) =>
        attempts > 0
          ? signed(url, payload, options, attempts)
          : persistent(async () => {
              const given = await signed(url, payload, options);
              // So many nonces in a row were refused that nobody believes in the next one.
              if (given.status >= 400) throw problemOf(given, undefined);
              return given;
            });
      client.http.maxBadNonceRetries = NONCE_RETRIES;
      client.http.directoryCache = answer.data;
      client.http.directoryTimestamp = Math.floor(Date.now() / 1000);
      return client;
    },
    get: (url) => request(url, 'get'),
    askAgainAt: (url) => hints.get(url),
    close: () => agent.destroy(),
  };
}

function problemOf(answer: Answer, tryAgainAt: Date | undefined): Problem {
  const document = problemSchema.safeParse(answer.data);
  return new Problem(answer.status, document.data ?? problemSchema.parse({ detail: wordsOf(answer) }), tryAgainAt);
}

/** Seconds until the next attempt; `undefined` when another one would be of no use. */
function waitSeconds(problem: unknown, attempt: number): number | undefined {
  const usual = Math.min(10, 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
  if (!(problem instanceof Problem)) return problem instanceof Failure || isUntrusted(problem) ? undefined : usual;
  if (problem.status < 500 && problem.status !== 429 && problem.status !== 408) return undefined;
  const asked = problem.tryAgainAt === undefined ? undefined : (problem.tryAgainAt.getTime() - Date.now()) / 1000;
  // A limit without a time will not be gone in a few seconds.
  if (problem.status === 429 && asked === undefined) return undefined;
  if (asked !== undefined && asked > LONGEST_WAIT_SECONDS) return undefined;
  return Math.max(usual, asked ?? 0);
}

function unreachable(error: unknown, host: string): Failure {
  if (error instanceof Failure) return error;
  return acmeFailures.failure(isUntrusted(error) ? 'untrusted' : 'unreachable', {
    what: `${host} could not be reached: ${reason(error).replace(/\.$/, '')}.`,
    // Not the error itself: it carries the whole request.
    cause: new Error(reason(error)),
  });
}

function isUntrusted(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return (
    typeof code === 'string' && /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/.test(code)
  );
}

/** A time-out of the whole is told from the job's cancel by the signal's reason. */
export function stopped(signal: AbortSignal, host: string): Failure {
  const isTimeout = (signal.reason as { name?: unknown } | undefined)?.name === 'TimeoutError';
  return isTimeout
    ? acmeFailures.failure('timeout', { what: `${host} did not issue the certificate in the time that it was given.` })
    : acmeFailures.failure('cancelled', { what: `The order at ${host} was cancelled.` });
}

/** Parses what the authority answered; throws LK-ACME-020. */
export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  host: string,
  subject: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw acmeFailures.failure('answer', {
    what: `The answer of ${host} for ${subject} is not as expected: ${firstIssue(parsed.error)}.`,
  });
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return `\`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}`;
}

function wordsOf({ status, data }: Answer): string {
  const text = typeof data === 'string' ? data.replace(/\s+/g, ' ').trim().slice(0, 200) : '';
  return text === '' ? `HTTP status ${status}` : text;
}
