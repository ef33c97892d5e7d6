import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { findRoute, type BackendService, type Endpoint, type FrontEnd } from './plan.ts';

export interface Certificate {
  /** PEM, with what it was signed by behind it. */
  readonly certificate: string;
  readonly key: string;
}

export interface ProxyOptions {
  readonly isHealthy: (backend: string, endpoint: string) => boolean;
  readonly write: (line: string) => void;
  /** For tests; Google's front end has these two and no others. */
  readonly ports?: { readonly http: number; readonly https: number };
}

/** What the front end knows of its users, for the status page. */
export interface Usage {
  readonly http: number | undefined;
  readonly https: number | undefined;
  /** Connections of each endpoint, by `<back end> <endpoint>`. */
  readonly connections: Readonly<Record<string, number>>;
  readonly draining: readonly string[];
}

/** Google's front end keeps an idle connection of a client this long. */
const CLIENT_KEEPALIVE_SECONDS = 610;
/** The longest that a timer can wait. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;
/** Said anew on each side of a proxy, and never passed on. */
const OWN_HEADERS = ['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'te', 'trailer'];

/**
 * The front end and the back-end services of one Ingress: HTTPS and HTTP on its address, WebSockets among them.
 *
 * Not nginx: what it calls a timeout is the silence between two reads, and a busy WebSocket lives for ever behind it. Google's
 * `timeoutSec` ends a WebSocket at that age, active or not; and nginx neither checks back ends by itself, nor cuts the
 * connections of one back end an hour after it left while the others go on.
 */
export class Proxy {
  private readonly options: ProxyOptions;
  private plan: FrontEnd;
  private secure: SecureServer | undefined;
  private plain: Server | undefined;
  private contexts: { readonly names: X509Certificate; readonly context: SecureContext }[] = [];
  private loaded = '';
  private turn = 0;
  /** How to cut the connections of each endpoint. */
  private readonly connections = new Map<string, Set<() => void>>();
  private readonly draining = new Map<string, NodeJS.Timeout>();

  constructor(plan: FrontEnd, options: ProxyOptions) {
    this.plan = plan;
    this.options = options;
  }

  /** Takes a new plan, for connections to come; those of endpoints that left are cut once their draining time is over. */
  async update(plan: FrontEnd, certificates: readonly Certificate[]): Promise<void> {
    this.drain(this.plan, plan);
    this.plan = plan;
    this.load(certificates);
    const ports = this.options.ports ?? { http: 80, https: 443 };
    if (plan.certificates.length > 0 && !this.secure) {
      const server = createSecureServer({
        minVersion: 'TLSv1.2',
        ALPNProtocols: ['http/1.1'],
        // With a certificate that is not there yet the handshake fails, as on GKE.
        SNICallback: (name, done) => done(null, this.contextFor(name)),
      });
      this.secure = server;
      this.loaded = '';
      this.load(certificates);
      try {
        await this.serve(server, ports.https, true);
      } catch (error) {
        // The next round tries again.
        this.secure = undefined;
        throw error;
      }
    } else if (plan.certificates.length === 0 && this.secure) {
      stop(this.secure);
      this.secure = undefined;
    }
    if (plan.http.kind !== 'off' && !this.plain) {
      const server = createServer();
      await this.serve(server, ports.http, false);
      this.plain = server;
    } else if (plan.http.kind === 'off' && this.plain) {
      stop(this.plain);
      this.plain = undefined;
    }
  }

  usage(): Usage {
    const port = (server: Server | SecureServer | undefined): number | undefined => {
      const address = server?.address();
      return typeof address === 'object' ? address?.port : undefined;
    };
    return {
      http: port(this.plain),
      https: port(this.secure),
      connections: Object.fromEntries([...this.connections].map(([key, cuts]) => [key, cuts.size])),
      draining: [...this.draining.keys()],
    };
  }

  close(): void {
    for (const timer of this.draining.values()) clearTimeout(timer);
    for (const server of [this.plain, this.secure]) if (server) stop(server);
    for (const key of [...this.connections.keys()]) this.cut(key);
  }

  private async serve(server: Server | SecureServer, port: number, isSecure: boolean): Promise<void> {
    server.keepAliveTimeout = CLIENT_KEEPALIVE_SECONDS * 1000;
    server.requestTimeout = 0;
    server.on('request', (request, response) => this.answer(request, response, isSecure));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket as Socket, head, isSecure),
    );
    server.on('clientError', (_error, socket) => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.plan.address, () => {
        server.off('error', reject);
        server.on('error', (error) => this.options.write(`${this.plan.key}: ${error.message}`));
        resolve();
      });
    });
  }

  private load(certificates: readonly Certificate[]): void {
    const fingerprint = certificates.map(({ certificate }) => certificate).join('\n');
    if (!this.secure || fingerprint === this.loaded) return;
    this.contexts = certificates.map(({ certificate, key }) => ({
      names: new X509Certificate(certificate),
      context: createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' }),
    }));
    const [first] = certificates;
    // For clients that name no host.
    this.secure.setSecureContext({
      minVersion: 'TLSv1.2',
      ...(first ? { cert: first.certificate, key: first.key } : {}),
    });
    this.loaded = fingerprint;
  }

  private contextFor(name: string): SecureContext | undefined {
    return (this.contexts.find(({ names }) => names.checkHost(name) !== undefined) ?? this.contexts[0])?.context;
  }

  private drain(before: FrontEnd, after: FrontEnd): void {
    const seconds = new Map(before.backends.map(({ id, drainingSeconds }) => [id, drainingSeconds]));
    for (const { id, drainingSeconds } of after.backends) seconds.set(id, drainingSeconds);
    const keys = ({ backends }: FrontEnd): Map<string, string> =>
      new Map(backends.flatMap(({ id, endpoints }) => endpoints.map((each) => [keyOf(id, each), id])));
    const kept = keys(after);
    for (const key of kept.keys()) {
      clearTimeout(this.draining.get(key));
      this.draining.delete(key);
    }
    for (const [key, backend] of keys(before)) {
      if (kept.has(key)) continue;
      const wait = seconds.get(backend) ?? 0;
      this.options.write(
        `${after.key}: ${key} left, its ${this.connections.get(key)?.size ?? 0} connections have ${wait} s`,
      );
      const end = (): void => {
        this.draining.delete(key);
        this.cut(key);
      };
      if (wait === 0) end();
      else this.draining.set(key, setTimeout(end, wait * 1000));
    }
  }

  private cut(key: string): void {
    const cuts = [...(this.connections.get(key) ?? [])];
    if (cuts.length > 0) this.options.write(`${this.plan.key}: ${key} is cut from ${cuts.length} connections`);
    for (const cut of cuts) cut();
  }

  /** The back end for a request, and one of its healthy endpoints. */
  private choose(request: IncomingMessage): { backend: BackendService; endpoint: Endpoint } | 404 | 502 {
    const { routes, defaultBackend, backends } = this.plan;
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const id = findRoute(routes, hostOf(request), path)?.backend ?? defaultBackend;
    const backend = backends.find((each) => each.id === id);
    if (!backend) return 404;
    const healthy = backend.endpoints.filter((endpoint) => this.options.isHealthy(backend.id, endpoint.id));
    const endpoint = healthy[this.turn++ % Math.max(healthy.length, 1)];
    return endpoint ? { backend, endpoint } : 502;
  }

  private answer(request: IncomingMessage, response: ServerResponse, isSecure: boolean): void {
    const { http } = this.plan;
    if (!isSecure && http.kind === 'redirect') {
      const location = `https://${hostOf(request)}${request.url ?? '/'}`;
      response.writeHead(http.status, { location, 'content-length': 0 }).end();
      return;
    }
    const choice = this.choose(request);
    if (typeof choice === 'number') return refuse(response, choice);
    const { backend, endpoint } = choice;
    const upstream = this.ask(request, endpoint, isSecure, []);
    let hasFailed = false;
    const fail = (): void => {
      if (hasFailed) return;
      hasFailed = true;
      upstream.destroy();
      // Nothing was sent yet: Google's front end can still say so. Else all that is left is to cut.
      if (response.headersSent) response.destroy();
      else refuse(response, 502);
    };
    const isOver = this.track(backend, endpoint, fail);
    upstream.on('response', (answer) => {
      const headers = without(answer.rawHeaders, [...OWN_HEADERS, 'transfer-encoding']);
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [...headers, 'Via', '1.1 google']);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    upstream.on('error', () => {
      isOver();
      fail();
    });
    response.on('close', () => {
      isOver();
      hasFailed = true;
      upstream.destroy();
    });
    request.pipe(upstream);
  }

  private upgrade(request: IncomingMessage, client: Socket, head: Buffer, isSecure: boolean): void {
    client.on('error', () => client.destroy());
    const { http } = this.plan;
    if (!isSecure && http.kind === 'redirect') {
      return endWith(client, http.status, ['Location', `https://${hostOf(request)}${request.url ?? '/'}`]);
    }
    const choice = this.choose(request);
    if (typeof choice === 'number') return endWith(client, choice);
    const { backend, endpoint } = choice;
    const upstream = this.ask(request, endpoint, isSecure, [
      'Connection',
      'Upgrade',
      'Upgrade',
      request.headers.upgrade ?? '',
    ]);
    const cuts: (() => void)[] = [() => upstream.destroy(), () => client.destroy()];
    const isOver = this.track(backend, endpoint, () => {
      for (const cut of cuts) cut();
    });
    client.on('close', () => {
      isOver();
      for (const cut of cuts) cut();
    });
    let isAnswered = false;
    upstream.on('upgrade', (answer, server, first) => {
      isAnswered = true;
      cuts.push(() => server.destroy());
      client.write(
        `${headOf(answer.statusCode ?? 101, answer.statusMessage ?? '', [...answer.rawHeaders, 'Via', '1.1 google'])}`,
      );
      client.write(first);
      server.write(head);
      server.on('error', () => server.destroy()).on('close', () => client.destroy());
      server.pipe(client).pipe(server);
    });
    upstream.on('response', (answer) => {
      isAnswered = true;
      const headers = without(answer.rawHeaders, [...OWN_HEADERS, 'transfer-encoding']);
      client.write(headOf(answer.statusCode ?? 502, answer.statusMessage ?? '', [...headers, 'Connection', 'close']));
      answer.pipe(client);
    });
    upstream.on('error', () => {
      isOver();
      if (isAnswered || client.destroyed) client.destroy();
      else endWith(client, 502);
    });
    upstream.end();
  }

  private ask(request: IncomingMessage, { host, port }: Endpoint, isSecure: boolean, more: readonly string[]) {
    const { 'x-forwarded-for': before } = request.headers;
    const from = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const forwarded = [...(before === undefined ? [] : [before]), from, this.plan.address].join(', ');
    return httpRequest({
      ...{ host, port, method: request.method ?? 'GET', path: request.url ?? '/', agent: false },
      headers: [
        ...without(request.rawHeaders, [...OWN_HEADERS, 'x-forwarded-for', 'x-forwarded-proto']),
        ...['X-Forwarded-For', forwarded, 'X-Forwarded-Proto', isSecure ? 'https' : 'http', 'Via', '1.1 google'],
        ...(more.length > 0 ? more : ['Connection', 'close']),
      ],
    });
  }

  /** Counts a connection with its endpoint and ends it at the age that the back end allows. Gives what to call once it is over. */
  private track(backend: BackendService, endpoint: Endpoint, cut: () => void): () => void {
    const key = keyOf(backend.id, endpoint);
    const cuts = this.connections.get(key) ?? new Set();
    this.connections.set(key, cuts);
    const end = (): void => {
      isOver();
      cut();
    };
    const age = setTimeout(
      () => {
        this.options.write(`${this.plan.key}: a connection to ${key} is cut at its age of ${backend.timeoutSeconds} s`);
        end();
      },
      Math.min(backend.timeoutSeconds * 1000, LONGEST_MILLISECONDS),
    );
    const isOver = (): void => {
      clearTimeout(age);
      cuts.delete(end);
      if (cuts.size === 0 && this.connections.get(key) === cuts) this.connections.delete(key);
    };
    cuts.add(end);
    return isOver;
  }
}

function keyOf(backend: string, { id }: Endpoint): string {
  return `${backend} ${id}`;
}

function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
}

/** Raw headers, in which names and values alternate, without those of the given names. */
function without(raw: readonly string[], names: readonly string[]): string[] {
  return raw.filter((_, index) => !names.includes((raw[index - (index % 2)] ?? '').toLowerCase()));
}

function headOf(status: number, message: string, raw: readonly string[]): string {
  const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1] ?? ''}\r\n`] : []));
  return `HTTP/1.1 ${status} ${message}\r\n${lines.join('')}\r\n`;
}

const PAGES: Readonly<Record<number, string>> = {
  404: 'response 404 (backend NotFound), service rules for the path non-existent',
  502: 'Error: Server Error. No back end gave an answer; try again in 30 seconds.',
};

function refuse(response: ServerResponse, status: number): void {
  const page = PAGES[status] ?? '';
  response
    .writeHead(status, { 'content-type': 'text/plain', 'content-length': page.length, via: '1.1 google' })
    .end(page);
}

function endWith(client: Socket, status: number, headers: readonly string[] = []): void {
  const page = PAGES[status] ?? '';
  client.end(
    headOf(status, 'Refused', [...headers, 'Connection', 'close', 'Content-Length', String(page.length)]) + page,
  );
}

function stop(server: Server | SecureServer): void {
  server.close();
  server.closeAllConnections();
}
