import type { z } from 'zod';
import { reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import { type Endpoints, googleUrl } from './endpoints.ts';
import { googleFailures } from './failures.ts';
import { type Identity, isTransientStatus } from './identity.ts';

export interface GoogleRequest<Schema extends z.ZodType> {
  readonly host: `${string}.googleapis.com`;
  /** Path with query; its parts already percent-encoded. */
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly answer: Schema;
  /** The thing in the reader's words, for messages: `the secret livekit-dev-keys`. */
  readonly subject: string;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface GoogleClient {
  readonly identity: Identity;
  readonly endpoints: Endpoints;
  request<Schema extends z.ZodType>(request: GoogleRequest<Schema>): Promise<z.infer<Schema>>;
}

class Answer extends Error {
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  constructor(message: string, status: number | undefined, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A client for Google's JSON APIs: signed, timed out, retried where it is safe, answers checked by a schema. */
export function googleClient(identity: Identity, endpoints: Endpoints): GoogleClient {
  return {
    identity,
    endpoints,
    async request(request) {
      const method = request.method ?? 'GET';
      const send = async () => {
        const token = await identity.accessToken();
        const timeout = AbortSignal.timeout((request.timeoutSeconds ?? 30) * 1000);
        let response: Response;
        let text: string;
        try {
          response = await fetch(googleUrl(endpoints, request.host, request.path), {
            method,
            headers: {
              authorization: `Bearer ${token}`,
              accept: 'application/json',
              ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
            },
            ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
            signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
          });
          text = await response.text();
        } catch (error) {
          throw new Answer(reason(error), undefined);
        }
        if (!response.ok)
          throw new Answer(words(text), response.status, Number(response.headers.get('retry-after')) || undefined);
        return text;
      };
      let text: string;
      try {
        text = await retry(send, {
          attempts: 5,
          baseSeconds: 1,
          signal: request.signal,
          // What changes something is tried again only when it cannot have happened.
          isTransient: (error) =>
            error instanceof Answer &&
            (method === 'GET' ? isTransientStatus(error.status) : error.status === 429 || error.status === 503),
          retryAfterSeconds: (error) => (error as Answer).retryAfterSeconds,
        });
      } catch (error) {
        if (error instanceof Answer) throw failureFor(error, request, identity);
        throw error;
      }
      return parse(text, request);
    },
  };
}

function failureFor(answer: Answer, request: GoogleRequest<z.ZodType>, identity: Identity) {
  const who = identity.serviceAccount ?? 'the identity of this job';
  const api = request.host.replace('.googleapis.com', '');
  switch (answer.status) {
    case 401:
    case 403:
      return googleFailures.failure('permissionDenied', {
        what: `${who} may not reach ${request.subject}: ${answer.message}.`,
        cause: answer,
      });
    case 404:
      return googleFailures.failure('notFound', {
        what: `Google Cloud has no such thing: ${request.subject} (${answer.message}).`,
        cause: answer,
      });
    case 409:
    case 412:
      return googleFailures.failure('preconditionFailed', {
        what: `${request.subject} changed meanwhile: ${answer.message}.`,
        cause: answer,
      });
    default:
      return isTransientStatus(answer.status)
        ? googleFailures.failure('unavailable', {
            what: `Google’s ${api} API did not answer for ${request.subject}: ${answer.message}.`,
            cause: answer,
          })
        : googleFailures.failure('refused', {
            what: `Google’s ${api} API refused the request for ${request.subject}: ${answer.message}.`,
            cause: answer,
          });
  }
}

function parse<Schema extends z.ZodType>(text: string, request: GoogleRequest<Schema>): z.infer<Schema> {
  let json: unknown;
  try {
    json = text === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw googleFailures.failure('unexpectedAnswer', {
      what: `Google’s answer for ${request.subject} is not JSON.`,
      cause: error,
    });
  }
  const parsed = request.answer.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw googleFailures.failure('unexpectedAnswer', {
    what: `Google’s answer for ${request.subject} lacks what is expected at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
  });
}

/** Google's own words in an error body, without the final full stop. */
function words(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: { message?: string } | string; error_description?: string };
    const message = typeof body.error === 'object' ? body.error.message : (body.error_description ?? body.error);
    if (message !== undefined) return message.replace(/\.$/, '');
  } catch {
    // Not JSON: a proxy's page, shortened below.
  }
  return text.replace(/\s+/g, ' ').slice(0, 200) || 'no words';
}
