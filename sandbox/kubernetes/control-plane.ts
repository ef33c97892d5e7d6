import { mkdirSync, writeFileSync } from 'node:fs';
import { get as getHttps } from 'node:https';
import { join } from 'node:path';
import { startDaemon, untilReady } from '../process.ts';
import { writeKubeconfig, type Credentials } from './certificates.ts';
import { BRIDGE_ADDRESS, DNS_ADDRESS, SERVICE_RANGE } from './plan.ts';

export interface ControlPlanePorts {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
}

/** What the parts of a node are started with. */
export interface NodeSettings {
  /** The sandbox's directory. */
  readonly directory: string;
  /** Directory with the executables. */
  readonly bin: string;
  readonly apiServerPort: number;
  readonly credentials: Credentials;
}

/** What the parts of a cluster are started with. */
export interface ClusterSettings extends NodeSettings {
  readonly ports: ControlPlanePorts;
  /** Address at which an access token is reviewed, part of the Google stand-in. */
  readonly tokenReview: string;
}

/** Starts etcd, where the cluster's state lives, and waits for it. */
export async function startEtcd({ directory, ports }: ClusterSettings): Promise<void> {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  const daemon = await startDaemon(directory, {
    name: 'etcd',
    command: 'etcd',
    args: [
      ...['--data-dir', join(directory, 'etcd'), '--name', 'sandbox', '--logger', 'zap', '--log-level', 'warn'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `sandbox=${peer}`],
    ],
    // A machine of another architecture than amd64 is not tested by etcd's makers, who ask for this.
    env: process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {},
    address: client,
  });
  await untilReady(daemon, async () => (await fetch(`${client}/health`)).ok, 30);
}

/** Starts the API server and waits until it serves; writes the administrator's kubeconfig. */
export async function startApiServer(settings: ClusterSettings): Promise<void> {
  const { directory, bin, ports, credentials } = settings;
  const webhook = clusterFile(directory, 'token-review.json');
  writeFileSync(webhook, JSON.stringify(tokenReviewConfig(settings.tokenReview)), { mode: 0o600 });
  writeKubeconfig(
    adminKubeconfig(directory),
    loopback(settings),
    credentials.certificateAuthority,
    token(settings, 'admin'),
  );
  const daemon = await startDaemon(directory, {
    name: 'kube-apiserver',
    command: join(bin, 'kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      '--bind-address=0.0.0.0',
      `--advertise-address=${BRIDGE_ADDRESS}`,
      `--secure-port=${ports.apiServer}`,
      `--tls-cert-file=${credentials.server.certificate}`,
      `--tls-private-key-file=${credentials.server.key}`,
      `--client-ca-file=${credentials.certificateAuthority}`,
      `--kubelet-client-certificate=${credentials.kubeletClient.certificate}`,
      `--kubelet-client-key=${credentials.kubeletClient.key}`,
      // Logs and exec would else ask for the node's name, which no DNS knows.
      '--kubelet-preferred-address-types=InternalIP',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${credentials.serviceAccounts.publicKey}`,
      `--service-account-signing-key-file=${credentials.serviceAccounts.privateKey}`,
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--token-auth-file=${credentials.tokenFile}`,
      `--authentication-token-webhook-config-file=${webhook}`,
      '--authentication-token-webhook-version=v1',
      // Short, so that a right which Terraform takes away is gone soon.
      '--authentication-token-webhook-cache-ttl=5s',
      '--allow-privileged=true',
      '--profiling=false',
      '--event-ttl=3h',
    ],
    address: loopback(settings),
  });
  await untilReady(daemon, () => isReady(settings), 60);
}

/** Starts controller-manager and scheduler and waits for both. */
export async function startControllers(settings: ClusterSettings): Promise<void> {
  const { directory, bin, ports, credentials } = settings;
  const start = async (name: 'controller-manager' | 'scheduler', port: number, args: string[]): Promise<void> => {
    const kubeconfig = clusterFile(directory, `${name}.kubeconfig`);
    writeKubeconfig(kubeconfig, loopback(settings), credentials.certificateAuthority, token(settings, name));
    const daemon = await startDaemon(directory, {
      name: `kube-${name}`,
      command: join(bin, `kube-${name}`),
      args: [
        ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
          (flag) => `--${flag}=${kubeconfig}`,
        ),
        ...[
          '--bind-address=127.0.0.1',
          `--secure-port=${port}`,
          '--leader-elect=false',
          '--authentication-skip-lookup=true',
        ],
        '--profiling=false',
        ...args,
      ],
      address: `https://127.0.0.1:${port}`,
    });
    await untilReady(daemon, async () => (await status(`https://127.0.0.1:${port}/healthz`)) === 200, 60);
  };
  await Promise.all([
    start('controller-manager', ports.controllerManager, [
      `--service-account-private-key-file=${credentials.serviceAccounts.privateKey}`,
      `--root-ca-file=${credentials.certificateAuthority}`,
      '--use-service-account-credentials=true',
      // A node that is gone is seen in 20 s instead of 40 s.
      '--node-monitor-grace-period=20s',
    ]),
    start('scheduler', ports.scheduler, []),
  ]);
}

/** Starts CoreDNS as the cluster's DNS, on an address of its own on the bridge, and waits for it. */
export async function startDns(settings: ClusterSettings): Promise<void> {
  const { directory, bin, credentials } = settings;
  const kubeconfig = clusterFile(directory, 'dns.kubeconfig');
  writeKubeconfig(kubeconfig, loopback(settings), credentials.certificateAuthority, token(settings, 'dns'));
  const corefile = clusterFile(directory, 'Corefile');
  writeFileSync(
    corefile,
    `.:53 {
  bind ${DNS_ADDRESS}
  errors
  ready ${DNS_ADDRESS}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfig} sandbox
  }
}
`,
  );
  const daemon = await startDaemon(directory, {
    name: 'coredns',
    command: join(bin, 'coredns'),
    args: ['-conf', corefile],
    address: `${DNS_ADDRESS}:53`,
  });
  await untilReady(daemon, async () => (await fetch(`http://${DNS_ADDRESS}:8181/ready`)).ok, 60);
}

export function adminKubeconfig(directory: string): string {
  return clusterFile(directory, 'admin.kubeconfig');
}

/** A file of the cluster's own folder, which is made when it is not there. */
export function clusterFile(directory: string, name: string): string {
  mkdirSync(join(directory, 'kubernetes'), { recursive: true });
  return join(directory, 'kubernetes', name);
}

export function token({ credentials }: NodeSettings, name: string): string {
  const found = credentials.tokens[name];
  if (!found)
    throw new Error(`the cluster's token file has no token for ${name}: \`npm run sandbox -- reset\` makes a new one`);
  return found;
}

function loopback({ ports }: ClusterSettings): string {
  return `https://127.0.0.1:${ports.apiServer}`;
}

function isReady({ ports }: ClusterSettings): Promise<boolean> {
  return status(`https://127.0.0.1:${ports.apiServer}/readyz`).then((code) => code === 200);
}

function tokenReviewConfig(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'google', cluster: { server } }],
    users: [{ name: 'kube-apiserver' }],
    contexts: [{ name: 'google', context: { cluster: 'google', user: 'kube-apiserver' } }],
    'current-context': 'google',
  };
}

/** HTTP status of a health address. Its certificate is not looked at: it is made at start by the part itself. */
function status(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = getHttps(url, { rejectUnauthorized: false, timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 2 s'))).on('error', reject);
  });
}
