import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildMessagingService } from './messaging-service.ts';

let service: ChildProcess;
let origin: string;

beforeAll(async () => {
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  service = spawn(await buildMessagingService(), { env: { LISTEN: `127.0.0.1:${port}` }, stdio: 'ignore' });
  for (let tries = 0; tries < 100; tries++) {
    if (await fetch(`${origin}/health`).catch(() => undefined)) return;
    await sleep(50);
  }
  throw new Error('the messaging service does not listen');
}, 120_000);

afterAll(async () => {
  service.kill('SIGTERM');
  await once(service, 'exit');
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const metrics = async () => (await fetch(`${origin}/metrics`)).text();

describe('the stand-in of the messaging service', () => {
  it('is healthy in the words of its documents', async () => {
    expect(await (await fetch(`${origin}/health`)).text()).toBe('{"status":"ok"}');
  });

  it('gives every message of a WebSocket back, and counts the connection while it is open', async () => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`);
    await once(socket, 'open');
    for (const message of ['short', 'x'.repeat(300), 'y'.repeat(70_000)]) {
      const answer = once(socket, 'message');
      socket.send(message);
      expect(((await answer)[0] as MessageEvent).data).toBe(message);
    }
    expect(await metrics()).toContain('\nwebsocket_connections_active 1\n');
    socket.close();
    const [{ code }] = (await once(socket, 'close')) as [CloseEvent];
    expect(code).toBe(1005);
  });

  it('has the series of its documents, and counts what fails', async () => {
    expect((await fetch(`${origin}/status/503`)).status).toBe(503);
    expect((await fetch(`${origin}/messages?database=error`)).status).toBe(500);
    expect((await fetch(`${origin}/ws`)).status).toBe(426);
    const text = await metrics();
    expect(text).toContain('http_requests_total{method="GET",path="/status",status="503"} 1\n');
    expect(text).toContain('database_errors_total{operation="select"} 1\n');
    expect(text).toContain('websocket_errors_total{reason="handshake"} 1\n');
    expect(text).toMatch(/http_request_duration_seconds_bucket\{method="GET",path="\/health",le="\+Inf"\} \d+\n/);
    expect(text).toMatch(/database_query_duration_seconds_count\{operation="select"\} 1\n/);
  });
});
