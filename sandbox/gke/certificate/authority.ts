import { randomBytes, randomUUID, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../command.ts';
import type { Certificate } from '../ingress/proxy.ts';

/** Google's certificates are good for this long. */
const DAYS = 90;
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** The authority that clients of the sandbox's load balancers trust: for `NODE_EXTRA_CA_CERTS` or `curl --cacert`. */
export function webAuthority(directory: string): string {
  return join(directory, 'gke', 'authority', 'ca.crt');
}

/** Makes the authority, unless it is there. */
export async function createAuthority(directory: string): Promise<void> {
  const folder = join(directory, 'gke', 'authority');
  if (existsSync(folder)) return;
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const extensions = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ];
  const files = ['-keyout', join(draft, 'ca.key'), '-out', join(draft, 'ca.crt'), '-days', '3650'];
  await run('openssl', [
    'req',
    '-x509',
    ...NEW_KEY,
    ...files,
    '-subj',
    '/O=Sandbox Trust Services/CN=WR-sandbox',
    ...extensions,
  ]);
  renameSync(draft, folder);
}

/** Issues a certificate for the domains. */
export async function issue(directory: string, domains: readonly string[]): Promise<Certificate> {
  const authority = join(directory, 'gke', 'authority');
  const work = join(directory, 'gke', `issue-${randomBytes(4).toString('hex')}`);
  mkdirSync(work, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(work, name);
  try {
    const request = ['-keyout', file('key'), '-out', file('csr'), '-subj', '/'];
    await run('openssl', ['req', '-new', ...NEW_KEY, ...request]);
    const names = domains.map((domain) => `DNS:${domain}`).join(',');
    writeFileSync(file('ext'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`);
    const issuer = ['-CA', join(authority, 'ca.crt'), '-CAkey', join(authority, 'ca.key')];
    const serial = ['-set_serial', `0x${randomBytes(12).toString('hex')}`, '-days', String(DAYS)];
    await run('openssl', [
      'x509',
      '-req',
      ...issuer,
      ...serial,
      '-in',
      file('csr'),
      '-out',
      file('crt'),
      '-extfile',
      file('ext'),
    ]);
    return { certificate: readFileSync(file('crt'), 'utf8'), key: readFileSync(file('key'), 'utf8') };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** As GKE names the certificate of a ManagedCertificate. */
export function newCertificateName(): string {
  return `mcrt-${randomUUID()}`;
}

/** When it ends, as Google writes times. */
export function expireTimeOf({ certificate }: Certificate): string {
  return new X509Certificate(certificate).validToDate.toISOString().replace(/\.\d+Z$/, 'Z');
}
