import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from '../google/identity.ts';
import { credentialPlugin, execCredential } from './credential-plugin.ts';
import { kubeconfig, writeKubeconfig } from './kubeconfig.ts';

const access = { server: 'https://127.0.0.1:1', certificateAuthority: 'PEM', tlsServerName: 'gke-1.gke.goog' };
const plugin = {
  command: '/opt/node',
  args: ['/suite/dist/credential-plugin.js'],
  environment: { GOOGLE_APPLICATION_CREDENTIALS: '/tmp/file.json' },
};

test('the kubeconfig names server, authority and TLS name, and takes tokens from the plug-in', () => {
  const config = JSON.parse(kubeconfig(access, plugin, 'livekit')) as Record<string, unknown>;
  expect(config['clusters']).toEqual([
    {
      name: 'gke',
      cluster: {
        server: 'https://127.0.0.1:1',
        'certificate-authority-data': Buffer.from('PEM').toString('base64'),
        'tls-server-name': 'gke-1.gke.goog',
      },
    },
  ]);
  expect(config['users']).toEqual([
    {
      name: 'livekit-gke',
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: '/opt/node',
          args: ['/suite/dist/credential-plugin.js'],
          env: [{ name: 'GOOGLE_APPLICATION_CREDENTIALS', value: '/tmp/file.json' }],
          interactiveMode: 'Never',
          provideClusterInfo: false,
        },
      },
    },
  ]);
  expect(config['contexts']).toEqual([
    { name: 'gke', context: { cluster: 'gke', user: 'livekit-gke', namespace: 'livekit' } },
  ]);
});

test('without an authority and a TLS name neither is written', () => {
  const text = kubeconfig({ ...access, certificateAuthority: undefined, tlsServerName: undefined }, plugin, 'livekit');
  expect(text).not.toMatch(/certificate-authority|tls-server-name/);
});

test('the file can be read by its owner only', async () => {
  const file = await writeKubeconfig(await mkdtemp(join(tmpdir(), 'kubeconfig-')), '{}');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('the credential ends well before the token does', () => {
  expect(JSON.parse(execCredential('ya29.token', new Date('2026-01-01T00:00:00Z')))).toEqual({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'ya29.token', expirationTimestamp: '2026-01-01T00:30:00.000Z' },
  });
});

test('in a bundle the plug-in is the script beside the one that runs, started by this very node', async () => {
  const identity = { environment: { GOOGLE_APPLICATION_CREDENTIALS: '/x' } } as unknown as Identity;
  const dist = await mkdtemp(join(tmpdir(), 'dist-'));
  await writeFile(join(dist, 'credential-plugin.js'), '');
  expect(credentialPlugin(identity, { node: '/opt/node', script: join(dist, 'helm-deploy.js') })).toEqual({
    command: '/opt/node',
    args: [join(dist, 'credential-plugin.js')],
    environment: { GOOGLE_APPLICATION_CREDENTIALS: '/x' },
  });
});

test('from the sources it is the running script with the plug-in’s name', () => {
  const identity = { environment: {} } as unknown as Identity;
  expect(credentialPlugin(identity, { node: '/opt/node', script: '/suite/scripts/action.ts' }).args).toEqual([
    '/suite/scripts/action.ts',
    'credential-plugin',
  ]);
});
