import { mkdirSync, writeFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type Daemon, startDaemon, untilReady } from '../process.ts';
import { NAME_SERVERS } from '../world/dns.ts';

/** Real DNS servers on addresses of their own on this machine, for a sandbox without a world. */
export interface NameServers {
  /** Of Google's name servers, in their order. */
  readonly addresses: readonly string[];
  /** Of the server that everybody asks who has no name server in mind; the certificate authority too. */
  readonly resolver: string;
  /** Folder of the zone files of each: the name servers in their order, then the resolver. */
  readonly folders: readonly string[];
}

/** Chooses addresses and folders; nothing is started yet. */
export async function planNameServers(directory: string): Promise<NameServers> {
  for (let tries = 0; tries < 50; tries++) {
    const network = `127.53.${randomInt(1, 255)}`;
    const resolver = `${network}.53`;
    if (!(await isFree(resolver))) continue;
    const addresses = NAME_SERVERS.map((_, index) => `${network}.${index + 1}`);
    const folders = [...addresses, resolver].map((address) => join(directory, 'acme', 'name-servers', address));
    return { addresses, resolver, folders };
  }
  throw new Error('no free address for the name servers was found between 127.53.1.0 and 127.53.254.255');
}

/** Starts CoreDNS, which looks for new zone files three times a second. */
export async function startNameServers(
  directory: string,
  command: string,
  { addresses, resolver, folders }: NameServers,
): Promise<Daemon> {
  const servers = [...addresses, resolver].map((address, index) => {
    const folder = folders[index] ?? '';
    mkdirSync(folder, { recursive: true });
    return `.:53 {\n  bind ${address}\n  errors\n  auto {\n    directory ${folder} (.*) {1}\n    reload 300ms\n  }\n}\n`;
  });
  const corefile = join(directory, 'acme', 'Corefile');
  writeFileSync(corefile, servers.join(''));
  const daemon = await startDaemon(directory, {
    name: 'name-servers',
    command,
    args: ['-conf', corefile],
    address: `${resolver}:53`,
  });
  const asked = new Resolver({ timeout: 500, tries: 1 });
  asked.setServers([resolver]);
  await untilReady(daemon, async () => (await asked.resolve4('ns-cloud-a1.googledomains.com')).length > 0, 30);
  return daemon;
}

function isFree(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(53, address, () => socket.close(() => resolve(true)));
  });
}
