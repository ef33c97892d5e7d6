import { RULES, assertAccepted, refusalsOf } from './refusals.ts';
import { nameOf } from './rules/rule.ts';
import { conform, resourceSchema } from './schema.ts';
import { StoreError } from './store.ts';
import { UNKNOWN, type ObjectValue, type Value } from './value.ts';

const PROJECT_MEMBER = { project: 'p', role: 'roles/viewer', member: 'user:a@example.com' };

/** One configuration of each type that is accepted; each row below spoils one thing in it. */
const ACCEPTED: Record<string, ObjectValue> = {
  google_compute_network: { name: 'network', routing_mode: 'REGIONAL', mtu: 1460 },
  google_compute_subnetwork: {
    name: 'subnet',
    network: 'network',
    ip_cidr_range: '10.0.0.0/20',
    secondary_ip_range: [{ range_name: 'pods', ip_cidr_range: '10.4.0.0/16' }],
  },
  google_compute_firewall: {
    name: 'rule',
    network: 'network',
    source_ranges: ['0.0.0.0/0'],
    allow: [{ protocol: 'tcp', ports: ['22', '8080-8090'] }],
  },
  google_compute_address: { name: 'address' },
  google_compute_global_address: {
    name: 'range',
    purpose: 'VPC_PEERING',
    address_type: 'INTERNAL',
    network: 'network',
    prefix_length: 20,
  },
  google_compute_router: { name: 'router', network: 'network' },
  google_compute_ssl_policy: { name: 'policy' },
  google_compute_security_policy: { name: 'policy' },
  google_service_networking_connection: {
    network: 'network',
    service: 'servicenetworking.googleapis.com',
    reserved_peering_ranges: ['range'],
  },
  google_container_cluster: { name: 'cluster', initial_node_count: 1 },
  google_container_node_pool: { name: 'pool', cluster: 'cluster' },
  google_redis_instance: { name: 'redis', memory_size_gb: 1 },
  google_secret_manager_secret: { secret_id: 'secret', replication: [{ auto: [{}] }] },
  google_secret_manager_secret_version: {
    secret: 'projects/p/secrets/s',
    secret_data_wo: 'value',
    secret_data_wo_version: '1',
  },
  google_storage_bucket: { name: 'bucket', location: 'ASIA' },
  google_dns_managed_zone: { name: 'zone', dns_name: 'example.com.' },
  google_dns_record_set: { name: 'a.example.com.', managed_zone: 'zone', type: 'A', rrdatas: ['192.0.2.1'] },
  google_project_service: { service: 'container.googleapis.com' },
  google_project_iam_member: PROJECT_MEMBER,
  google_service_account_iam_member: { ...PROJECT_MEMBER, service_account_id: 'projects/p/serviceAccounts/a' },
  google_secret_manager_secret_iam_member: { ...PROJECT_MEMBER, secret_id: 's' },
  google_storage_bucket_iam_member: { ...PROJECT_MEMBER, bucket: 'b' },
  google_kms_crypto_key_iam_member: { ...PROJECT_MEMBER, crypto_key_id: 'k' },
  google_dns_managed_zone_iam_member: { ...PROJECT_MEMBER, managed_zone: 'zone' },
  google_service_account: { account_id: 'account' },
  google_project_iam_custom_role: { role_id: 'role', title: 'Role', permissions: ['a.b.c'] },
  google_iam_workload_identity_pool: { workload_identity_pool_id: 'github-pool' },
  google_iam_workload_identity_pool_provider: {
    workload_identity_pool_id: 'github-pool',
    workload_identity_pool_provider_id: 'github-provider',
    attribute_mapping: { 'google.subject': 'assertion.sub' },
    attribute_condition: "assertion.repository_id == '1'",
    oidc: [{ issuer_uri: 'https://token.actions.githubusercontent.com' }],
  },
};

const node = (config: ObjectValue): ObjectValue => ({ node_config: [config] });
const maintenance = (window: ObjectValue): ObjectValue => ({
  maintenance_policy: [
    {
      recurring_window: [
        {
          start_time: '2025-01-03T17:00:00Z',
          end_time: '2025-01-03T23:00:00Z',
          recurrence: 'FREQ=WEEKLY;BYDAY=FR,SA',
          ...window,
        },
      ],
    },
  ],
});
const [SOON, LATER] = ['2026-12-20T00:00:00Z', '2027-01-05T00:00:00Z'];
const exclusion = (start: string, end: string): ObjectValue => ({
  maintenance_policy: [{ maintenance_exclusion: [{ exclusion_name: 'e', start_time: start, end_time: end }] }],
});
const weekly = (day: Value, time: ObjectValue): ObjectValue => ({
  maintenance_policy: [{ weekly_maintenance_window: [{ day, start_time: [time] }] }],
});

/** A row for each rule: what is changed in the accepted configuration so that the rule refuses it. */
const REFUSED: [rule: string, change: ObjectValue][] = [
  ...[
    'google_compute_network',
    'google_compute_subnetwork',
    'google_compute_firewall',
    'google_compute_address',
    'google_compute_global_address',
    'google_compute_router',
    'google_compute_ssl_policy',
    'google_compute_security_policy',
    'google_dns_managed_zone',
    'google_container_cluster',
    'google_container_node_pool',
    'google_redis_instance',
    'google_storage_bucket',
  ].map((type): [string, ObjectValue] => [`${type}.name pattern`, { name: 'Bad_Name-' }]),
  ['google_compute_network.routing_mode one of', { routing_mode: 'LOCAL' }],
  ['google_compute_network.mtu between', { mtu: 100 }],
  ['google_compute_subnetwork.ip_cidr_range CIDR', { ip_cidr_range: '10.0.0.1/20' }],
  [
    'google_compute_subnetwork.secondary_ip_range.ip_cidr_range CIDR',
    { secondary_ip_range: [{ range_name: 'pods', ip_cidr_range: '10.4.0.0' }] },
  ],
  [
    'google_compute_subnetwork.secondary_ip_range.range_name pattern',
    { secondary_ip_range: [{ range_name: 'Pods', ip_cidr_range: '10.4.0.0/16' }] },
  ],
  ['google_compute_subnetwork.stack_type one of', { stack_type: 'IPV5' }],
  [
    'google_compute_subnetwork.log_config.aggregation_interval one of',
    { log_config: [{ aggregation_interval: '5s' }] },
  ],
  ['google_compute_subnetwork.log_config.metadata one of', { log_config: [{ metadata: 'ALL' }] }],
  ['google_compute_subnetwork.log_config.flow_sampling between', { log_config: [{ flow_sampling: 2 }] }],
  [
    'google_compute_subnetwork.ip_cidr_range overlaps',
    { secondary_ip_range: [{ range_name: 'pods', ip_cidr_range: '10.0.8.0/24' }] },
  ],
  ['google_compute_subnetwork.ip_cidr_range prefix', { ip_cidr_range: '10.0.0.0/30' }],
  ['google_compute_firewall.allow exactly one of allow,deny', { deny: [{ protocol: 'udp' }] }],
  ['google_compute_firewall.direction one of', { direction: 'IN' }],
  ['google_compute_firewall.source_ranges CIDR', { source_ranges: ['10.0.0.0/20', 'everywhere'] }],
  ['google_compute_firewall.destination_ranges CIDR', { destination_ranges: ['300.0.0.0/8'] }],
  ['google_compute_firewall.priority between', { priority: 70000 }],
  ['google_compute_firewall.allow.ports port range', { allow: [{ protocol: 'tcp', ports: ['60000-50000'] }] }],
  ['google_compute_firewall.deny.ports port range', { allow: [], deny: [{ protocol: 'tcp', ports: ['http'] }] }],
  ['google_compute_firewall.target_tags pattern', { target_tags: ['LiveKit'] }],
  [
    'google_compute_firewall.source_tags conflicts with target_service_accounts',
    { source_tags: ['a'], target_service_accounts: ['a@p.iam.gserviceaccount.com'] },
  ],
  [
    'google_compute_firewall.target_tags conflicts with target_service_accounts',
    { target_tags: ['a'], target_service_accounts: ['a@p.iam.gserviceaccount.com'] },
  ],
  ['google_compute_firewall.source_ranges a source for INGRESS', { source_ranges: [] }],
  [
    'google_compute_firewall.allow ports without a protocol that has them',
    { allow: [{ protocol: 'icmp', ports: ['80'] }] },
  ],
  ['google_compute_global_address.address_type one of', { address_type: 'PRIVATE' }],
  ['google_compute_global_address.purpose one of', { purpose: 'PEERING' }],
  ['google_compute_global_address.purpose a peering range as a whole', { address_type: 'EXTERNAL' }],
  ['google_compute_global_address.prefix_length between', { prefix_length: 30 }],
  ['google_compute_address.address_type one of', { address_type: 'PUBLIC' }],
  ['google_compute_address.network_tier one of', { network_tier: 'GOLD' }],
  ['google_service_networking_connection.deletion_policy one of', { deletion_policy: 'KEEP' }],
  ['google_service_networking_connection.service pattern', { service: 'servicenetworking' }],
  ['google_service_networking_connection.reserved_peering_ranges not empty', { reserved_peering_ranges: [] }],
  ['google_container_cluster.networking_mode one of', { networking_mode: 'VPC' }],
  ['google_container_cluster.datapath_provider one of', { datapath_provider: 'CILIUM' }],
  ['google_container_cluster.release_channel.channel one of', { release_channel: [{ channel: 'SLOW' }] }],
  [
    'google_container_cluster.logging_config.enable_components one of',
    { logging_config: [{ enable_components: ['ALL'] }] },
  ],
  [
    'google_container_cluster.maintenance_policy.maintenance_exclusion.exclusion_options.scope one of',
    {
      maintenance_policy: [
        {
          maintenance_exclusion: [
            { exclusion_name: 'x', start_time: '', end_time: '', exclusion_options: [{ scope: 'NOTHING' }] },
          ],
        },
      ],
    },
  ],
  [
    'google_container_cluster.maintenance_policy.recurring_window.start_time pattern',
    maintenance({ start_time: 'Friday' }),
  ],
  ['google_container_cluster.maintenance_policy.recurring_window.end_time pattern', maintenance({ end_time: '23:00' })],
  [
    'google_container_cluster.maintenance_policy.recurring_window.recurrence pattern',
    maintenance({ recurrence: 'every Friday' }),
  ],
  [
    'google_container_cluster.workload_identity_config.workload_pool pattern',
    { workload_identity_config: [{ workload_pool: 'project' }] },
  ],
  [
    'google_container_cluster.ip_allocation_policy.cluster_secondary_range_name conflicts with ip_allocation_policy.cluster_ipv4_cidr_block',
    { ip_allocation_policy: [{ cluster_secondary_range_name: 'pods', cluster_ipv4_cidr_block: '/16' }] },
  ],
  [
    'google_container_cluster.ip_allocation_policy.services_secondary_range_name conflicts with ip_allocation_policy.services_ipv4_cidr_block',
    { ip_allocation_policy: [{ services_secondary_range_name: 'services', services_ipv4_cidr_block: '/20' }] },
  ],
  [
    'google_container_cluster.remove_default_node_pool conflicts with enable_autopilot',
    { enable_autopilot: true, remove_default_node_pool: true },
  ],
  ['google_container_cluster.initial_node_count some nodes to begin with', { initial_node_count: null }],
  ['google_container_cluster.maintenance_policy long enough', maintenance({ recurrence: 'FREQ=WEEKLY;BYDAY=SA' })],
  ['google_container_node_pool.name conflicts with name_prefix', { name_prefix: 'pool-' }],
  ['google_container_node_pool.autoscaling.location_policy one of', { autoscaling: [{ location_policy: 'SOME' }] }],
  [
    'google_container_node_pool.autoscaling.total_min_node_count conflicts with autoscaling.min_node_count',
    { autoscaling: [{ total_min_node_count: 1, min_node_count: 1 }] },
  ],
  [
    'google_container_node_pool.autoscaling.total_max_node_count conflicts with autoscaling.max_node_count',
    { autoscaling: [{ total_max_node_count: 1, max_node_count: 1 }] },
  ],
  ['google_container_node_pool.upgrade_settings.strategy one of', { upgrade_settings: [{ strategy: 'ALL' }] }],
  [
    'google_container_node_pool.node_drain_config.grace_termination_duration pattern',
    { node_drain_config: [{ grace_termination_duration: '5h' }] },
  ],
  [
    'google_container_node_pool.node_drain_config.pdb_timeout_duration pattern',
    { node_drain_config: [{ pdb_timeout_duration: 'forever' }] },
  ],
  [
    'google_container_node_pool.autoscaling maximum not below minimum',
    { autoscaling: [{ total_min_node_count: 3, total_max_node_count: 2 }] },
  ],
  [
    'google_container_node_pool.upgrade_settings some room to upgrade',
    { upgrade_settings: [{ max_surge: 0, max_unavailable: 0 }] },
  ],
  [
    'google_container_cluster.monitoring_config.enable_components exists',
    { monitoring_config: [{ enable_components: ['WORKLOAD'] }] },
  ],
  [
    'google_container_cluster.maintenance_policy.maintenance_exclusion.start_time pattern',
    exclusion('tomorrow', LATER),
  ],
  ['google_container_cluster.maintenance_policy.maintenance_exclusion.end_time pattern', exclusion(SOON, 'never')],
  ['google_container_cluster.maintenance_policy.maintenance_exclusion ends after it begins', exclusion(LATER, SOON)],
  ...['google_container_cluster', 'google_container_node_pool'].flatMap((type): [string, ObjectValue][] => [
    [`${type}.node_config.taint.effect one of`, node({ taint: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] })],
    [`${type}.node_config.workload_metadata_config.mode one of`, node({ workload_metadata_config: [{ mode: 'GKE' }] })],
    [`${type}.node_config.disk_size_gb between`, node({ disk_size_gb: 5 })],
    [`${type}.node_config.machine_type exists`, node({ machine_type: 'c2-standard-5' })],
    [
      `${type}.node_config.linux_node_config.sysctls allowed`,
      node({ linux_node_config: [{ sysctls: { 'net.core.rmem': '1' } }] }),
    ],
    [`${type}.node_config.image_type exists`, node({ image_type: 'COS' })],
    [`${type}.node_config.disk_type exists`, node({ disk_type: 'ssd' })],
    [`${type}.node_config.labels not reserved`, node({ labels: { 'kubernetes.io/role': 'x' } })],
  ]),
  ['google_redis_instance.tier one of', { tier: 'STANDARD' }],
  ['google_redis_instance.connect_mode one of', { connect_mode: 'PEERING' }],
  ['google_redis_instance.transit_encryption_mode one of', { transit_encryption_mode: 'ENABLED' }],
  ['google_redis_instance.read_replicas_mode one of', { read_replicas_mode: 'ON' }],
  ['google_redis_instance.maintenance_policy.weekly_maintenance_window.day one of', weekly('Friday', { hours: 1 })],
  [
    'google_redis_instance.maintenance_policy.weekly_maintenance_window.start_time.hours between',
    weekly('FRIDAY', { hours: 24 }),
  ],
  [
    'google_redis_instance.maintenance_policy.weekly_maintenance_window.start_time.minutes between',
    weekly('FRIDAY', { minutes: 60 }),
  ],
  ['google_redis_instance.redis_version exists', { redis_version: 'REDIS_7' }],
  ['google_redis_instance.memory_size_gb size', { memory_size_gb: 0 }],
  [
    'google_redis_instance.read_replicas_mode STANDARD_HA of 5 GB',
    { read_replicas_mode: 'READ_REPLICAS_ENABLED', tier: 'STANDARD_HA' },
  ],
  [
    'google_redis_instance.connect_mode a network for private service access',
    { connect_mode: 'PRIVATE_SERVICE_ACCESS' },
  ],
  ['google_secret_manager_secret.secret_id pattern', { secret_id: 'a secret' }],
  [
    'google_secret_manager_secret.replication.auto exactly one of replication.auto,replication.user_managed',
    { replication: [{}] },
  ],
  [
    'google_secret_manager_secret_version.secret_data exactly one of secret_data,secret_data_wo',
    { secret_data: 'another' },
  ],
  [
    'google_secret_manager_secret_version.secret_data_wo needs secret_data_wo_version',
    { secret_data_wo_version: null },
  ],
  ['google_secret_manager_secret_version.deletion_policy one of', { deletion_policy: 'KEEP' }],
  ['google_secret_manager_secret_version.secret pattern', { secret: 'name' }],
  ['google_secret_manager_secret_version.secret_data_wo not empty', { secret_data_wo: '' }],
  ['google_storage_bucket.public_access_prevention one of', { public_access_prevention: 'on' }],
  ['google_storage_bucket.lifecycle_rule.action.type one of', { lifecycle_rule: [{ action: [{ type: 'delete' }] }] }],
  ['google_storage_bucket.name no google', { name: 'my-google-bucket' }],
  ['google_dns_managed_zone.dns_name pattern', { dns_name: 'example.com' }],
  ['google_dns_managed_zone.visibility one of', { visibility: 'secret' }],
  ['google_dns_record_set.name pattern', { name: 'a.example.com' }],
  ['google_dns_record_set.type one of', { type: 'ALIAS' }],
  ['google_dns_record_set.rrdatas exactly one of rrdatas,routing_policy', { rrdatas: null }],
  ['google_dns_record_set.rrdatas right for the type', { rrdatas: ['another.example.com.'] }],
  ['google_project_service.service pattern', { service: 'container' }],
  ...[
    'google_project_iam_member',
    'google_service_account_iam_member',
    'google_secret_manager_secret_iam_member',
    'google_storage_bucket_iam_member',
    'google_kms_crypto_key_iam_member',
    'google_dns_managed_zone_iam_member',
  ].flatMap((type): [string, ObjectValue][] => [
    [`${type}.member pattern`, { member: 'a@example.com' }],
    [`${type}.role pattern`, { role: 'viewer' }],
  ]),
  ['google_project_iam_member.member not everybody', { member: 'allUsers' }],
  ['google_service_account.account_id pattern', { account_id: 'abc' }],
  ['google_service_account.display_name length', { display_name: 'x'.repeat(101) }],
  ['google_project_iam_custom_role.role_id pattern', { role_id: 'my-role' }],
  ['google_project_iam_custom_role.stage one of', { stage: 'NEW' }],
  ['google_iam_workload_identity_pool.workload_identity_pool_id pattern', { workload_identity_pool_id: 'gcp-pool' }],
  [
    'google_iam_workload_identity_pool_provider.workload_identity_pool_provider_id pattern',
    { workload_identity_pool_provider_id: 'gh' },
  ],
  ['google_iam_workload_identity_pool_provider.oidc exactly one of oidc,aws,saml,x509', { oidc: [] }],
  [
    'google_iam_workload_identity_pool_provider.oidc.issuer_uri pattern',
    { oidc: [{ issuer_uri: 'http://example.com' }] },
  ],
  [
    'google_iam_workload_identity_pool_provider.attribute_mapping google.subject',
    { attribute_mapping: { 'attribute.actor': 'assertion.actor' } },
  ],
  [
    'google_iam_workload_identity_pool_provider.attribute_condition for a shared issuer',
    { attribute_condition: 'true' },
  ],
];

const typeOf = (rule: string): string => rule.slice(0, rule.indexOf('.'));

function configuration(type: string, change: ObjectValue = {}): ObjectValue {
  // conform drops write-only values, as a state has none; a configuration does
  const config = { ...ACCEPTED[type], ...change };
  const secret = config['secret_data_wo'];
  return {
    ...conform(resourceSchema(type).block, config),
    ...(secret === undefined ? {} : { secret_data_wo: secret }),
  };
}

describe('what the provider stand-in refuses', () => {
  test('has a row for each rule, and each rule is its own', () => {
    const names = RULES.map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    expect(REFUSED.map(([rule]) => rule).sort()).toEqual(names.sort());
  });

  test.each(Object.keys(ACCEPTED))('accepts a right %s', (type) => {
    expect(refusalsOf(type, configuration(type), { writeOnlyAllowed: true })).toEqual([]);
    expect(() => assertAccepted(type, configuration(type))).not.toThrow();
  });

  test.each(REFUSED)('%s', (name, change) => {
    const rule = RULES.find((candidate) => nameOf(candidate) === name)!;
    const config = configuration(typeOf(name), change);
    const offences = rule.check(config);
    expect(offences).not.toEqual([]);
    expect(offences[0]!.path[0]).toBe(rule.at.split('.')[0]);
    if (rule.when === 'plan') {
      const summaries = refusalsOf(rule.type, config, { writeOnlyAllowed: true }).map(({ summary }) => summary);
      expect(summaries).toContain(offences[0]!.message);
    } else expect(() => assertAccepted(rule.type, config)).toThrow(StoreError);
  });

  test('says nothing of a value that is not known yet', () => {
    const config = configuration('google_compute_subnetwork', { name: UNKNOWN, ip_cidr_range: UNKNOWN });
    expect(refusalsOf('google_compute_subnetwork', config, { writeOnlyAllowed: true })).toEqual([]);
  });

  test('refuses a value for what only Google sets, also in a block', () => {
    const config = configuration('google_compute_network', { self_link: 'https://example.com' });
    expect(refusalsOf('google_compute_network', config, { writeOnlyAllowed: true })).toEqual([
      expect.objectContaining({ summary: 'Value for unconfigurable attribute', path: ['self_link'] }),
    ]);
    const redis = configuration('google_redis_instance', { maintenance_policy: [{ create_time: 'now' }] });
    expect(refusalsOf('google_redis_instance', redis, { writeOnlyAllowed: true })).toEqual([
      expect.objectContaining({ path: ['maintenance_policy', 0, 'create_time'] }),
    ]);
  });

  test('refuses an id of the user', () => {
    const config = configuration('google_compute_network', { id: 'mine' });
    expect(refusalsOf('google_compute_network', config, { writeOnlyAllowed: true })).toEqual([
      expect.objectContaining({ summary: 'Invalid or unknown key', path: ['id'] }),
    ]);
  });

  test('refuses a write-only value from a Terraform that would keep it', () => {
    const type = 'google_secret_manager_secret_version';
    expect(refusalsOf(type, configuration(type), { writeOnlyAllowed: false })).toEqual([
      expect.objectContaining({ summary: 'Write-only Attribute Not Allowed', path: ['secret_data_wo'] }),
    ]);
  });
});
