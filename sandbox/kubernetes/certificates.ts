import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.ts';
import { BRIDGE_ADDRESS, MACHINES } from './plan.ts';

/** Files of the cluster's identities, made once and kept until the sandbox is reset. */
export interface Credentials {
  readonly certificateAuthority: string;
  readonly server: KeyPair;
  /** Client certificate of the API server towards the kubelets. */
  readonly kubeletClient: KeyPair;
  /** Key that signs service account tokens. */
  readonly serviceAccounts: { readonly publicKey: string; readonly privateKey: string };
  /** Static tokens of the cluster's own components: file for the API server. */
  readonly tokenFile: string;
  /** Token of each component by its name (`admin`, `controller-manager`, a node's name ...). */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Makes the cluster's certificate authority, certificates and tokens under `directory`, unless they are there. */
export async function createCredentials(directory: string): Promise<Credentials> {
  if (!existsSync(directory)) {
    // Written aside and renamed, so that a run which was stopped half-way leaves no half set of keys.
    const draft = `${directory}.draft`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    await writeCertificates(draft);
    writeServiceAccountKeys(draft);
    writeTokens(draft);
    renameSync(draft, directory);
  }
  const file = (name: string): string => join(directory, name);
  return {
    certificateAuthority: file('ca.crt'),
    server: { certificate: file('server.crt'), key: file('server.key') },
    kubeletClient: { certificate: file('kubelet-client.crt'), key: file('kubelet-client.key') },
    serviceAccounts: { publicKey: file('service-accounts.pub'), privateKey: file('service-accounts.key') },
    tokenFile: file('tokens.csv'),
    tokens: Object.fromEntries(
      readFileSync(file('tokens.csv'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(','))
        .map(([token = '', , name = '']) => [name, token]),
    ),
  };
}

async function writeCertificates(directory: string): Promise<void> {
  const openssl = (...args: string[]): Promise<string> => run('openssl', args, { cwd: directory });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    ...[
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '3650',
      '-subj',
      '/CN=sandbox-cluster',
    ],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
  const names = [
    'DNS:localhost',
    'DNS:kubernetes',
    'DNS:kubernetes.default',
    'DNS:kubernetes.default.svc',
    'DNS:kubernetes.default.svc.cluster.local',
    // The DNS endpoint of a GKE control plane: https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation
    'DNS:*.asia-northeast1.gke.goog',
    'IP:127.0.0.1',
    `IP:${BRIDGE_ADDRESS}`,
    'IP:10.96.0.1',
  ];
  const leaf = async (name: string, subject: string, extensions: string): Promise<void> => {
    await openssl('req', '-new', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(join(directory, `${name}.ext`), extensions);
    const issuer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', `0x${randomBytes(8).toString('hex')}`];
    const files = ['-in', `${name}.csr`, '-out', `${name}.crt`, '-extfile', `${name}.ext`];
    await openssl('x509', '-req', ...issuer, ...files, '-days', '3650');
  };
  await Promise.all([
    leaf('server', '/CN=kube-apiserver', `extendedKeyUsage=serverAuth\nsubjectAltName=${names.join(',')}\n`),
    leaf('kubelet-client', '/O=system:masters/CN=kube-apiserver', 'extendedKeyUsage=clientAuth\n'),
  ]);
}

function writeServiceAccountKeys(directory: string): void {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileSync(join(directory, 'service-accounts.pub'), publicKey);
  writeFileSync(join(directory, 'service-accounts.key'), privateKey, { mode: 0o600 });
}

/** The format is of kube-apiserver's --token-auth-file: token, user, uid, "groups". The uid holds our name for the user. */
function writeTokens(directory: string): void {
  const users: [name: string, user: string, group: string][] = [
    ['admin', 'sandbox-admin', 'system:masters'],
    ['controller-manager', 'system:kube-controller-manager', ''],
    ['scheduler', 'system:kube-scheduler', ''],
    ['proxy', 'system:kube-proxy', ''],
    ['dns', 'system:coredns', ''],
    ...MACHINES.map(({ name }): [string, string, string] => [name, `system:node:${name}`, 'system:nodes']),
  ];
  const lines = users.map(([name, user, group]) => {
    const token = randomBytes(24).toString('hex');
    return [token, user, name, ...(group ? [`"${group}"`] : [])].join(',');
  });
  writeFileSync(join(directory, 'tokens.csv'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** Writes a kubeconfig with one cluster and one user, readable by its owner only. */
export function writeKubeconfig(file: string, server: string, certificateAuthority: string, token: string): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server, 'certificate-authority': certificateAuthority } }],
    users: [{ name: 'sandbox', user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'sandbox' } }],
    'current-context': 'sandbox',
  };
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
}
