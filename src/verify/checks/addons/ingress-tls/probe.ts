import { randomBytes } from 'node:crypto';
import { request as requestHttp, type IncomingHttpHeaders } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { reason } from '../../../../failure/failure.ts';

/** Whom to ask: the load balancer's address, whatever DNS says, and the name that the client would ask for. */
export interface Whom {
  readonly address: string;
  readonly host: string;
  readonly path: string;
  /** Others than 443 and 80 in tests. */
  readonly port?: number;
}

export interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const MAX_BODY = 64 * 1024;

interface Options {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly plain?: boolean;
}

/** One request on a connection of its own. Whether the certificate is trusted is another check's matter. */
export function ask(whom: Whom, signal: AbortSignal, options: Options = {}): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const request = open(whom, signal, options);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (body.length < MAX_BODY) body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    request.on('error', (error) => reject(new Error(`${whom.host} does not answer: ${reason(error)}`)));
    request.end();
  });
}

function open({ address, host, path, port }: Whom, signal: AbortSignal, { method, headers, plain }: Options) {
  const common = { host: address, path, method: method ?? 'GET', headers: { host, ...headers }, agent: false, signal };
  if (plain === true) return requestHttp({ ...common, port: port ?? 80 });
  return requestHttps({ ...common, port: port ?? 443, servername: host, rejectUnauthorized: false });
}

export interface Burst {
  readonly sent: number;
  /** Answers that were 429 by the limit of requests. */
  readonly limited: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
}

/**
 * Sends many requests at once on one HTTP/2 connection, hence to one replica. Traefik says after how long to come again when the
 * limit of requests refuses one, and nothing when the limit of connections does.
 */
export function burst({ address, host, path, port }: Whom, count: number, signal: AbortSignal): Promise<Burst> {
  return new Promise((resolve, reject) => {
    const url = `https://${host}`;
    const session = connectHttp2(url, {
      host: address,
      port: port ?? 443,
      servername: host,
      rejectUnauthorized: false,
    });
    const fail = (why: string) => {
      session.destroy();
      reject(new Error(`${host} does not take requests by HTTP/2: ${why}`));
    };
    const onAbort = () => fail('there was no time left');
    signal.addEventListener('abort', onAbort, { once: true });
    session.on('error', (error) => fail(reason(error)));
    session.on('remoteSettings', () => {
      const started = performance.now();
      let answered = 0;
      let limited = 0;
      for (let index = 0; index < count; index++) {
        const stream = session.request({ ':path': path });
        stream.on('response', (headers) => {
          if (headers[':status'] === 429 && headers['retry-after'] !== undefined) limited++;
        });
        stream.on('error', (error) => fail(reason(error)));
        stream.on('end', () => {
          if (++answered < count) return;
          signal.removeEventListener('abort', onAbort);
          session.close();
          resolve({ sent: count, limited, seconds: (performance.now() - started) / 1000 });
        });
        stream.resume();
        stream.end();
      }
    });
  });
}

/** A WebSocket that was asked for: open, or the status that came instead. */
export type Opened =
  { readonly socket: OpenSocket } | { readonly status: number; readonly headers: IncomingHttpHeaders };

export interface OpenSocket {
  /** Sends a ping and waits for its answer. */
  ping(): Promise<void>;
  /** Resolves, with the reason, when the other side ends it. */
  readonly ended: Promise<string>;
  close(): void;
}

/** Asks for a WebSocket (RFC 6455), with TLS but without trust in the certificate, which Node's own insists on. */
export function openWebSocket(whom: Whom, signal: AbortSignal, options: Options = {}): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      ...options.headers,
    };
    const request = open(whom, signal, { ...options, headers });
    request.on('upgrade', (_response, socket, head) => resolve({ socket: speak(socket, head) }));
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    });
    request.on('error', (error) => reject(new Error(`${whom.host} does not answer: ${reason(error)}`)));
    request.end();
  });
}

const PING = 0x9;
const PONG = 0xa;
const CLOSE = 0x8;
const PONG_MILLISECONDS = 5000;

function speak(socket: Duplex, head: Buffer): OpenSocket {
  let waiting: (() => void)[] = [];
  let received = head;
  const ended = new Promise<string>((resolve) => {
    socket.on('error', (error) => resolve(reason(error)));
    socket.on('close', () => resolve('the connection was closed'));
    socket.on('end', () => resolve('the other side ended the connection'));
    const take = (data: Buffer) => {
      received = Buffer.concat([received, data]);
      for (let frame = readFrame(received); frame !== undefined; frame = readFrame(received)) {
        received = received.subarray(frame.length);
        if (frame.operation === CLOSE) resolve('the other side closed the WebSocket');
        if (frame.operation !== PONG) continue;
        for (const answered of waiting) answered();
        waiting = [];
      }
    };
    socket.on('data', take);
    take(Buffer.alloc(0));
  });
  return {
    ended,
    async ping() {
      const answer = new Promise<undefined>((resolve) => waiting.push(() => resolve(undefined)));
      const late = new Promise<string>((resolve) => {
        setTimeout(() => resolve('it did not answer a ping'), PONG_MILLISECONDS).unref();
      });
      socket.write(clientFrame(PING));
      const trouble = await Promise.race([answer, ended, late]);
      if (trouble !== undefined) throw new Error(trouble);
    },
    close() {
      socket.write(clientFrame(CLOSE));
      socket.destroy();
    },
  };
}

/** A control frame without content, masked as a client's must be: four zeros are a mask, too. */
const clientFrame = (operation: number) => Buffer.from([0x80 | operation, 0x80, 0, 0, 0, 0]);

/** The first whole frame of a server, which is not masked. */
function readFrame(data: Buffer): { operation: number; length: number } | undefined {
  if (data.length < 2) return undefined;
  const [first = 0, second = 0] = data;
  const short = second & 0x7f;
  const header = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (data.length < header) return undefined;
  const size = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
  return data.length < header + size ? undefined : { operation: first & 0x0f, length: header + size };
}
