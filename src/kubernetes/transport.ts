import { Agent, request as httpsRequest } from 'node:https';
import { reason } from '../failure/failure.ts';
import type { KubernetesAccess } from './access.ts';

export interface KubernetesRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

export interface TransportOptions {
  /** Called for each request, so that a deploy of hours never holds an expired token. */
  readonly token: () => Promise<string>;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that is no success, in the server's words; `status` is undefined when none came. */
export class Answer extends Error {
  readonly status: number | undefined;
  constructor(message: string, status: number | undefined) {
    super(message);
    this.status = status;
  }
  /** No answer, 429 and 5xx may pass. */
  get isTransient(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500 || this.isUnread;
  }
  /** An API server that has just been started refuses whom it knows no roles of yet. */
  private get isUnread(): boolean {
    return this.status === 403 && /RBAC: .*role\.rbac\.authorization\.k8s\.io "[^"]+" not found/.test(this.message);
  }
}

export type Transport = (request: KubernetesRequest) => Promise<string>;

/** Sends requests to one control plane over kept-alive connections; throws `Answer` for all that is no success. */
export function transport(access: KubernetesAccess, options: TransportOptions): Transport {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  return async (request) => {
    const token = await options.token();
    const timeout = AbortSignal.timeout((options.timeoutSeconds ?? 20) * 1000);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    return new Promise<string>((resolve, reject) => {
      const fail = (error: Error) => {
        if (options.signal?.aborted === true) return reject(error);
        reject(new Answer(timeout.aborted ? 'no answer in time' : reason(error), undefined));
      };
      const outgoing = httpsRequest(
        `${access.server}${request.path}`,
        {
          method: request.method,
          agent,
          signal,
          headers: {
            authorization: `Bearer ${token}`,
            accept: 'application/json',
            ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
          },
          ...(access.certificateAuthority === undefined ? {} : { ca: access.certificateAuthority }),
          ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const status = response.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(text);
            else reject(new Answer(words(text), status));
          });
        },
      );
      outgoing.on('error', fail);
      outgoing.end(request.body);
    });
  };
}

/** The server's own words (a Status object), without the final full stop. */
function words(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    if (message !== undefined) return message.replace(/\.$/, '');
  } catch {
    // Not JSON: shortened below.
  }
  return text.replace(/\s+/g, ' ').slice(0, 200) || 'no words';
}
