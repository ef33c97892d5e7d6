/** `inward-listener.ts FOLDER PORT …`: run outside, it listens on these ports of 127.0.0.1 and hands on to the folder's sockets. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { passBetween } from './inward.ts';

const [directory = '', ...ports] = process.argv.slice(2);
for (const port of ports) {
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    passBetween(socket, connect({ path: join(directory, port), allowHalfOpen: true })),
  );
  server.listen(Number(port), '127.0.0.1');
  await once(server, 'listening');
}
console.log('ready');
