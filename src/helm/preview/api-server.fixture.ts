import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesAccess } from '../../kubernetes/access.ts';
import { kubernetesClient } from '../../kubernetes/client.ts';
import { transport } from '../../kubernetes/transport.ts';
import { openHelm } from '../helm.ts';

/** A real API server with its etcd and nothing else: objects are kept, defaulted and owned as ever, and no pod runs. */
export async function startApiServer(bin: string) {
  const directory = mkdtempSync(join(tmpdir(), 'api-server-'));
  const started: ChildProcess[] = [];
  const start = (command: string, args: readonly string[]) => {
    const log = openSync(join(directory, `${started.length}.log`), 'a');
    started.push(spawn(command, args, { stdio: ['ignore', log, log] }));
  };
  const stop = async () => {
    for (const child of started.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const [etcd, peer, port] = [await freePort(), await freePort(), await freePort()];
    start('etcd', [
      ...['--data-dir', join(directory, 'etcd'), '--log-level', 'warn', '--unsafe-no-fsync'],
      ...['--listen-client-urls', `http://127.0.0.1:${etcd}`, '--advertise-client-urls', `http://127.0.0.1:${etcd}`],
      ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
    ]);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const file = (name: string, text: string) => {
      writeFileSync(join(directory, name), text, { mode: 0o600 });
      return join(directory, name);
    };
    const tokens = file('tokens.csv', 'admin-token,admin,1,system:masters\nviewer-token,viewer,2\n');
    start(join(bin, 'kube-apiserver'), [
      ...[`--etcd-servers=http://127.0.0.1:${etcd}`, `--secure-port=${port}`, '--bind-address=127.0.0.1'],
      ...[`--cert-dir=${join(directory, 'certificates')}`, `--token-auth-file=${tokens}`, '--authorization-mode=RBAC'],
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-signing-key-file=${file('private.pem', privateKey)}`,
      `--service-account-key-file=${file('public.pem', publicKey)}`,
      ...['--service-cluster-ip-range=10.90.0.0/16', '--allow-privileged=true', '--profiling=false'],
    ]);
    const server = `https://127.0.0.1:${port}`;
    const access = (): KubernetesAccess =>
      ({
        server,
        certificateAuthority: readFileSync(join(directory, 'certificates', 'apiserver.crt'), 'utf8'),
      }) as KubernetesAccess;
    await untilReady(async () => {
      const exchange = transport(access(), { token: () => Promise.resolve('admin-token') });
      await exchange({ method: 'GET', path: '/readyz' });
      // The roles that are there by default come a little later.
      await exchange({ method: 'GET', path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/view' });
    });
    const ready = access();
    return {
      stop,
      exchange: transport(ready, { token: () => Promise.resolve('admin-token') }),
      client: (user: 'admin' | 'viewer', timeoutSeconds = 20) =>
        kubernetesClient(ready, { token: () => Promise.resolve(`${user}-token`), timeoutSeconds }),
      helm: (path: string, user: 'admin' | 'viewer', namespace: string) =>
        openHelm({
          path,
          version: '',
          namespace,
          directory: mkdtempSync(join(directory, 'helm-')),
          environment: { PATH: process.env['PATH'] ?? '', HOME: directory },
          kubeconfig: file(
            `${user}.kubeconfig`,
            JSON.stringify({
              apiVersion: 'v1',
              kind: 'Config',
              clusters: [
                {
                  name: 'cluster',
                  cluster: {
                    server,
                    'certificate-authority-data': Buffer.from(ready.certificateAuthority ?? '').toString('base64'),
                  },
                },
              ],
              users: [{ name: user, user: { token: `${user}-token` } }],
              contexts: [{ name: 'here', context: { cluster: 'cluster', user, namespace } }],
              'current-context': 'here',
            }),
          ),
        }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('a listening server has a port');
  return address.port;
}

async function untilReady(ask: () => Promise<void>): Promise<void> {
  for (let left = 120; ; left--) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(500);
    }
  }
}
