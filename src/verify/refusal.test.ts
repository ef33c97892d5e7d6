import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { redisTrouble } from './redis-trouble.ts';
import { refusalOf } from './refusal.ts';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.e30.x';

async function asked(answer: (server: Server) => void): Promise<string | undefined> {
  const server = createServer();
  answer(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await refusalOf(`ws://127.0.0.1:${port}/rtc`, TOKEN, AbortSignal.timeout(5000));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a refused WebSocket is told with the server’s own words, without the token', async () => {
  const words = await asked((server) =>
    server.on('upgrade', (request, socket) => {
      expect(request.headers.authorization).toBe(`Bearer ${TOKEN}`);
      const body = `could not get node for room: dial tcp 10.0.0.3:6379: connect: connection refused ${TOKEN}`;
      socket.end(`HTTP/1.1 500 Internal Server Error\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    }),
  );
  expect(words).toBe(
    'status 500: could not get node for room: dial tcp 10.0.0.3:6379: connect: connection refused (a token)',
  );
  expect(redisTrouble(words ?? '')?.why).toContain('Redis');
});

test('a body without end is cut', async () => {
  const words = await asked((server) =>
    server.on('upgrade', (_request, socket) => socket.write(`HTTP/1.1 502 Bad Gateway\r\n\r\n${'x'.repeat(5000)}`)),
  );
  expect(words).toMatch(/^status 502: x{120}$/);
});

test('one that is accepted, or a server that hangs up, tells nothing', async () => {
  const accept = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n';
  expect(await asked((server) => server.on('upgrade', (_request, socket) => socket.write(accept)))).toBeUndefined();
  expect(await asked((server) => server.on('upgrade', (_request, socket) => socket.destroy()))).toBeUndefined();
});

test('words about other things are none about Redis', () => {
  expect(redisTrouble('invalid token')).toBeUndefined();
  expect(redisTrouble('room does not exist')).toBeUndefined();
});
