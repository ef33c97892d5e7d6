import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handlers, type Handlers, type Request, type Response } from './provider.ts';
import { conform, resourceSchema } from './schema.ts';
import { UNKNOWN, decode, encode, isObject, type ObjectValue } from './value.ts';

const VERSION = 'google_secret_manager_secret_version';
const CLUSTER = 'google_container_cluster';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'provider-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function provider(environment: Record<string, string> = {}): Promise<Handlers> {
  const made = handlers({ LIVEKIT_GKE_PROVIDER_DIR: directory, ...environment });
  await made['Configure']!(request('', { config: { project: 'p', region: 'r' } }));
  return made;
}

function request(type: string, values: Record<string, ObjectValue | null>): Request {
  const dynamic = Object.entries(values).map(([name, value]) => [name, { msgpack: encode(value) }]);
  return { type_name: type, ...Object.fromEntries(dynamic) } as Request;
}

function state(response: Response, name = 'new_state'): ObjectValue {
  expect(response['diagnostics'] ?? []).toEqual([]);
  const value = decode((response[name] as { msgpack: Uint8Array }).msgpack);
  if (!isObject(value)) throw new Error(`${name} is null`);
  return value;
}

/** Plans and applies a new resource. */
async function create(made: Handlers, type: string, given: ObjectValue): Promise<Response> {
  const config = { ...conform(resourceSchema(type).block, given), ...given };
  const plan = await made['PlanResourceChange']!(
    request(type, { prior_state: null, proposed_new_state: config, config }),
  );
  const planned = state(plan, 'planned_state');
  return made['ApplyResourceChange']!(request(type, { prior_state: null, planned_state: planned, config }));
}

const destroy = (made: Handlers, type: string, prior: ObjectValue): Promise<Response> =>
  made['ApplyResourceChange']!(request(type, { prior_state: prior, planned_state: null, config: null }));
const read = (made: Handlers, type: string, current: ObjectValue): Promise<Response> =>
  made['ReadResource']!(request(type, { current_state: current }));

const version = { secret: 'projects/p/secrets/s', secret_data_wo: 'canary', secret_data_wo_version: '1' };

describe('the provider', () => {
  test('announces every type with its schema, and that a cached schema will do', async () => {
    const schema = await handlers({})['GetSchema']!({} as Request);
    expect(Object.keys(schema['resource_schemas'] as object)).toHaveLength(51);
    expect(Object.keys(schema['data_source_schemas'] as object)).toHaveLength(15);
    expect(schema['server_capabilities']).toEqual({ get_provider_schema_optional: true });
  });

  test('answers a created resource with nothing unknown, and reads the same again', async () => {
    const made = await provider();
    const created = state(await create(made, 'google_compute_network', { name: 'n', timeouts: { create: '5m' } }));
    expect(created).toMatchObject({ id: 'projects/p/global/networks/n', routing_mode: 'REGIONAL', project: 'p' });
    expect(Object.values(created)).not.toContain(UNKNOWN);
    expect(state(await read(made, 'google_compute_network', created))).toEqual(created);
  });

  test('numbers the versions of a secret, and keeps their value out of its answers', async () => {
    const made = await provider();
    const first = state(await create(made, VERSION, version));
    const second = state(await create(made, VERSION, { ...version, secret_data_wo_version: '2' }));
    expect([first['version'], second['version']]).toEqual(['1', '2']);
    expect(second['id']).toBe('projects/p/secrets/s/versions/2');
    expect(JSON.stringify([first, second])).not.toContain('canary');
  });

  test('leaves an abandoned resource where it is', async () => {
    const made = await provider();
    const created = state(await create(made, VERSION, { ...version, deletion_policy: 'ABANDON' }));
    expect((await destroy(made, VERSION, created))['diagnostics']).toBeUndefined();
    expect(state(await read(made, VERSION, created))['id']).toBe(created['id']);
  });

  test('disables a version when that is its deletion policy, and deletes it by default', async () => {
    const made = await provider();
    const kept = state(await create(made, VERSION, { ...version, deletion_policy: 'DISABLE' }));
    await destroy(made, VERSION, kept);
    expect(state(await read(made, VERSION, kept))['enabled']).toBe(false);
    const gone = state(await create(made, VERSION, version));
    await destroy(made, VERSION, gone);
    const answer = await read(made, VERSION, gone);
    expect(decode((answer['new_state'] as { msgpack: Uint8Array }).msgpack)).toBeNull();
  });

  test('does not delete a protected cluster', async () => {
    const made = await provider();
    const cluster = state(await create(made, CLUSTER, { name: 'c', initial_node_count: 1 }));
    expect(cluster['deletion_protection']).toBe(true);
    const [diagnostic] = (await destroy(made, CLUSTER, cluster))['diagnostics'] as { summary: string }[];
    expect(diagnostic?.summary).toContain('deletion_protection is set to true');
  });

  test("words Google's refusal as the real provider does, and keeps the prior state", async () => {
    const made = await provider();
    await create(made, 'google_compute_network', { name: 'n' });
    const again = await create(made, 'google_compute_network', { name: 'n' });
    expect(again['diagnostics']).toEqual([
      expect.objectContaining({
        severity: 'ERROR',
        summary:
          "Error creating google_compute_network: googleapi: Error 409: Resource 'projects/p/global/networks/n' already exists",
      }),
    ]);
  });

  test('refuses at apply what only Google sees', async () => {
    const made = await provider();
    const answer = await create(made, 'google_redis_instance', { name: 'redis', memory_size_gb: 900 });
    expect(answer['diagnostics']).toEqual([
      expect.objectContaining({
        summary: expect.stringContaining('Error 400: Invalid value for memorySizeGb') as string,
      }),
    ]);
  });

  test('fails on demand', async () => {
    const fault = { resource: 'google_redis_instance/redis-dev', operation: 'create', message: 'no capacity' };
    const made = await provider({ LIVEKIT_GKE_PROVIDER_FAULTS: JSON.stringify([fault]) });
    const answer = await create(made, 'google_redis_instance', { name: 'redis-dev', memory_size_gb: 1 });
    expect(answer['diagnostics']).toEqual([
      expect.objectContaining({ summary: 'Error creating google_redis_instance: no capacity' }),
    ]);
  });

  test('says that it has no place for resources only when it needs one', async () => {
    const made = handlers({});
    await made['Configure']!(request('', { config: { project: 'p' } }));
    const answer = await create(made, 'google_compute_network', { name: 'n' });
    expect(answer['diagnostics']).toEqual([
      expect.objectContaining({ summary: expect.stringContaining('LIVEKIT_GKE_PROVIDER_DIR') as string }),
    ]);
  });

  test('asks for credentials before it asks the Google stand-in for anything', async () => {
    const made = handlers({ LIVEKIT_GKE_ENDPOINTS: '{"googleapis":"http://127.0.0.1:9"}' });
    await made['Configure']!(request('', { config: { project: 'p' } }));
    const answer = await create(made, 'google_compute_network', { name: 'n' });
    expect(answer['diagnostics']).toEqual([
      expect.objectContaining({ summary: expect.stringContaining('No credentials loaded') as string }),
    ]);
  });

  test('takes resources to this machine only', async () => {
    const made = handlers({ LIVEKIT_GKE_ENDPOINTS: '{"googleapis":"https://elsewhere.example.com"}' });
    const answer = await made['Configure']!(request('', { config: { project: 'p' } }));
    expect(answer['diagnostics']).toEqual([
      expect.objectContaining({ summary: expect.stringContaining('which is not this machine') as string }),
    ]);
  });

  test('reads a resource that another configuration made as a data source', async () => {
    const made = await provider();
    await create(made, 'google_compute_address', { name: 'a' });
    const answer = await made['ReadDataSource']!(request('google_compute_address', { config: { name: 'a' } }));
    expect(state(answer, 'state')).toMatchObject({ id: 'projects/p/regions/r/addresses/a', address: '203.0.113.21' });
    const absent = await made['ReadDataSource']!(request('google_compute_address', { config: { name: 'b' } }));
    expect(absent['diagnostics']).toEqual([
      expect.objectContaining({ summary: expect.stringContaining('addresses/b was not found') as string }),
    ]);
  });

  test('knows the project, the zones and the ranges of the load balancers', async () => {
    const made = await provider();
    const data = async (type: string, config: ObjectValue): Promise<ObjectValue> =>
      state(await made['ReadDataSource']!(request(type, { config })), 'state');
    expect(await data('google_project', {})).toMatchObject({ project_id: 'p', number: '123456789012' });
    expect(await data('google_compute_zones', {})).toMatchObject({ names: ['r-a', 'r-b', 'r-c'] });
    expect(await data('google_netblock_ip_ranges', { range_type: 'health-checkers' })).toMatchObject({
      cidr_blocks_ipv4: ['35.191.0.0/16', '130.211.0.0/22'],
    });
  });
});
