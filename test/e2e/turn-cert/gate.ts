import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, request as http, type ServerResponse } from 'node:http';
import { createServer as createHttps, request as https } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Service = 'acme' | 'cluster' | 'dns' | 'kubernetes' | 'secret-manager' | 'sign-in' | 'storage';

/** One request of a run: what it is, and that it is the nth of its kind that this run made. */
export interface Point {
  readonly service: Service;
  readonly method: string;
  /** Path without what differs from run to run. */
  readonly shape: string;
  readonly nth: number;
}

/** What becomes of the request at a point: an answer in place of the real one, or no answer, before or after it was carried out. */
export type Disturbance =
  | { readonly answer: number }
  | { readonly lost: true }
  /** Carried out as usual, and meanwhile this happens. */
  | { readonly meanwhile: () => void };

export interface Fault {
  readonly point: Point;
  /** This request only, or all of its kind from here on. */
  readonly lasts: 'once' | 'on';
  readonly disturbance: Disturbance;
}

export interface GateOptions {
  readonly google: string;
  readonly storage: string;
  readonly kubernetes: Upstream;
  readonly acme: Upstream;
}

interface Upstream {
  readonly address: string;
  /** Files: who signed its certificate, and a certificate and key with which the gate takes its place. */
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: string;
}

/** A private key as PEM, as it is and in base64, wherever it begins. */
const PRIVATE_KEY = [
  'PRIVATE KEY-----',
  ...[0, 1, 2].map((shift) =>
    Buffer.from(`${' '.repeat(shift)}-----BEGIN PRIVATE KEY`)
      .toString('base64')
      .slice(4, -4),
  ),
];

/**
 * Stands before everything that a run talks to (Google, storage, the cluster, the certificate authority), knows each request,
 * and disturbs one of them. It looks into each request for a private key, too: only two kinds may hold one.
 */
export class Gate {
  readonly #servers: Server[] = [];
  readonly #options: GateOptions;
  readonly #addresses: Record<'google' | 'storage' | 'kubernetes' | 'acme', string>;
  #seen: Point[] = [];
  #counts = new Map<string, number>();
  #fault: Fault | undefined;
  #wasMet = false;
  /** Requests that held a private key and must not. */
  readonly leaks: string[] = [];

  private constructor(options: GateOptions) {
    this.#options = options;
    this.#addresses = { google: '', storage: '', kubernetes: '', acme: '' };
  }

  static async open(options: GateOptions): Promise<Gate> {
    const gate = new Gate(options);
    const { google, storage, kubernetes, acme } = options;
    gate.#addresses.google = await gate.#listen({ address: google });
    gate.#addresses.storage = await gate.#listen({ address: storage });
    gate.#addresses.kubernetes = await gate.#listen(kubernetes);
    gate.#addresses.acme = await gate.#listen(acme);
    return gate;
  }

  get addresses(): Readonly<Record<'google' | 'storage' | 'kubernetes' | 'acme', string>> {
    return this.#addresses;
  }

  /** A new run begins, in which this goes wrong. */
  begin(fault?: Fault): void {
    this.#seen = [];
    this.#counts = new Map();
    this.#fault = fault;
    this.#wasMet = false;
  }

  /** Requests of the run, in their order. */
  get seen(): readonly Point[] {
    return this.#seen;
  }

  /** Whether the run came to the point of its fault. */
  get wasMet(): boolean {
    return this.#wasMet;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        (server as Server & { closeAllConnections(): void }).closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  async #listen(upstream: { address: string } | Upstream): Promise<string> {
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      this.#pass(request, response, upstream).catch(() => response.destroy());
    };
    const isTls = 'key' in upstream;
    const server = isTls
      ? createHttps({ cert: readFileSync(upstream.certificate), key: readFileSync(upstream.key) }, handle)
      : createHttp(handle);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `${isTls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #pass(
    request: IncomingMessage,
    response: ServerResponse,
    upstream: { address: string } | Upstream,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const kind = this.#kindOf(request.method ?? 'GET', request.url ?? '/', upstream.address);
    const key = `${kind.service} ${kind.method} ${kind.shape}`;
    const nth = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, nth);
    const point = { ...kind, nth };
    this.#seen.push(point);
    if (!MAY_HOLD_KEY.test(key) && PRIVATE_KEY.some((text) => body.includes(text))) this.leaks.push(key);

    const disturbance = this.#disturbanceOf(point);
    if (disturbance !== undefined && 'answer' in disturbance) {
      const { status, text, type } = refusal(point.service, disturbance.answer);
      response.writeHead(status, { 'content-type': type }).end(text);
      return;
    }
    if (disturbance !== undefined && 'meanwhile' in disturbance) {
      disturbance.meanwhile();
      // The signal arrives while nobody has answered yet.
      await sleep(20);
    }
    const answered = await forward(request, body, upstream);
    if (disturbance !== undefined && 'lost' in disturbance) {
      response.destroy();
      return;
    }
    // The certificate authority refuses nonces at random, and the same request comes again: it is the same step.
    if (point.service === 'acme' && answered.status === 400 && answered.body.includes('badNonce')) {
      this.#counts.set(key, nth - 1);
      this.#seen.splice(this.#seen.indexOf(point), 1);
    }
    response.writeHead(answered.status, answered.headers).end(answered.body);
  }

  #disturbanceOf(point: Point): Disturbance | undefined {
    const fault = this.#fault;
    if (fault === undefined || !isSameKind(fault.point, point)) return undefined;
    const isHere =
      fault.lasts === 'once' ? point.nth === fault.point.nth && !this.#wasMet : point.nth >= fault.point.nth;
    if (!isHere) return undefined;
    this.#wasMet = true;
    return fault.disturbance;
  }

  #kindOf(method: string, url: string, upstream: string): Omit<Point, 'nth'> {
    const { pathname, searchParams } = new URL(url, 'http://gate');
    const path = decodeURIComponent(pathname);
    const { google, storage, acme } = this.#options;
    if (upstream === storage) {
      const name = searchParams.get('name');
      const end = name !== null ? ` ${name}` : searchParams.get('alt') === 'media' ? ' content' : '';
      return { service: 'storage', method, shape: `${path}${end}` };
    }
    if (upstream === acme.address) {
      const [first = '', ...rest] = path.split('/').filter((part) => part !== '');
      return { service: 'acme', method, shape: rest.length === 0 ? `/${first}` : `/${first}/#` };
    }
    if (upstream !== google) return { service: 'kubernetes', method, shape: path };
    const shape = path.replace(/(\/versions\/)(\d+)/, '$1#').replace(/(\/changes\/)[^/]+/, '$1#');
    const [, host = ''] = shape.split('/');
    return { service: SERVICES[host.split('.')[0] ?? ''] ?? 'sign-in', method, shape };
  }
}

const MAY_HOLD_KEY =
  /^(secret-manager POST .*:addVersion|kubernetes PATCH \/api\/v1\/namespaces\/[^/]+\/secrets\/[^/]+)$/;

const SERVICES: Readonly<Record<string, Service>> = {
  secretmanager: 'secret-manager',
  dns: 'dns',
  container: 'cluster',
  sts: 'sign-in',
  iamcredentials: 'sign-in',
};

const isSameKind = (one: Point, other: Point) =>
  one.service === other.service && one.method === other.method && one.shape === other.shape;

export const nameOf = ({ service, method, shape, nth }: Point) =>
  `${service} ${method} ${shape}${nth === 1 ? '' : `, time ${nth}`}`;

function forward(
  request: IncomingMessage,
  body: Buffer,
  upstream: { address: string } | Upstream,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
  const isTls = 'key' in upstream;
  const send = isTls ? https : http;
  return new Promise((resolve, reject) => {
    const sent = send(
      `${upstream.address}${request.url ?? '/'}`,
      {
        method: request.method,
        headers: request.headers,
        setHost: false,
        ...(isTls && { ca: readFileSync(upstream.certificateAuthority), servername: 'localhost' }),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          // Told by the body's length anew.
          const { 'transfer-encoding': _, ...headers } = answer.headers;
          resolve({ status: answer.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A refusal in the words of each service. */
function refusal(service: Service, status: number): { status: number; text: string; type: string } {
  const message = `The gate refuses this request (${status}).`;
  if (service === 'acme') {
    const kind = status >= 500 ? 'serverInternal' : 'unauthorized';
    const problem = { type: `urn:ietf:params:acme:error:${kind}`, detail: message, status };
    return { status, text: JSON.stringify(problem), type: 'application/problem+json' };
  }
  if (service === 'kubernetes') {
    const reason = { 403: 'Forbidden', 409: 'Conflict', 503: 'ServiceUnavailable' }[status] ?? '';
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'Status', status: 'Failure', message, reason, code: status });
    return { status, text, type: 'application/json' };
  }
  const word = { 403: 'PERMISSION_DENIED', 409: 'ABORTED', 412: 'FAILED_PRECONDITION', 503: 'UNAVAILABLE' }[status];
  return {
    status,
    text: JSON.stringify({ error: { code: status, message, status: word ?? '' } }),
    type: 'application/json',
  };
}
