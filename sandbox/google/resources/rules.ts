import { failedPrecondition, invalidArgument, notFound, GoogleError } from '../errors.ts';
import type { Attributes } from '../../world/world.ts';
import type { Resource, ResourceStore } from './store.ts';

/** What Google itself refuses when a resource is made or changed, whatever the provider let through. Throws to refuse. */
type Rule = (attributes: Attributes, store: ResourceStore) => void;

const computeName = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** By Terraform type; further rules are added here. */
const rules: Readonly<Record<string, readonly Rule[]>> = {
  google_compute_network: [named],
  google_compute_subnetwork: [named, networkExists],
  google_compute_firewall: [named, networkExists, firewallPorts],
  google_compute_address: [named],
  google_compute_global_address: [named],
  google_compute_router: [named, networkExists],
  google_container_cluster: [clusterName],
  google_container_node_pool: [clusterExists],
  google_redis_instance: [redisMemory],
  google_secret_manager_secret: [secretId],
  google_dns_record_set: [recordSet],
};

export function check(type: string, attributes: Attributes, store: ResourceStore): void {
  for (const rule of rules[type] ?? []) rule(attributes, store);
}

/** Refuses to delete what another resource stands on. */
export function checkUnused({ type, attributes }: Resource, store: ResourceStore): void {
  const name = text(attributes, 'name');
  if (type === 'google_compute_network') {
    const user = [
      'google_compute_subnetwork',
      'google_compute_firewall',
      'google_compute_router',
      'google_container_cluster',
    ]
      .flatMap((other) => store.list(other))
      .find((other) => last(text(other.attributes, 'network')) === name);
    if (user) {
      throw new GoogleError(
        400,
        'FAILED_PRECONDITION',
        `The network resource '${name}' is already being used by '${user.key}'`,
        [{ reason: 'resourceInUseByAnotherResource' }],
      );
    }
  }
  if (type === 'google_dns_managed_zone' && attributes['force_destroy'] !== true) {
    const own = (resource: Resource) => last(text(resource.attributes, 'managed_zone')) === name;
    if (store.list('google_dns_record_set').some(own)) {
      throw failedPrecondition(`The resource named '${name}' cannot be deleted because it contains resource records.`);
    }
  }
}

export const last = (path: string): string => path.split('/').at(-1) ?? '';

export function text(attributes: Attributes, name: string): string {
  const value = attributes[name];
  return typeof value === 'string' ? value : '';
}

function blocks(attributes: Attributes, name: string): Attributes[] {
  const value = attributes[name];
  return Array.isArray(value) ? (value as Attributes[]) : [];
}

function named(attributes: Attributes): void {
  const name = text(attributes, 'name');
  if (computeName.test(name)) return;
  throw invalidArgument(
    `Invalid value for field 'resource.name': '${name}'. Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'`,
  );
}

function networkExists(attributes: Attributes, store: ResourceStore): void {
  const network = last(text(attributes, 'network'));
  if (
    network === 'default' ||
    store.list('google_compute_network').some((found) => text(found.attributes, 'name') === network)
  )
    return;
  throw notFound(`The resource 'projects/${text(attributes, 'project')}/global/networks/${network}' was not found`);
}

function firewallPorts(attributes: Attributes): void {
  const rows = [...blocks(attributes, 'allow'), ...blocks(attributes, 'deny')];
  if (rows.length === 0)
    throw invalidArgument("Invalid value for field 'resource': one of allowed or denied is required.");
  for (const row of rows) {
    const ports = Array.isArray(row['ports']) ? (row['ports'] as unknown[]) : [];
    for (const port of ports) {
      const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(port)) ?? [];
      if (from === '' || Number(to) > 65_535 || Number(from) > Number(to)) {
        throw invalidArgument(
          `Invalid value for field 'resource.allowed[0].ports[0]': '${String(port)}'. Ports may only be specified as integers or ranges from 0 to 65535.`,
        );
      }
    }
  }
}

function clusterName(attributes: Attributes): void {
  const name = text(attributes, 'name');
  if (/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) return;
  throw invalidArgument(`Invalid value for field "cluster.name": "${name}".`);
}

function clusterExists(attributes: Attributes, store: ResourceStore): void {
  const cluster = last(text(attributes, 'cluster'));
  if (store.list('google_container_cluster').some((found) => text(found.attributes, 'name') === cluster)) return;
  throw notFound(
    `Not found: projects/${text(attributes, 'project')}/locations/${text(attributes, 'location')}/clusters/${cluster}.`,
  );
}

function redisMemory(attributes: Attributes): void {
  const size = attributes['memory_size_gb'];
  if (typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= 300) return;
  throw invalidArgument('Instance.memory_size_gb must be between 1 and 300.');
}

function secretId(attributes: Attributes): void {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(text(attributes, 'secret_id'))) return;
  throw invalidArgument('The provided Secret ID does not match the expected format [[a-zA-Z_0-9]+].');
}

function recordSet(attributes: Attributes, store: ResourceStore): void {
  const zoneName = last(text(attributes, 'managed_zone'));
  const zone = store.list('google_dns_managed_zone').find((found) => text(found.attributes, 'name') === zoneName);
  if (!zone) throw notFound(`The 'parameters.managedZone' resource named '${zoneName}' does not exist.`);
  const name = text(attributes, 'name');
  const suffix = text(zone.attributes, 'dns_name');
  if (!name.endsWith('.') || (name !== suffix && !name.endsWith(`.${suffix}`))) {
    throw invalidArgument(`The resource record set '${name}' is invalid because it is not in the zone '${suffix}'.`);
  }
}
