import { zones, type ProviderContext } from './computed.ts';
import { idOf } from './identity.ts';
import { conform, dataSourceSchema, resourceSchema, schemaDocument } from './schema.ts';
import type { Surroundings } from './resource.ts';
import { isObject, text, type ObjectValue } from './value.ts';

type Reader = (
  config: ObjectValue,
  surroundings: Surroundings & { token: () => Promise<string> },
) => ObjectValue | Promise<ObjectValue>;

const VERSIONS = ['1.34.2-gke.1000000', '1.33.6-gke.1000000'];

/** Google's published ranges of load balancers and health checkers. */
const NETBLOCKS: Readonly<Record<string, readonly string[]>> = {
  'health-checkers': ['35.191.0.0/16', '130.211.0.0/22'],
  'legacy-health-checkers': ['35.191.0.0/16', '209.85.152.0/22', '209.85.204.0/22'],
  'iap-forwarders': ['35.235.240.0/20'],
  'private-googleapis': ['199.36.153.8/30'],
  'restricted-googleapis': ['199.36.153.4/30'],
};

const READERS: Readonly<Record<string, Reader>> = {
  google_project: (config, { context }) => {
    const project = projectOf(config['project_id'], context);
    return { id: `projects/${project}`, project_id: project, name: project, number: context.projectNumber };
  },
  google_client_config: async (_config, { context, token }) => ({
    id: `projects/${context.project ?? ''}/regions/${context.region ?? ''}/zones/${context.zone ?? ''}`,
    project: context.project,
    region: context.region,
    zone: context.zone,
    access_token: await token(),
    default_labels: { ...context.defaultLabels },
  }),
  google_client_openid_userinfo: () => ({ id: 'userinfo', email: 'terraform@example.iam.gserviceaccount.com' }),
  google_compute_zones: (config, { context }) => {
    const region = config['region'] ?? context.region;
    const project = projectOf(config['project'], context);
    return { id: `projects/${project}/regions/${text(region)}`, project, region, names: zones(region) };
  },
  google_container_engine_versions: (config, { context }) => ({
    id: new Date().toISOString(),
    project: projectOf(config['project'], context),
    location: config['location'] ?? context.region,
    default_cluster_version: VERSIONS[0]!,
    latest_master_version: VERSIONS[0]!,
    latest_node_version: VERSIONS[0]!,
    valid_master_versions: VERSIONS,
    valid_node_versions: VERSIONS,
    release_channel_default_version: { RAPID: VERSIONS[0]!, REGULAR: VERSIONS[0]!, STABLE: VERSIONS[1]! },
    release_channel_latest_version: { RAPID: VERSIONS[0]!, REGULAR: VERSIONS[0]!, STABLE: VERSIONS[1]! },
  }),
  google_netblock_ip_ranges: (config) => {
    const type = text(config['range_type']) || 'cloud-netblocks';
    const blocks = [...(NETBLOCKS[type] ?? [])];
    if (blocks.length === 0) throw new Error(`the provider stand-in knows no range_type ${type}`);
    return { id: `netblock-ip-ranges-${type}`, cidr_blocks: blocks, cidr_blocks_ipv4: blocks, cidr_blocks_ipv6: [] };
  },
  google_iam_policy: (config) => {
    const bindings = (Array.isArray(config['binding']) ? config['binding'] : []).filter(isObject);
    const policy = { bindings: bindings.map(({ role, members }) => ({ members, role })) };
    return { ...config, id: '1', policy_data: JSON.stringify(policy) };
  },
};

/** Answers a data source: from a table, or the resource of the same name from the store; throws when there is none. */
export async function readDataSource(
  type: string,
  config: ObjectValue,
  surroundings: Surroundings & { token: () => Promise<string> },
): Promise<ObjectValue> {
  const { block } = dataSourceSchema(type);
  const reader = READERS[type];
  if (reader) return conform(block, { ...config, ...(await reader(config, surroundings)) });
  if (!schemaDocument().resources[type]) throw new Error(`the provider stand-in cannot read the data source ${type}`);
  const { context, store } = surroundings;
  const known = { project: context.project, region: context.region, location: context.region };
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  const latest = type === 'google_secret_manager_secret_version' && given['version'] === undefined;
  const key = latest ? await latestVersion(text(given['secret']), store) : idOf(type, { ...known, ...given });
  const found = await store.read(type, key);
  if (!found) throw new Error(`${type} ${key} was not found`);
  return conform(block, { ...sameTyped(type, found), ...given });
}

/** Some attributes have another type in the data source (`network_id`, `users`): Terraform would refuse their values. */
function sameTyped(type: string, found: ObjectValue): ObjectValue {
  const { attributes: here = {} } = dataSourceSchema(type).block;
  const { attributes: there = {} } = resourceSchema(type).block;
  const differs = (name: string): boolean =>
    name in here && JSON.stringify(here[name]?.type) !== JSON.stringify(there[name]?.type);
  return Object.fromEntries(Object.entries(found).filter(([name]) => !differs(name)));
}

async function latestVersion(secret: string, store: Surroundings['store']): Promise<string> {
  const keys = (await store.keys('google_secret_manager_secret_version')).filter((key) =>
    key.includes(`${secret}/versions/`),
  );
  const number = (key: string): number => Number(key.slice(key.lastIndexOf('/') + 1));
  return keys.sort((left, right) => number(left) - number(right)).at(-1) ?? `${secret}/versions/latest`;
}

function projectOf(given: unknown, context: ProviderContext): string {
  const project = typeof given === 'string' ? given : context.project;
  if (project === null) throw new Error('project: required field is not set');
  return project;
}
