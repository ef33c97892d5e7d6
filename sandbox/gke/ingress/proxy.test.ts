import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, get as getHttp, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { get as getHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { WebSocket, WebSocketServer } from 'ws';
import { createAuthority, issue, webAuthority } from '../certificate/authority.ts';
import type { BackendService, Endpoint, FrontEnd, Http } from './plan.ts';
import { type Certificate, Proxy } from './proxy.ts';

const HOST = 'livekit.example.com';
let directory = '';
let certificate: Certificate;
let authority = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gke-proxy-'));
  await createAuthority(directory);
  certificate = await issue(directory, [HOST]);
  authority = readFileSync(webAuthority(directory), 'utf8');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A pod that says its name, echoes bodies, and keeps WebSockets on which both sides talk. */
class Pod {
  readonly server: Server;
  private readonly sockets: WebSocketServer;
  readonly seen: IncomingMessage[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    this.server = createServer((request, response) => {
      this.seen.push(request);
      if (request.url === '/silent') return;
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () =>
        response.writeHead(200, { 'x-pod': name }).end(parts.length > 0 ? Buffer.concat(parts) : name),
      );
    });
    this.sockets = new WebSocketServer({ noServer: true });
    this.server.on('upgrade', (request, socket, head) => {
      this.seen.push(request);
      if (request.url === '/denied') {
        socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 8\r\n\r\nno token');
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (client) => {
        const talk = setInterval(() => client.send('tick'), 50);
        client
          .on('close', () => clearInterval(talk))
          .on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
      });
    });
  }

  async start(): Promise<Endpoint> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return { id: this.name, host: '127.0.0.1', port };
  }

  stop(): void {
    for (const client of this.sockets.clients) client.terminate();
    this.server.close();
    this.server.closeAllConnections();
  }
}

const started: { stop(): void }[] = [];
afterEach(() => {
  for (const each of started.splice(0)) each.stop();
});

interface Setup {
  readonly http?: Http;
  readonly timeoutSeconds?: number;
  readonly drainingSeconds?: number;
  readonly certificates?: readonly Certificate[];
  readonly isHealthy?: (endpoint: string) => boolean;
}

async function begin(pods: readonly Pod[], setup: Setup = {}) {
  const endpoints = await Promise.all(pods.map((pod) => pod.start()));
  for (const pod of pods) started.push(pod);
  const planOf = (some: readonly Endpoint[], more: Partial<BackendService> = {}): FrontEnd => ({
    ...{ key: 'livekit/livekit-server', address: '127.0.0.1', http: setup.http ?? { kind: 'serve' } },
    certificates: ['managed:livekit/dev'],
    routes: [{ host: HOST, path: '/', match: 'prefix', backend: 'b' }],
    defaultBackend: undefined,
    backends: [
      {
        ...{ id: 'b', endpoints: some, timeoutSeconds: setup.timeoutSeconds ?? 30 },
        drainingSeconds: setup.drainingSeconds ?? 0,
        healthCheck: {
          ...{ protocol: 'http', path: '/', port: undefined, intervalSeconds: 5, timeoutSeconds: 5 },
          ...{ healthyThreshold: 1, unhealthyThreshold: 2 },
        },
        ...more,
      },
    ],
  });
  const log: string[] = [];
  const proxy = new Proxy(planOf(endpoints), {
    isHealthy: (_, endpoint) => setup.isHealthy?.(endpoint) ?? true,
    write: (line) => void log.push(line),
    ports: { http: 0, https: 0 },
  });
  const certificates = setup.certificates ?? [certificate];
  await proxy.update(planOf(endpoints), certificates);
  started.push({ stop: () => proxy.close() });
  const { http, https } = proxy.usage();
  return {
    ...{ proxy, log, http: http ?? 0, https: https ?? 0 },
    update: (some: readonly Endpoint[]) => proxy.update(planOf(some), certificates),
    endpoints,
    socket: (path = '/rtc') => open(https ?? 0, path),
  };
}

function get(
  port: number,
  path = '/',
  host = HOST,
): Promise<{ status: number; text: string; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    getHttps(
      { host: '127.0.0.1', servername: HOST, port, path, ca: authority, agent: false, headers: { host } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      },
    ).on('error', reject);
  });
}

async function open(port: number, path: string) {
  // `servername` is Node's own, and passed on.
  const options = { ca: authority, servername: HOST, headers: { host: HOST } };
  const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, options);
  const counted = { messages: 0 };
  socket.on('message', () => counted.messages++);
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  started.push({ stop: () => socket.terminate() });
  return { socket, closed, counted };
}

describe('HTTPS', () => {
  it('reaches the pod, which is told whom it speaks for', async () => {
    const pod = new Pod('a');
    const { https } = await begin([pod]);
    const answer = await get(https, '/twirp?x=1');
    expect(answer).toMatchObject({ status: 200, text: 'a', headers: { 'x-pod': 'a', via: '1.1 google' } });
    expect(pod.seen[0]?.url).toBe('/twirp?x=1');
    expect(pod.seen[0]?.headers).toMatchObject({
      ...{ host: HOST, 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1, 127.0.0.1', via: '1.1 google' },
    });
  });

  it('passes bodies both ways', async () => {
    const { http } = await begin([new Pod('a')]);
    const text = await new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port: http, method: 'POST', headers: { host: HOST } },
        (response) => {
          let body = '';
          response.on('data', (part) => (body += String(part))).on('end', () => resolve(body));
        },
      );
      sent.on('error', reject).write('one ');
      sent.end('two');
    });
    expect(text).toBe('one two');
  });

  it('takes turns among healthy pods and skips the others', async () => {
    const unhealthy = new Set(['c']);
    const { https } = await begin([new Pod('a'), new Pod('b'), new Pod('c')], {
      isHealthy: (id) => !unhealthy.has(id),
    });
    const answers = await Promise.all([1, 2, 3, 4].map(() => get(https)));
    expect(answers.map(({ text }) => text).sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('is 502 without a healthy pod, or when the pod is gone', async () => {
    const pod = new Pod('a');
    const { https } = await begin([pod]);
    pod.stop();
    expect((await get(https)).status).toBe(502);
    const sick = await begin([new Pod('b')], { isHealthy: () => false });
    expect((await get(sick.https)).status).toBe(502);
  });

  it('is 404 for a host that no rule names', async () => {
    const { https } = await begin([new Pod('a')]);
    expect((await get(https, '/', 'other.example.com')).status).toBe(404);
  });

  it('is 502 when the pod takes longer than the time-out', async () => {
    const { https } = await begin([new Pod('a')], { timeoutSeconds: 0.2 });
    expect((await get(https, '/silent')).status).toBe(502);
  });

  it('fails in the handshake before there is a certificate, and with TLS below 1.2', async () => {
    const none = await begin([new Pod('a')], { certificates: [] });
    await expect(get(none.https)).rejects.toThrow(/handshake|alert/i);
    const { https } = await begin([new Pod('b')]);
    const old = new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: https,
        servername: HOST,
        ca: authority,
        ciphers: 'DEFAULT@SECLEVEL=0',
      };
      connect({ ...options, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }, () => resolve('connected')).on(
        'error',
        reject,
      );
    });
    await expect(old).rejects.toThrow(/protocol version|alert/i);
  });
});

describe('HTTP', () => {
  it('redirects where the FrontendConfig says so', async () => {
    const { http } = await begin([new Pod('a')], { http: { kind: 'redirect', status: 308 } });
    const answer = await new Promise<IncomingMessage>((resolve) => {
      getHttp({ host: '127.0.0.1', port: http, path: '/x?y', headers: { host: HOST } }, resolve);
    });
    answer.resume();
    expect(answer.statusCode).toBe(308);
    expect(answer.headers.location).toBe(`https://${HOST}/x?y`);
  });

  it('does not listen where it is switched off', async () => {
    const { proxy } = await begin([new Pod('a')], { http: { kind: 'off' } });
    expect(proxy.usage().http).toBeUndefined();
  });
});

describe('a WebSocket', () => {
  it('carries messages both ways', async () => {
    const { socket } = await (await begin([new Pod('a')])).socket();
    const echo = new Promise<string>((resolve) =>
      socket.on('message', (data: Buffer) => (data.toString() === 'hello' ? resolve(data.toString()) : undefined)),
    );
    socket.send('hello');
    await expect(echo).resolves.toBe('hello');
  });

  it('is cut at the age of the time-out although both sides talk', async () => {
    const { socket: dial, log } = await begin([new Pod('a')], { timeoutSeconds: 0.6 });
    const { closed, counted } = await dial();
    // 1006: no closing handshake, as from Google's front end.
    await expect(closed).resolves.toBe(1006);
    expect(counted.messages).toBeGreaterThan(3);
    expect(log.join()).toContain('cut at its age of 0.6 s');
  });

  it('tells the pod’s refusal', async () => {
    const { https } = await begin([new Pod('a')]);
    await expect(open(https, '/denied')).rejects.toThrow('401');
  });

  it('lives on when its pod leaves, until the draining time is over; new ones go elsewhere', async () => {
    const [a, b] = [new Pod('a'), new Pod('b')];
    const {
      update,
      endpoints,
      proxy,
      socket: dial,
      https,
    } = await begin([a, b], { drainingSeconds: 0.5, timeoutSeconds: 60 });
    const first = await dial();
    const second = await dial();
    const leaving = proxy.usage().connections['b a'] === 1 ? 'a' : 'none';
    expect(leaving).toBe('a');
    await update(endpoints.filter(({ id }) => id !== 'a'));
    expect(proxy.usage()).toMatchObject({ draining: ['b a'], connections: { 'b a': 1, 'b b': 1 } });
    expect((await get(https)).text).toBe('b');
    // One of the two was with the pod that left; it is cut, and the other goes on.
    const ended = await Promise.race([first.closed.then(() => first), second.closed.then(() => second)]);
    const other = ended === first ? second : first;
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
    expect(proxy.usage()).toMatchObject({ draining: [], connections: { 'b b': 1 } });
  });

  it('is cut at once without a draining time', async () => {
    const { update, socket: dial } = await begin([new Pod('a')]);
    const { closed } = await dial();
    await update([]);
    await expect(closed).resolves.toBe(1006);
  });

  it('is not cut when the pod comes back before the end', async () => {
    const { update, endpoints, proxy, socket: dial } = await begin([new Pod('a')], { drainingSeconds: 0.3 });
    const { socket } = await dial();
    await update([]);
    await update(endpoints);
    expect(proxy.usage().draining).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});
