/**
 * `tunnel.ts '{"url":"wss://…","token":"…","listen":"…","host":"turn.…","port":443}'`: a way to LiveKit's TURN/TLS for a client
 * that trusts public authorities only. Joins and leaves a room for the sake of the credentials that LiveKit gives, then takes
 * TCP connections and passes each on by TLS, whose certificate it checks as any client does. Prints a line of JSON: the address
 * and the credentials. Ends with its input.
 */
import { type AddressInfo, createServer } from 'node:net';
import { connect } from 'node:tls';
import { z } from 'zod';
import { joinAndLeave } from '../../../src/verify/signal.ts';

const { url, token, listen, host, port } = z
  .object({ url: z.string(), token: z.string(), listen: z.string(), host: z.string(), port: z.number() })
  .parse(JSON.parse(process.argv[2] ?? ''));

const origin = { http: url.replace(/^ws/, 'http'), ws: url, name: url };
const { iceServers } = await joinAndLeave(origin, token, AbortSignal.timeout(15_000));
const offered = iceServers.find(({ urls }) => urls.includes(`turns:${host}:${port}?transport=tcp`));
if (offered === undefined)
  throw new Error(`LiveKit offers no TURN/TLS at ${host}:${port}: ${JSON.stringify(iceServers)}`);

const server = createServer((inner) => {
  const outer = connect({ host, port, servername: host });
  outer.on('error', (error: Error) => {
    console.error(`TURN/TLS: ${error.message}`);
    inner.destroy();
  });
  inner.on('error', () => outer.destroy());
  inner.on('close', () => outer.destroy());
  outer.on('close', () => inner.destroy());
  inner.pipe(outer).pipe(inner);
});
server.listen(0, listen, () => {
  const { address, port: own } = server.address() as AddressInfo;
  console.log(JSON.stringify({ at: `${address}:${own}`, username: offered.username, password: offered.credential }));
});
process.stdin.resume().on('end', () => process.exit(0));
