import type { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { run } from '../command.ts';
import { choosePorts } from '../ports.ts';
import { type Daemon, startDaemon, untilReady } from '../process.ts';

export interface PebbleOptions {
  /** Of the part: two of them need two names. */
  readonly name?: string;
  /** `ADDRESS:PORT` of the DNS server that it asks. */
  readonly dnsServer: string;
  /** How many of a hundred nonces it refuses. */
  readonly nonceRejectPercent?: number;
  /** Keys of accounts by their ids (EAB); given, it makes no account without. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  readonly blockedDomains?: readonly string[];
  /** Seconds that it asks to wait between two questions about an authorization and an order. */
  readonly retryAfterSeconds?: number;
}

export interface Pebble {
  readonly daemon: Daemon;
  /** `https://127.0.0.1:PORT`; the directory is at `/dir`. */
  readonly address: string;
  /** Its management interface: roots, and renewal information that it is told to give. */
  readonly management: string;
  readonly certificateAuthority: string;
}

/** As Let's Encrypt has them; `default` is what an order without a profile may get. */
const PROFILES = {
  classic: { description: 'As ever, with a common name', validityPeriod: 90 * 86_400, promoteCommonName: true },
  tlsserver: { description: 'For servers', validityPeriod: 45 * 86_400 },
  shortlived: { description: 'For 160 hours', validityPeriod: 160 * 3600 },
};

/** Starts a certificate authority that forgets everything when it ends. */
export async function startPebble(directory: string, command: string, options: PebbleOptions): Promise<Pebble> {
  const name = options.name ?? 'pebble';
  const folder = join(directory, 'acme', name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tls = await serverCertificate(join(directory, 'acme', 'tls'));
  const ports = await choosePorts(['acme', 'management', 'http', 'tls']);
  const config = join(folder, 'pebble.json');
  const pebble = {
    listenAddress: `127.0.0.1:${ports.acme}`,
    managementListenAddress: `127.0.0.1:${ports.management}`,
    certificate: tls.certificate,
    privateKey: tls.key,
    httpPort: ports.http,
    tlsPort: ports.tls,
    ocspResponderURL: '',
    externalAccountBindingRequired: options.externalAccounts !== undefined,
    externalAccountMACKeys: options.externalAccounts ?? {},
    // Let's Encrypt's own name, so that the CAA records of the payload let it issue.
    caaIdentities: ['letsencrypt.org'],
    domainBlocklist: options.blockedDomains ?? [],
    keyAlgorithm: 'ecdsa',
    retryAfter: { authz: options.retryAfterSeconds ?? 1, order: options.retryAfterSeconds ?? 1 },
    profiles: PROFILES,
  };
  writeFileSync(config, JSON.stringify({ pebble }, undefined, 2));
  const address = `https://127.0.0.1:${ports.acme}`;
  const daemon = await startDaemon(directory, {
    name,
    command,
    args: ['-config', config, '-strict', '-dnsserver', options.dnsServer],
    env: {
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: String(options.nonceRejectPercent ?? 20),
      // A new order has to prove its names anew, or a test would prove nothing.
      PEBBLE_AUTHZREUSE: '0',
    },
    address: `${address}/dir`,
  });
  const ca = readFileSync(tls.certificateAuthority, 'utf8');
  await untilReady(daemon, async () => (await ask(`${address}/dir`, ca)) === 200, 30);
  const management = `https://127.0.0.1:${ports.management}`;
  return { daemon, address, management, certificateAuthority: tls.certificateAuthority };
}

export interface ServerCertificate {
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for this machine's loopback address, of an authority of its own; made once. */
export async function serverCertificate(folder: string): Promise<ServerCertificate> {
  const file = (name: string): string => join(folder, name);
  const made = { certificateAuthority: file('ca.crt'), certificate: file('server.crt'), key: file('server.key') };
  try {
    readFileSync(made.certificate);
    return made;
  } catch {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const openssl = (...args: string[]): Promise<string> => run('openssl', args, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];
  await openssl(
    ...['req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=sandbox-acme'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
  await openssl(
    ...['req', '-x509', ...newKey, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-keyout', 'server.key'],
    ...['-out', 'server.crt', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
  );
  return made;
}

/** The status of an answer. */
function ask(url: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, timeout: 2000, headers: { 'user-agent': 'sandbox' } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 2 s')));
    asked.on('error', reject);
    asked.end();
  });
}

/** The root that clients of its certificates trust (PEM): another one after each start. */
export async function rootOf({ management, certificateAuthority }: Pebble): Promise<string> {
  const ca = readFileSync(certificateAuthority, 'utf8');
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'sandbox' };
    const asked = request(`${management}/roots/0`, { ca, timeout: 2000, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 2 s')));
    asked.on('error', reject);
    asked.end();
  });
}

/** Tells Pebble what to answer when it is asked for a certificate's renewal information; anything, even no JSON. */
export async function setRenewalInfo(pebble: Pebble, certificatePem: string, answer: string): Promise<void> {
  const body = JSON.stringify({ Certificate: certificatePem, ARIResponse: answer });
  const ca = readFileSync(pebble.certificateAuthority, 'utf8');
  const status = await new Promise<number>((resolve, reject) => {
    const options = { method: 'POST', ca, headers: { 'content-type': 'application/json', 'user-agent': 'sandbox' } };
    const sent = request(`${pebble.management}/set-renewal-info/`, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
  if (status !== 200) throw new Error(`Pebble does not take the renewal information: status ${status}`);
}

/**
 * Whether Pebble takes an order as a renewal of this certificate (`replaces`). It keeps orders by the serial number's bytes, and looks
 * for them by what DER makes of it: a number whose first bit is set gets a zero before it, and is not found. Pebble's are of 63 bits,
 * so that one in 256 is such a one.
 */
export const isFoundByPebble = ({ serialNumber }: Pick<X509Certificate, 'serialNumber'>): boolean =>
  !/^[89A-F]/i.test(serialNumber.padStart(serialNumber.length + (serialNumber.length % 2), '0'));
