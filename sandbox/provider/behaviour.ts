import { readFileSync } from 'node:fs';
import { modelOf } from './supplement.ts';
import type { Value } from './value.ts';

/** How the real provider treats one resource type, beyond the structure that its schema tells. */
export interface Behaviour {
  /** Top-level attributes and blocks of which a change replaces the resource. */
  readonly forceNew: ReadonlySet<string>;
  /** Values of attributes that the configuration leaves out, by dotted path. */
  readonly defaults: Readonly<Record<string, Value>>;
  /** Blocks that Google fills when the configuration leaves them out, by dotted path. */
  readonly computedBlocks: ReadonlySet<string>;
  /** Where a block replaces only for some of what is in it: these paths, relative to the block. */
  readonly forceNewWithin: Readonly<Record<string, readonly string[]>>;
}

interface Measured {
  readonly force_new: readonly string[];
  readonly defaults: Readonly<Record<string, Value>>;
}

let measured: Readonly<Record<string, Measured>> | undefined;

/** What was measured of the real provider (top level), with what its documentation says of nested blocks. */
export function behaviourOf(type: string): Behaviour {
  measured ??= (
    JSON.parse(readFileSync(new URL('google-behaviour.json', import.meta.url), 'utf8')) as {
      resources: Record<string, Measured>;
    }
  ).resources;
  const model = modelOf(type);
  const top = measured[model.type];
  return {
    forceNew: new Set((top?.force_new ?? []).map(model.name)),
    defaults: { ...top?.defaults, ...NESTED_DEFAULTS[type] },
    computedBlocks: new Set(COMPUTED_BLOCKS[type] ?? []),
    forceNewWithin: FORCE_NEW_WITHIN[type] ?? {},
  };
}

const SHIELDED_DEFAULTS = {
  'node_config.shielded_instance_config.enable_secure_boot': false,
  'node_config.shielded_instance_config.enable_integrity_monitoring': true,
  'node_config.preemptible': false,
  'node_config.spot': false,
};

const NESTED_DEFAULTS: Record<string, Record<string, Value>> = {
  google_compute_subnetwork: {
    'log_config.aggregation_interval': 'INTERVAL_5_SEC',
    'log_config.flow_sampling': 0.5,
    'log_config.metadata': 'INCLUDE_ALL_METADATA',
    'log_config.filter_expr': 'true',
  },
  google_container_cluster: {
    'ip_allocation_policy.stack_type': 'IPV4',
    'cluster_autoscaling.autoscaling_profile': 'BALANCED',
    'network_policy.provider': 'PROVIDER_UNSPECIFIED',
    ...SHIELDED_DEFAULTS,
  },
  google_container_node_pool: {
    'management.auto_repair': true,
    'management.auto_upgrade': true,
    'upgrade_settings.strategy': 'SURGE',
    ...SHIELDED_DEFAULTS,
  },
};

const NODE_CONFIG_COMPUTED = [
  'boot_disk',
  'confidential_nodes',
  'containerd_config',
  'gcfs_config',
  'guest_accelerator',
  'kubelet_config',
  'shielded_instance_config',
  'workload_metadata_config',
].map((name) => `node_config.${name}`);

const COMPUTED_BLOCKS: Record<string, readonly string[]> = {
  google_compute_subnetwork: ['secondary_ip_range'],
  google_container_cluster: [
    'addons_config',
    'authenticator_groups_config',
    'cluster_autoscaling',
    'confidential_nodes',
    'control_plane_endpoints_config',
    'control_plane_endpoints_config.dns_endpoint_config',
    'control_plane_endpoints_config.ip_endpoints_config',
    'cost_management_config',
    'database_encryption',
    'default_snat_status',
    'gateway_api_config',
    'gke_auto_upgrade_config',
    'identity_service_config',
    'ip_allocation_policy',
    'logging_config',
    'master_auth',
    'master_authorized_networks_config',
    'mesh_certificates',
    'monitoring_config',
    'monitoring_config.managed_prometheus',
    'node_config',
    ...NODE_CONFIG_COMPUTED,
    'node_pool',
    'node_pool_auto_config',
    'node_pool_defaults',
    'notification_config',
    'private_cluster_config',
    'release_channel',
    'security_posture_config',
    'service_external_ips_config',
    'vertical_pod_autoscaling',
    'workload_identity_config',
  ],
  google_container_node_pool: [
    'management',
    'network_config',
    'node_config',
    ...NODE_CONFIG_COMPUTED,
    'node_drain_config',
    'upgrade_settings',
  ],
  google_storage_bucket: ['soft_delete_policy'],
};

/** Of a node's configuration GKE changes the rest on a running pool. */
const NODE_CONFIG_FORCE_NEW = [
  'advanced_machine_features',
  'boot_disk_kms_key',
  'confidential_nodes',
  'enable_confidential_storage',
  'ephemeral_storage_local_ssd_config',
  'flex_start',
  'guest_accelerator',
  'host_maintenance_policy',
  'local_nvme_ssd_block_config',
  'local_ssd_count',
  'local_ssd_encryption_mode',
  'max_run_duration',
  'metadata',
  'min_cpu_platform',
  'node_group',
  'oauth_scopes',
  'preemptible',
  'reservation_affinity',
  'sandbox_config',
  'secondary_boot_disks',
  'service_account',
  'shielded_instance_config',
  'sole_tenant_config',
  'spot',
];

const FORCE_NEW_WITHIN: Record<string, Record<string, readonly string[]>> = {
  google_container_node_pool: {
    node_config: NODE_CONFIG_FORCE_NEW,
    network_config: [
      'create_pod_range',
      'pod_range',
      'pod_ipv4_cidr_block',
      'additional_node_network_configs',
      'additional_pod_network_configs',
    ],
  },
  google_container_cluster: {
    node_config: NODE_CONFIG_FORCE_NEW,
    ip_allocation_policy: [
      'cluster_ipv4_cidr_block',
      'cluster_secondary_range_name',
      'services_ipv4_cidr_block',
      'services_secondary_range_name',
      'stack_type',
    ],
  },
};
