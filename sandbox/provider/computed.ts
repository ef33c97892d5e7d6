import { createHash, randomInt } from 'node:crypto';
import { namesOf } from './identity.ts';
import { text, type ObjectValue, type Value } from './value.ts';

/** What the provider block and the project tell, and no resource repeats. */
export interface ProviderContext {
  readonly project: string | null;
  readonly projectNumber: string;
  readonly region: string | null;
  readonly zone: string | null;
  readonly defaultLabels: Readonly<Record<string, string>>;
  readonly attributionLabel: boolean;
}

const KUBERNETES_VERSION = '1.34.2-gke.1000000';

/** Google's answers to a new resource that follow from what was asked, by type. The world's own answers win over these. */
const ANSWERS: Readonly<Record<string, (given: ObjectValue, context: ProviderContext) => ObjectValue>> = {
  google_compute_network: () => ({
    routing_mode: 'REGIONAL',
    mtu: 1460,
    network_id: numericId(),
    numeric_id: numericId(),
    gateway_ipv4: '',
    internal_ipv6_range: '',
    bgp_best_path_selection_mode: 'LEGACY',
    bgp_always_compare_med: false,
  }),
  google_compute_subnetwork: (given) => ({
    gateway_address: firstAddress(text(given['ip_cidr_range'])),
    private_ip_google_access: false,
    private_ipv6_google_access: 'DISABLE_GOOGLE_ACCESS',
    purpose: 'PRIVATE',
    stack_type: 'IPV4_ONLY',
    fingerprint: fingerprint(given),
    subnetwork_id: randomInt(2 ** 40),
    ipv6_cidr_range: '',
    external_ipv6_prefix: '',
    internal_ipv6_prefix: '',
    allow_subnet_cidr_routes_overlap: false,
  }),
  google_compute_firewall: () => ({ direction: 'INGRESS' }),
  google_compute_global_address: (given) => ({
    address: given['purpose'] === 'VPC_PEERING' ? '10.64.0.0' : '203.0.113.20',
    label_fingerprint: '42WmSpB8rSM=',
  }),
  google_compute_address: () => ({
    address: '203.0.113.21',
    network_tier: 'PREMIUM',
    users: [],
    label_fingerprint: '42WmSpB8rSM=',
  }),
  google_container_cluster: (given) => ({
    networking_mode: 'VPC_NATIVE',
    datapath_provider: '',
    default_max_pods_per_node: 110,
    logging_service: 'logging.googleapis.com/kubernetes',
    monitoring_service: 'monitoring.googleapis.com/kubernetes',
    label_fingerprint: '78cdf2f6',
    enable_intranode_visibility: false,
    enable_l4_ilb_subsetting: false,
    services_ipv4_cidr: '',
    master_version: KUBERNETES_VERSION,
    node_version: KUBERNETES_VERSION,
    node_locations: zones(given['location']),
    endpoint: '203.0.113.10',
    control_plane_endpoints_config: [
      {
        dns_endpoint_config: [
          {
            endpoint: `gke-${fingerprintHex(given)}.${text(given['location'])}.gke.goog`,
            allow_external_traffic: false,
          },
        ],
        ip_endpoints_config: [{ enabled: true }],
      },
    ],
    master_auth: [{ cluster_ca_certificate: '', client_certificate_config: [{ issue_client_certificate: false }] }],
    release_channel: [{ channel: 'REGULAR' }],
  }),
  google_container_node_pool: (given) => ({
    max_pods_per_node: 110,
    name_prefix: '',
    initial_node_count: startingNodes(given),
    node_count: startingNodes(given),
    node_locations: zones(given['location']),
    version: KUBERNETES_VERSION,
    instance_group_urls: [],
    managed_instance_group_urls: [],
    operation: '',
  }),
  google_redis_instance: (given) => ({
    redis_version: 'REDIS_7_2',
    host: '10.0.0.3',
    port: 6379,
    current_location_id: zones(given['region'])[0] ?? '',
    location_id: zones(given['region'])[0] ?? '',
    nodes: [],
    maintenance_version: '',
    read_replicas_mode: 'READ_REPLICAS_DISABLED',
    replica_count: given['tier'] === 'STANDARD_HA' ? 1 : 0,
    effective_reserved_ip_range: text(given['reserved_ip_range']),
    server_ca_certs: [],
    maintenance_schedule: [],
    auth_string: '',
    read_endpoint: '',
    read_endpoint_port: 0,
    secondary_ip_range: '',
    persistence_iam_identity: 'serviceAccount:service-0@cloud-redis.iam.gserviceaccount.com',
  }),
  google_secret_manager_secret: (given) => ({ effective_annotations: given['annotations'] ?? {} }),
  google_secret_manager_secret_version: () => ({ destroy_time: '', deletion_policy: 'DELETE' }),
  google_service_account: () => ({ unique_id: numericId() }),
  google_service_networking_connection: () => ({ peering: 'servicenetworking-googleapis-com' }),
  google_iam_workload_identity_pool: () => ({ state: 'ACTIVE' }),
  google_iam_workload_identity_pool_provider: () => ({ state: 'ACTIVE' }),
  google_dns_managed_zone: (given) => ({
    managed_zone_id: randomInt(2 ** 40),
    name_servers: ['a', 'b', 'c', 'd'].map((name) => `ns-cloud-${name}1.googledomains.com.`),
    dnssec_config: given['dnssec_config'] ?? [],
  }),
  google_storage_bucket: (given) => ({
    url: `gs://${text(given['name'])}`,
    public_access_prevention: 'inherited',
    uniform_bucket_level_access: false,
    rpo: 'DEFAULT',
  }),
};

/** Everything that the provider itself can say of a new resource: id, links, times and Google's defaults. */
export function computedOnCreate(type: string, given: ObjectValue, context: ProviderContext, now: string): ObjectValue {
  const answers = ANSWERS[type]?.(given, context) ?? {};
  const named = namesOf(type, { ...given, project_number: context.projectNumber, generated: numericId() });
  return {
    creation_timestamp: now,
    create_time: now,
    update_time: now,
    etag: fingerprint(given),
    deletion_policy: 'DELETE',
    ...answers,
    ...named,
  };
}

function first(value: Value | undefined): ObjectValue {
  return Array.isArray(value) && value.length > 0 ? (value[0] as ObjectValue) : {};
}

function startingNodes(given: ObjectValue): number {
  const autoscaling = first(given['autoscaling']);
  const minimum = autoscaling['total_min_node_count'] ?? autoscaling['min_node_count'];
  return typeof minimum === 'number' ? minimum : 1;
}

/** The zones that a region offers; a zone stays itself. */
export function zones(location: Value | undefined): string[] {
  const name = text(location);
  return /-[a-z]$/.test(name) ? [name] : ['a', 'b', 'c'].map((zone) => `${name}-${zone}`);
}

function fingerprintHex(given: ObjectValue): string {
  return createHash('sha256')
    .update(`${text(given['project'])}/${text(given['name'])}`)
    .digest('hex')
    .slice(0, 24);
}

/** The address that Google keeps for the subnet's gateway: the first of the range. */
function firstAddress(range: string): string {
  const [address = ''] = range.split('/');
  const parts = address.split('.').map(Number);
  return parts.length === 4 ? [...parts.slice(0, 3), parts[3]! + 1].join('.') : '';
}

function fingerprint(given: ObjectValue): string {
  return createHash('sha256').update(JSON.stringify(given)).digest('base64').slice(0, 11) + '=';
}

function numericId(): string {
  return `1${String(randomInt(10 ** 12)).padStart(18, '0')}`;
}
