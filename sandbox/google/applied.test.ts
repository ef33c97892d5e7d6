import { statSync } from 'node:fs';
import { join } from 'node:path';
import { startBench } from './test-bench.ts';
import type { Bench } from './test-bench.ts';
import type { World } from '../world/world.ts';

const project = 'projects/nova-livekit-dev';
const worldCalls: string[] = [];
const world: World = {
  created(type, key) {
    worldCalls.push(`created ${type} ${key}`);
    if (key.endsWith('/unlucky')) throw new Error('no machine is left for the node pool');
    const computed =
      type === 'google_container_cluster'
        ? {
            endpoint: '10.77.0.1',
            master_auth: [{ cluster_ca_certificate: 'Q0E=' }],
            control_plane_endpoints_config: [{ dns_endpoint_config: [{ endpoint: 'gke-1.asia-northeast1.gke.goog' }] }],
          }
        : {};
    return Promise.resolve(computed);
  },
  updated: (type, key) => (worldCalls.push(`updated ${type} ${key}`), Promise.resolve({})),
  deleted: (type, key) => (worldCalls.push(`deleted ${type} ${key}`), Promise.resolve()),
};

let bench: Bench;
beforeEach(async () => {
  bench = await startBench({ world });
  worldCalls.length = 0;
});
afterEach(async () => {
  await bench.close();
  expect(bench.faults.map(String)).toEqual([]);
});

async function call(as: string, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${bench.google}/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${bench.tokenOf(as)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

const resource = (type: string, key: string) => `cloud/v1/resources/${type}/${encodeURIComponent(key)}`;
const apply = (type: string, key: string, attributes: object, writeOnly: object = {}) =>
  call('livekit-cicd', 'POST', resource(type, key), { attributes, writeOnly });

async function applyCluster() {
  const at = { project: 'nova-livekit-dev', location: 'asia-northeast1' };
  await apply('google_compute_network', `${project}/global/networks/livekit`, { name: 'livekit', ...at });
  await apply('google_container_cluster', `${project}/locations/asia-northeast1/clusters/livekit-dev`, {
    name: 'livekit-dev',
    node_config: [{ service_account: 'livekit-dev-nodes@nova-livekit-dev.iam.gserviceaccount.com' }],
    network: `${project}/global/networks/livekit`,
    master_version: '1.34.2-gke.1000000',
    workload_identity_config: [{ workload_pool: 'nova-livekit-dev.svc.id.goog' }],
    control_plane_endpoints_config: [{ dns_endpoint_config: [{ allow_external_traffic: true, endpoint: null }] }],
    ...at,
  });
  return apply(
    'google_container_node_pool',
    `${project}/locations/asia-northeast1/clusters/livekit-dev/nodePools/livekit`,
    {
      name: 'livekit',
      cluster: `${project}/locations/asia-northeast1/clusters/livekit-dev`,
      autoscaling: [{ total_min_node_count: 1, total_max_node_count: 3, location_policy: 'ANY' }],
      node_config: [
        {
          machine_type: 'c2-standard-4',
          service_account: 'livekit-dev-nodes@nova-livekit-dev.iam.gserviceaccount.com',
          taint: [{ key: 'livekit', value: 'true', effect: 'NO_SCHEDULE' }],
        },
      ],
      ...at,
    },
  );
}

describe('a cluster that Terraform applied', () => {
  const clusters = 'container.googleapis.com/v1/projects/nova-livekit-dev/locations';

  test('is what the Container API shows, with what only the world knows', async () => {
    await applyCluster();
    const { status, body } = await call('livekit-deploy', 'GET', `${clusters}/asia-northeast1/clusters/livekit-dev`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'livekit-dev',
      status: 'RUNNING',
      endpoint: '10.77.0.1',
      masterAuth: { clusterCaCertificate: 'Q0E=' },
      controlPlaneEndpointsConfig: {
        dnsEndpointConfig: { endpoint: 'gke-1.asia-northeast1.gke.goog', allowExternalTraffic: true },
      },
      network: 'livekit',
      workloadIdentityConfig: { workloadPool: 'nova-livekit-dev.svc.id.goog' },
      nodePools: [
        {
          name: 'livekit',
          autoscaling: { enabled: true, totalMinNodeCount: 1, totalMaxNodeCount: 3 },
          config: { machineType: 'c2-standard-4', taints: [{ key: 'livekit', value: 'true', effect: 'NO_SCHEDULE' }] },
        },
      ],
    });
  });

  test('is listed in its location, in all locations, and nowhere else', async () => {
    await applyCluster();
    const namesIn = async (location: string) => {
      const { body } = await call('livekit-deploy', 'GET', `${clusters}/${location}/clusters`);
      return ((body['clusters'] ?? []) as { name: string }[]).map(({ name }) => name);
    };
    expect(await namesIn('asia-northeast1')).toEqual(['livekit-dev']);
    expect(await namesIn('-')).toEqual(['livekit-dev']);
    expect(await namesIn('europe-west1')).toEqual([]);
  });

  test('is found by the number of the project too', async () => {
    await applyCluster();
    const path = `${clusters}/asia-northeast1/clusters/livekit-dev/nodePools/livekit`.replace(
      'nova-livekit-dev',
      '123456789012',
    );
    expect(await call('livekit-deploy', 'GET', path)).toMatchObject({ status: 200, body: { name: 'livekit' } });
  });

  test('keeps its network from being deleted', async () => {
    await applyCluster();
    const network = resource('google_compute_network', `${project}/global/networks/livekit`);
    const refused = await call('livekit-cicd', 'DELETE', network);
    expect(refused).toMatchObject({ status: 400, body: { error: { status: 'FAILED_PRECONDITION' } } });
    const cluster = resource('google_container_cluster', `${project}/locations/asia-northeast1/clusters/livekit-dev`);
    expect((await call('livekit-cicd', 'DELETE', cluster)).status).toBe(204);
    expect((await call('livekit-cicd', 'DELETE', network)).status).toBe(204);
    expect((await call('livekit-cicd', 'GET', network)).status).toBe(404);
  });
});

describe('the resource store', () => {
  const network = resource('google_compute_network', `${project}/global/networks/livekit`);

  test('answers what was asked together with what the world computed, and tells the world each change', async () => {
    const made = await applyCluster();
    expect(made.status).toBe(201);
    const key = `${project}/locations/asia-northeast1/clusters/livekit-dev`;
    const read = await call('livekit-cicd', 'GET', resource('google_container_cluster', key));
    expect(read.body['attributes']).toMatchObject({
      endpoint: '10.77.0.1',
      control_plane_endpoints_config: [
        { dns_endpoint_config: [{ allow_external_traffic: true, endpoint: 'gke-1.asia-northeast1.gke.goog' }] },
      ],
    });
    await call('livekit-cicd', 'DELETE', resource('google_container_cluster', key));
    expect(worldCalls.filter((line) => line.includes('cluster '))).toEqual([
      `created google_container_cluster ${key}`,
      `deleted google_container_cluster ${key}`,
    ]);
  });

  test('makes a resource once', async () => {
    expect((await call('livekit-cicd', 'POST', network, { attributes: { name: 'livekit' } })).status).toBe(201);
    const again = await call('livekit-cicd', 'POST', network, { attributes: { name: 'livekit' } });
    expect(again).toMatchObject({ status: 409, body: { error: { status: 'ALREADY_EXISTS' } } });
  });

  test('changes a resource and leaves what the change does not name', async () => {
    await call('livekit-cicd', 'POST', network, { attributes: { name: 'livekit', mtu: 1460, description: 'a' } });
    await call('livekit-cicd', 'PUT', network, { attributes: { name: 'livekit', description: 'b' } });
    const { body } = await call('livekit-plan', 'GET', network);
    expect(body).toEqual({ attributes: { name: 'livekit', mtu: 1460, description: 'b' } });
    expect(worldCalls.at(-1)).toBe(`updated google_compute_network ${project}/global/networks/livekit`);
  });

  test('lists keys of one type', async () => {
    await call('livekit-cicd', 'POST', network, { attributes: { name: 'livekit' } });
    const { body } = await call('livekit-plan', 'GET', 'cloud/v1/resources/google_compute_network');
    expect(body).toEqual({ keys: [`${project}/global/networks/livekit`] });
  });
});

test('what the world refuses is not stored, and its reason is the answer', async () => {
  const key = `${project}/global/networks/unlucky`;
  const refused = await apply('google_compute_network', key, { name: 'unlucky' });
  expect(refused).toMatchObject({ status: 400, body: { error: { message: 'no machine is left for the node pool' } } });
  expect((await call('livekit-cicd', 'GET', resource('google_compute_network', key))).status).toBe(404);
  // The cause goes to the stand-in's own log.
  expect(bench.faults.splice(0)).toEqual([new Error('no machine is left for the node pool')]);
});

test('a firewall that Terraform applied is what the Compute API shows', async () => {
  await apply('google_compute_network', `${project}/global/networks/livekit`, { name: 'livekit' });
  for (const [name, port] of [
    ['livekit-tcp', '7881'],
    ['livekit-turn', '5349'],
  ] as const) {
    await apply('google_compute_firewall', `${project}/global/firewalls/${name}`, {
      name,
      network: `${project}/global/networks/livekit`,
      allow: [{ protocol: 'tcp', ports: [port] }],
      source_ranges: ['0.0.0.0/0'],
    });
  }
  const list = 'compute.googleapis.com/compute/v1/projects/nova-livekit-dev/global/firewalls';
  const { body } = await call('livekit-plan', 'GET', `${list}?filter=name%3Dlivekit-tcp`);
  expect(body['items']).toEqual([
    expect.objectContaining({
      name: 'livekit-tcp',
      direction: 'INGRESS',
      allowed: [{ IPProtocol: 'tcp', ports: ['7881'] }],
      sourceRanges: ['0.0.0.0/0'],
    }),
  ]);
  expect(((await call('livekit-plan', 'GET', list)).body['items'] as unknown[]).length).toBe(2);
});

describe('a secret version that Terraform applied', () => {
  const secret = `${project}/secrets/livekit-dev-keys`;
  const api = `secretmanager.googleapis.com/v1/${secret}`;
  const write = (value: string) =>
    apply('google_secret_manager_secret_version', `${secret}/versions/1`, { secret }, { secret_data_wo: value });

  beforeEach(async () => {
    await apply('google_secret_manager_secret', secret, {
      secret_id: 'livekit-dev-keys',
      replication: [{ auto: [{}] }],
    });
    const role = 'roles/secretmanager.secretAccessor';
    const member = 'serviceAccount:livekit-deploy@nova-livekit-dev.iam.gserviceaccount.com';
    const access = { project: 'nova-livekit-dev', secret_id: secret, role, member };
    await apply('google_secret_manager_secret_iam_member', `${secret}/${role}/${member}`, access);
  });

  test('is read by the deploy identity, with its checksum', async () => {
    const made = await write('123456789');
    expect(made.body['attributes']).toMatchObject({
      name: 'projects/123456789012/secrets/livekit-dev-keys/versions/1',
      version: '1',
    });
    const { body } = await call('livekit-deploy', 'GET', `${api}/versions/latest:access`);
    expect(body).toEqual({
      name: 'projects/123456789012/secrets/livekit-dev-keys/versions/1',
      // 0xE3069283: the check value of CRC-32C for these nine digits.
      payload: { data: Buffer.from('123456789').toString('base64'), dataCrc32c: String(0xe3069283) },
    });
  });

  test('never shows its value in the store, and rests in a file that only the owner reads', async () => {
    const made = await write('canary-of-the-secret');
    expect(JSON.stringify(made.body)).not.toContain('canary');
    const read = await call(
      'livekit-cicd',
      'GET',
      resource('google_secret_manager_secret_version', `${secret}/versions/1`),
    );
    expect(read.status).toBe(200);
    expect(JSON.stringify(read.body)).not.toContain('canary');
    const file = statSync(join(bench.config.directory, 'google', 'secrets', 'livekit-dev-keys', '1'));
    expect(file.mode & 0o777).toBe(0o600);
  });

  test('gets the next number, also after the last one was destroyed', async () => {
    await write('one');
    const gone = resource('google_secret_manager_secret_version', `${secret}/versions/1`);
    expect((await call('livekit-cicd', 'DELETE', gone)).status).toBe(204);
    expect((await write('two')).body['attributes']).toMatchObject({ version: '2' });
    const { body } = await call('livekit-cicd', 'GET', `${api}/versions`);
    expect(body['versions']).toMatchObject([
      { name: expect.stringMatching(/2$/) as unknown, state: 'ENABLED' },
      { name: expect.stringMatching(/1$/) as unknown, state: 'DESTROYED' },
    ]);
    const destroyed = await call('livekit-deploy', 'GET', `${api}/versions/1:access`);
    expect(destroyed).toMatchObject({ status: 400, body: { error: { status: 'FAILED_PRECONDITION' } } });
  });

  test('is gone for Terraform when it was destroyed by the API', async () => {
    await write('one');
    expect((await call('livekit-cicd', 'POST', `${api}/versions/1:destroy`, {})).body['state']).toBe('DESTROYED');
    const version = resource('google_secret_manager_secret_version', `${secret}/versions/1`);
    expect((await call('livekit-cicd', 'GET', version)).status).toBe(404);
  });

  test('is not given while it is disabled, and is again when it is enabled', async () => {
    await write('one');
    await call('livekit-cicd', 'POST', `${api}/versions/1:disable`, {});
    const refused = await call('livekit-deploy', 'GET', `${api}/versions/latest:access`);
    expect(refused).toMatchObject({ status: 400, body: { error: { status: 'FAILED_PRECONDITION' } } });
    expect(JSON.stringify(refused.body)).toContain('is in DISABLED state');
    await call('livekit-cicd', 'POST', `${api}/versions/1:enable`, {});
    expect((await call('livekit-deploy', 'GET', `${api}/versions/latest:access`)).status).toBe(200);
  });

  test('goes with its secret', async () => {
    await write('one');
    await call('livekit-cicd', 'DELETE', resource('google_secret_manager_secret', secret));
    expect((await call('livekit-deploy', 'GET', `${api}/versions/1:access`)).status).toBe(404);
  });
});

test('a secret of the API, with a version added', async () => {
  const secrets = 'secretmanager.googleapis.com/v1/projects/nova-livekit-dev/secrets';
  const made = await call('livekit-cicd', 'POST', `${secrets}?secretId=turn-account`, {
    replication: { automatic: {} },
  });
  expect(made.body).toMatchObject({
    name: 'projects/123456789012/secrets/turn-account',
    replication: { automatic: {} },
  });
  const added = await call('livekit-cicd', 'POST', `${secrets}/turn-account:addVersion`, { payload: { data: 'YQ==' } });
  expect(added.body).toMatchObject({ name: 'projects/123456789012/secrets/turn-account/versions/1', state: 'ENABLED' });
  expect(
    (await call('livekit-cicd', 'POST', `${secrets}?secretId=turn-account`, { replication: { automatic: {} } })).status,
  ).toBe(409);
});

describe('records of a zone', () => {
  const zone = 'dns.googleapis.com/dns/v1/projects/nova-livekit-dev/managedZones/livekit';
  const challenge = { name: '_acme-challenge.turn.example.com.', type: 'TXT', ttl: 60, rrdatas: ['"token"'] };
  beforeEach(() =>
    apply('google_dns_managed_zone', `${project}/managedZones/livekit`, { name: 'livekit', dns_name: 'example.com.' }),
  );

  test('of Terraform and of the API are the same records, and the world hears of both', async () => {
    await apply('google_dns_record_set', `${project}/managedZones/livekit/rrsets/turn.example.com./A`, {
      name: 'turn.example.com.',
      type: 'A',
      ttl: 300,
      rrdatas: ['203.0.113.7'],
      managed_zone: 'livekit',
    });
    await call('livekit-cicd', 'POST', `${zone}/changes`, { additions: [challenge] });
    const { body } = await call('livekit-plan', 'GET', `${zone}/rrsets`);
    expect((body['rrsets'] as { name: string }[]).map(({ name }) => name)).toEqual([
      'turn.example.com.',
      challenge.name,
    ]);
    expect(worldCalls.filter((line) => line.includes('record_set'))).toHaveLength(2);
  });

  test('a change that cannot be done whole is not done at all', async () => {
    const wrong = { ...challenge, name: 'elsewhere.org.' };
    const refused = await call('livekit-cicd', 'POST', `${zone}/changes`, { additions: [challenge, wrong] });
    expect(refused.status).toBe(400);
    expect((await call('livekit-plan', 'GET', `${zone}/rrsets`)).body['rrsets']).toEqual([]);
  });

  test('a record is replaced by a deletion and an addition in one change; a deletion must match', async () => {
    await call('livekit-cicd', 'POST', `${zone}/rrsets`, challenge);
    const next = { ...challenge, rrdatas: ['"next"'] };
    const again = await call('livekit-cicd', 'POST', `${zone}/changes`, { additions: [next] });
    expect(again.status).toBe(409);
    const stale = await call('livekit-cicd', 'POST', `${zone}/changes`, { additions: [next], deletions: [next] });
    expect(stale.status).toBe(412);
    const done = await call('livekit-cicd', 'POST', `${zone}/changes`, { additions: [next], deletions: [challenge] });
    expect(done.body).toMatchObject({ status: 'done' });
    expect((await call('livekit-plan', 'GET', `${zone}/rrsets`)).body['rrsets']).toMatchObject([
      { rrdatas: ['"next"'] },
    ]);
    const path = `${zone}/rrsets/${challenge.name}/TXT`;
    expect((await call('livekit-cicd', 'PATCH', path, { ttl: 5 })).body).toMatchObject({ ttl: 5, rrdatas: ['"next"'] });
    expect((await call('livekit-cicd', 'DELETE', path)).status).toBe(200);
    expect((await call('livekit-plan', 'GET', path)).status).toBe(404);
  });
});
