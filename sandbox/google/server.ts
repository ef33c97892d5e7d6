import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoogleError } from './errors.ts';
import { dispatch, refusal } from './dispatch.ts';
import type { Incoming } from './dispatch.ts';
import { control } from './control.ts';
import type { Answer, Cloud, Service } from './service.ts';
import { nameOf } from './tokens.ts';

const maximumBytes = 16 * 1024 * 1024;

/** The server of Google's APIs: `/<host>/<path>`, and `/sandbox/...` for what is not Google's. */
export function createApiServer(services: readonly Service[], cloud: Cloud, report: (error: unknown) => void): Server {
  const byHost = new Map(services.map((service) => [service.host, service]));
  return createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      report(error);
      response.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, host = '', path = '/'] = /^\/([^/]*)(\/.*)?$/.exec(url.pathname) ?? [];
    const method = request.method ?? 'GET';
    let identity = '-';
    let answered: Answer;
    try {
      const incoming: Incoming = {
        method,
        path,
        query: url.searchParams,
        authorization: request.headers.authorization,
        contentType: request.headers['content-type'] ?? '',
        body: await readBody(request),
      };
      if (host === 'sandbox') answered = control(incoming, cloud);
      else {
        const service = byHost.get(host);
        if (!service) throw new GoogleError(404, 'NOT_FOUND', `The stand-in has no service ${host}.`);
        const fault = cloud.faults.take(host, method, decodeURIComponent(path));
        if (fault && fault.delayMs > 0) await sleep(fault.delayMs);
        if (fault?.status !== undefined) {
          for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
          answered = { status: fault.status, body: fault.body };
        } else {
          answered = await dispatch(service, incoming, cloud, (known) => (identity = nameOf(known)));
        }
      }
    } catch (error) {
      answered = refusal(error, report);
    }
    const status = answered.status ?? 200;
    send(response, status, answered.body);
    // The sandbox's own paths are asked by the API server for every request: they would hide what matters.
    if (host !== 'sandbox') {
      cloud.journal.add({
        time: new Date(cloud.now()).toISOString(),
        method,
        host,
        path: decodeURIComponent(path),
        identity,
        status,
        milliseconds: Math.round(performance.now() - started),
      });
    }
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (status === 204 || body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const page = typeof body === 'string';
  const text = page ? body : `${JSON.stringify(body, undefined, 2)}\n`;
  response
    .writeHead(status, {
      'content-type': page ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'private',
      ...(status === 401
        ? { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' }
        : {}),
    })
    .end(text);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumBytes) {
      throw new GoogleError(400, 'INVALID_ARGUMENT', `Request payload size exceeds the limit: ${maximumBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
