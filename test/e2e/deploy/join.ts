/**
 * `join.ts`, with JSON {"url","everyMilliseconds"} as its argument and the API key in API_KEY and API_SECRET: somebody on the
 * internet who joins a new room again and again, until its input ends. Each join is tried once, though LiveKit's clients
 * would try again. Prints a line of JSON for each. Trusts the authority in NODE_EXTRA_CA_CERTS.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LeaveRequest, SignalRequest, SignalResponse } from '@livekit/protocol';
import { AccessToken } from 'livekit-server-sdk';
import { WebSocket } from 'ws';
import { z } from 'zod';

const PATIENCE_MILLISECONDS = 8000;

const { url, everyMilliseconds } = z
  .object({ url: z.string(), everyMilliseconds: z.number() })
  .parse(JSON.parse(process.argv[2] ?? ''));
const [key, secret] = [process.env['API_KEY'], process.env['API_SECRET']];

/** Connects, and is let in when the server answers the join. */
async function join(number: number): Promise<string> {
  const token = new AccessToken(key, secret, { identity: `guest-${number}`, ttl: '10m' });
  token.addGrant({ roomJoin: true, room: `room-${key}-${number}` });
  const socket = new WebSocket(`${url}/rtc?protocol=15&sdk=js&auto_subscribe=1`, {
    headers: { authorization: `Bearer ${await token.toJwt()}` },
  });
  return new Promise((resolve) => {
    const end = (outcome: string) => {
      clearTimeout(timer);
      resolve(outcome);
      socket.close();
    };
    const timer = setTimeout(() => end('no answer'), PATIENCE_MILLISECONDS);
    socket.on('unexpected-response', (_request, response) => end(`HTTP ${response.statusCode ?? 0}`));
    socket.on('error', (error) => end(error.message));
    socket.on('close', (code) => end(`closed with ${code}`));
    socket.on('message', (data: Buffer) => {
      if (SignalResponse.fromBinary(data).message.case !== 'join') return;
      const leave = new SignalRequest({ message: { case: 'leave', value: new LeaveRequest() } });
      socket.send(leave.toBinary(), () => end('joined'));
    });
  });
}

let isOver = false;
process.stdin.resume().on('end', () => (isOver = true));
const open = new Set<Promise<void>>();
for (let number = 0; !isOver; number++) {
  const at = Date.now();
  const one = join(number).then((outcome) =>
    console.log(JSON.stringify({ at, milliseconds: Date.now() - at, outcome })),
  );
  open.add(one);
  void one.finally(() => open.delete(one));
  await sleep(everyMilliseconds);
}
await Promise.all(open);
process.exit(0);
