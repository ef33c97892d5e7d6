import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as send, type Server } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Faults } from '../google/faults.ts';
import { faultSchema } from '../google/faults.ts';
import type { ServerCertificate } from './pebble.ts';

export interface FrontOptions {
  /** Address of the certificate authority itself. */
  readonly upstream: string;
  readonly tls: ServerCertificate;
  readonly faults: Faults;
  /** Lets name servers be behind: seconds of each, in their order, then of the authority's own resolver. */
  readonly setLag?: (seconds: readonly number[]) => void;
}

const lagSchema = z.strictObject({ seconds: z.array(z.number().min(0)).max(5) });

/**
 * Stands before the certificate authority and can disturb it: the next requests that match a fault are delayed, answered with
 * an error, or, without a status, answered as ever but with other headers (a wrong `date`). `/sandbox/faults` takes faults as
 * the Google stand-in does, `/sandbox/lag` the name servers' delays.
 */
export function createFront({ upstream, tls, faults, setLag }: FrontOptions): Server {
  const agent = new Agent({ ca: readFileSync(tls.certificateAuthority, 'utf8'), keepAlive: true });
  const server = createServer(
    { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) },
    (request, response) => {
      void answer(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    },
  );
  server.on('close', () => agent.destroy());
  return server;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (path.startsWith('/sandbox/')) {
      response.writeHead(control(method, path, body)).end();
      return;
    }
    const fault = faults.take('acme', method, path);
    if (fault !== undefined && fault.delayMs > 0) await sleep(fault.delayMs);
    if (fault?.status !== undefined) {
      response
        .writeHead(fault.status, { 'content-type': 'application/problem+json', ...fault.headers })
        .end(JSON.stringify(fault.body ?? {}));
      return;
    }
    // With the same Host, since the authority names its addresses after it and signatures cover them.
    const asked = send(
      `${upstream}${path}`,
      { method, agent, headers: request.headers, setHost: false },
      (answered) => {
        response.writeHead(answered.statusCode ?? 502, { ...answered.headers, ...fault?.headers });
        answered.pipe(response);
      },
    );
    asked.on('error', (error) => response.destroy(error));
    asked.end(body);
  }

  function control(method: string, path: string, body: Buffer): number {
    const json = (): unknown => JSON.parse(body.toString('utf8'));
    switch (`${method} ${path}`) {
      case 'POST /sandbox/faults':
        faults.add(faultSchema.parse(json()));
        return 201;
      case 'DELETE /sandbox/faults':
        faults.clear();
        return 204;
      case 'POST /sandbox/lag':
        if (setLag === undefined) return 501;
        setLag(lagSchema.parse(json()).seconds);
        return 204;
      default:
        return 404;
    }
  }
}
