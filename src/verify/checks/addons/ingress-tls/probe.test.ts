import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { run } from '../../../../exec/run.ts';
import { fakeWorld } from '../../../world.fixture.ts';
import { alone, heldNow, hold } from './lane.ts';
import { ask, burst, openWebSocket } from './probe.ts';

/** A server that plays an entrance: HTTP/1.1 and 2 on one port, a limit of five requests, an echo of pings. */
let server: Http2SecureServer;
let passed: number;
const { signal } = new AbortController();
const whom = (path: string) => ({
  address: '127.0.0.1',
  host: 'api.nova.com',
  path,
  port: (server.address() as AddressInfo).port,
});

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'probe-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const kind = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
    '-subj',
    '/CN=api.nova.com',
  ];
  const env = { PATH: process.env['PATH'] ?? '' };
  await run('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert], { timeoutSeconds: 20, env });
  server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert), allowHTTP1: true }, answer);
  rmSync(directory, { recursive: true, force: true });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const digest = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    if (request.url === '/full') return socket.end('HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n');
    const head = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n';
    // A message of the server's own comes with the very first bytes.
    socket.write(`${head}sec-websocket-accept: ${digest}\r\n\r\n\x81\x02hi`, 'latin1');
    socket.on('data', (frame: Buffer) => {
      if ((frame[0] ?? 0) === 0x89 && request.url === '/ws') socket.write(Buffer.from([0x8a, 0]));
      if (request.url === '/short') socket.end(Buffer.from([0x88, 0]));
    });
    socket.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
beforeEach(() => (passed = 0));
afterAll(() => server.close());

function answer(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void {
  const full = request.url === '/limited' && ++passed > 5;
  response.statusCode = full ? 429 : 200;
  if (full) response.setHeader('retry-after', '1');
  response.setHeader('x-host', request.headers.host ?? 'none');
  (response as ServerResponse).end(full ? 'Too Many Requests' : '{"status":"ok"}');
}

describe('one request', () => {
  it('goes to the address under the name of the host, whatever the certificate', async () => {
    expect(await ask(whom('/health'), signal)).toMatchObject({
      status: 200,
      body: '{"status":"ok"}',
      headers: { 'x-host': 'api.nova.com' },
    });
  });

  it('that nobody answers is told with the host', async () => {
    await expect(ask({ ...whom('/'), port: 1 }, signal)).rejects.toThrow('api.nova.com does not answer: ');
  });
});

describe('a burst', () => {
  it('is answered as a whole, and what the limit refused is counted', async () => {
    expect(await burst(whom('/limited'), 40, signal)).toMatchObject({ sent: 40, limited: 35 });
  });

  it('ends when there is no time left', async () => {
    await expect(burst({ ...whom('/limited'), port: 1 }, 40, signal)).rejects.toThrow(
      'does not take requests by HTTP/2',
    );
  });
});

describe('a WebSocket', () => {
  it('answers a ping, after messages of its own', async () => {
    const opened = await openWebSocket(whom('/ws'), signal);
    if (!('socket' in opened)) throw new Error(`status ${opened.status}`);
    await opened.socket.ping();
    opened.socket.close();
    expect(await opened.socket.ended).toMatch(/closed|ended/);
  });

  it('that is closed says so, also to a ping', async () => {
    const opened = await openWebSocket(whom('/short'), signal);
    if (!('socket' in opened)) throw new Error(`status ${opened.status}`);
    await expect(opened.socket.ping()).rejects.toThrow('the other side closed the WebSocket');
    opened.socket.close();
  });

  it('that is refused gives the status', async () => {
    expect(await openWebSocket(whom('/full'), signal)).toMatchObject({ status: 429 });
  });
});

describe('requests that share limits', () => {
  it('go one after another, also after one that failed', async () => {
    const world = fakeWorld();
    const seen: string[] = [];
    const note = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(`${name} ends`);
    };
    await Promise.allSettled([
      alone(world, () => Promise.reject(new Error('no'))),
      alone(world, note('a')),
      alone(world, note('b')),
    ]);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('know what is held open', () => {
    const world = fakeWorld();
    const release = hold(world);
    expect(heldNow(world)).toBe(1);
    release();
    expect(heldNow(world)).toBe(0);
  });
});
