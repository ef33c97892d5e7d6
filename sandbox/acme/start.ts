import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { cacheDirectory, type SandboxConfig } from '../config.ts';
import { WORLD_DNS } from '../kubernetes/plan.ts';
import { mainFile } from '../parts.ts';
import { choosePorts } from '../ports.ts';
import { readDaemon, startDaemon, stopDaemons, untilReady, type Daemon } from '../process.ts';
import { isAlive } from '../process-id.ts';
import { Progress } from '../progress.ts';
import { ToolProvider } from '../tools/provide.ts';
import { planNameServers, startNameServers } from './name-servers.ts';
import { type Pebble, type PebbleOptions, serverCertificate, startPebble } from './pebble.ts';

/** A certificate authority in the sandbox, and whom it asks. */
export interface Acme {
  /** Of what stands before it and can disturb it. */
  readonly directoryUrl: string;
  /** File of the authority that signed its TLS certificate (PEM). */
  readonly certificateAuthority: string;
  /** DNS servers that know what Cloud DNS holds. */
  readonly resolvers: readonly string[];
  readonly pebble: Pebble;
  /** As the Google stand-in takes them: `{ path, method, status, body, headers, times, delayMs }`. */
  addFault(fault: object): Promise<void>;
  clearFaults(): Promise<void>;
  /** Seconds by which each name server is behind, then the authority's own resolver. Not where the world's DNS answers. */
  setLag(seconds: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts Pebble beside a sandbox that is up. In a whole sandbox it asks the world's DNS; beside a cloud without a world four
 * name servers and a resolver of their own are started. `down` ends them too.
 */
export async function startAcme(
  config: SandboxConfig,
  options: Partial<Omit<PebbleOptions, 'dnsServer' | 'name'>> = {},
  progress = new Progress(),
): Promise<Acme> {
  const directory = config.directory;
  const tools = new ToolProvider(cacheDirectory(), config.bin, progress);
  const daemons: Daemon[] = [];
  const world = readDaemon(directory, 'world-dns');
  const hasWorld = world !== undefined && isAlive(world);
  const plan = hasWorld ? undefined : await planNameServers(directory);
  const resolver = plan?.resolver ?? WORLD_DNS;
  const pebble = await startPebble(directory, await tools.get('pebble'), { ...options, dnsServer: `${resolver}:53` });
  daemons.push(pebble.daemon);

  const tls = await serverCertificate(join(directory, 'acme', 'tls'));
  const { front } = await choosePorts(['front']);
  const address = `https://127.0.0.1:${front}`;

  const feed = (plan?.folders ?? []).flatMap((folder) => ['--folder', folder]);
  const addresses = (plan?.addresses ?? []).flatMap((each) => ['--address', each]);
  const daemon = await startDaemon(directory, {
    name: 'acme',
    command: process.execPath,
    args: [
      ...[mainFile('acme'), '--listen', String(front), '--upstream', pebble.address],
      ...['--ca', tls.certificateAuthority, '--certificate', tls.certificate, '--key', tls.key],
      ...['--resources', join(directory, 'google', 'resources'), ...feed, ...addresses],
    ],
    address: `${address}/dir`,
  });
  daemons.push(daemon);
  const ca = readFileSync(tls.certificateAuthority, 'utf8');
  await untilReady(daemon, async () => (await call(`${address}/dir`, 'GET', ca)) === 200, 30);
  if (plan !== undefined) daemons.push(await startNameServers(directory, await tools.get('coredns'), plan));

  const control = async (method: string, path: string, body?: object): Promise<void> => {
    const status = await call(`${address}/sandbox/${path}`, method, ca, body);
    if (status >= 300) throw new Error(`the certificate authority's front answered ${method} ${path} with ${status}`);
  };
  return {
    directoryUrl: `${address}/dir`,
    certificateAuthority: tls.certificateAuthority,
    resolvers: [resolver],
    pebble,
    addFault: (fault) => control('POST', 'faults', fault),
    clearFaults: () => control('DELETE', 'faults'),
    setLag: (seconds) => control('POST', 'lag', { seconds }),
    stop: () => stopDaemons(directory, daemons, 3),
  };
}

function call(url: string, method: string, ca: string, body?: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ca, timeout: 5000, headers: { 'user-agent': 'sandbox' } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 5 s')));
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
