/** `listener.ts '{"tcp":[7881],"udp":[50000]}'`: answers on these ports with the caller's address; says `ready` once it listens on all. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { z } from 'zod';

const ports = z.object({ tcp: z.array(z.number()), udp: z.array(z.number()) }).parse(JSON.parse(process.argv[2] ?? ''));
for (const port of ports.tcp) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).end(socket.remoteAddress ?? '');
  });
  await once(server.listen(port, '0.0.0.0'), 'listening');
}
for (const port of ports.udp) {
  const socket = createSocket('udp4');
  socket.on('message', (_, caller) => socket.send(caller.address, caller.port, caller.address));
  socket.bind(port);
  await once(socket, 'listening');
}
console.log('ready');
