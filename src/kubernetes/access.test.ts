import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../google/cluster.ts';
import { clusterAccess } from './access.ts';

const cluster: Cluster = {
  name: 'livekit-cluster-dev',
  location: 'asia-northeast1',
  status: 'RUNNING',
  endpoint: '203.0.113.7',
  masterAuth: { clusterCaCertificate: Buffer.from('PEM').toString('base64') },
  controlPlaneEndpointsConfig: {
    dnsEndpointConfig: { endpoint: 'gke-1-123.asia-northeast1.gke.goog', allowExternalTraffic: true },
  },
};

test('the DNS endpoint is preferred, with the public certificate authorities', async () => {
  expect(await clusterAccess(cluster, {})).toEqual({
    server: 'https://gke-1-123.asia-northeast1.gke.goog',
    certificateAuthority: undefined,
    tlsServerName: undefined,
  });
});

test('a DNS endpoint that is closed to external traffic gives way to the public address and its own authority', async () => {
  const closed = {
    ...cluster,
    controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: 'gke-1-123.gke.goog', allowExternalTraffic: false } },
  };
  expect(await clusterAccess(closed, {})).toEqual({
    server: 'https://203.0.113.7',
    certificateAuthority: 'PEM',
    tlsServerName: undefined,
  });
});

test('a redirected control plane keeps the real name for TLS', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'access-')), 'ca.crt');
  await writeFile(file, 'SANDBOX PEM');
  const endpoints = { kubernetes: { server: 'https://127.0.0.1:6443', certificateAuthority: file } };
  expect(await clusterAccess(cluster, endpoints)).toEqual({
    server: 'https://127.0.0.1:6443',
    certificateAuthority: 'SANDBOX PEM',
    tlsServerName: 'gke-1-123.asia-northeast1.gke.goog',
  });
});

test('a cluster that is not running is refused in Google’s words', async () => {
  const broken = { ...cluster, status: 'ERROR', statusMessage: 'out of quota' };
  await expect(clusterAccess(broken, {})).rejects.toMatchObject({
    code: 'LK-KUBE-007',
    message: expect.stringContaining('ERROR (out of quota)') as string,
  });
});

test('a cluster without a usable endpoint is refused', async () => {
  const { name, location, status } = cluster;
  await expect(clusterAccess({ name, location, status }, {})).rejects.toMatchObject({ code: 'LK-KUBE-006' });
});
