import { isObject, text, valuesAt, type ObjectValue, type Value } from '../value.ts';
import { between, block, conflict, eachValue, isSet, oneOf, pattern, whole, type Rule } from './rule.ts';

const CLUSTER = 'google_container_cluster';
const POOL = 'google_container_node_pool';

/** Names in GKE: like a machine's, but 40 characters. */
const NAME = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;
const NAME_SENTENCE =
  'must hold lower-case letters, numbers and hyphens only, start with a letter, end with a letter or number, and have at most 40 characters';
const DURATION = /^\d+(\.\d+)?s$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/;

/** Machine families with the sizes that exist; a family that is not here is not judged. */
const MACHINES: Readonly<Record<string, RegExp>> = {
  c2: /^c2-standard-(4|8|16|30|60)$/,
  c2d: /^c2d-(standard|highcpu|highmem)-(2|4|8|16|32|56|112)$/,
  c3: /^c3-(standard|highcpu|highmem)-(4|8|22|44|88|176|192)(-(lssd|metal))?$/,
  e2: /^e2-(micro|small|medium|(standard|highmem|highcpu)-(2|4|8|16|32))$/,
  n2: /^n2-(standard|highmem|highcpu)-(2|4|8|16|32|48|64|80|96|128)$/,
};

/** What GKE lets a node set; anything else is refused when the pool is made. */
const SYSCTLS = new Set([
  ...[
    'busy_poll',
    'busy_read',
    'netdev_max_backlog',
    'optmem_max',
    'rmem_default',
    'rmem_max',
    'somaxconn',
    'wmem_default',
    'wmem_max',
  ].map((name) => `net.core.${name}`),
  ...['tcp_rmem', 'tcp_wmem', 'tcp_tw_reuse', 'tcp_max_orphans'].map((name) => `net.ipv4.${name}`),
  ...['conf.all.disable_ipv6', 'conf.default.disable_ipv6'].map((name) => `net.ipv6.${name}`),
  ...['nf_conntrack_max', 'nf_conntrack_buckets', 'nf_conntrack_acct'].map((name) => `net.netfilter.${name}`),
  ...['shmmni', 'shmmax', 'shmall', 'perf_event_paranoid', 'sched_rt_runtime_us'].map((name) => `kernel.${name}`),
  ...['max_map_count', 'overcommit_memory', 'swappiness', 'vfs_cache_pressure', 'dirty_ratio'].map(
    (name) => `vm.${name}`,
  ),
]);

const METRICS = [
  ...['SYSTEM_COMPONENTS', 'APISERVER', 'SCHEDULER', 'CONTROLLER_MANAGER', 'STORAGE', 'HPA', 'POD', 'DAEMONSET'],
  ...['DEPLOYMENT', 'STATEFULSET', 'KUBELET', 'CADVISOR', 'DCGM', 'JOBSET'],
];
const IMAGES = ['COS_CONTAINERD', 'UBUNTU_CONTAINERD', 'WINDOWS_LTSC_CONTAINERD'];
const DISKS = /^(pd-(standard|balanced|ssd)|hyperdisk-(balanced|throughput|extreme))$/;

const NODE_RULES = (type: string): Rule[] => [
  oneOf(type, 'node_config.taint.effect', ['NO_SCHEDULE', 'PREFER_NO_SCHEDULE', 'NO_EXECUTE']),
  oneOf(type, 'node_config.workload_metadata_config.mode', ['MODE_UNSPECIFIED', 'GCE_METADATA', 'GKE_METADATA']),
  between(type, 'node_config.disk_size_gb', 10, 65536),
  eachValue(type, 'node_config.machine_type', 'exists', machine, 'apply'),
  eachValue(type, 'node_config.linux_node_config.sysctls', 'allowed', sysctls, 'apply'),
  eachValue(type, 'node_config.labels', 'not reserved', labels, 'apply'),
  eachValue(
    type,
    'node_config.image_type',
    'exists',
    (value) =>
      IMAGES.includes(text(value).toUpperCase()) ? undefined : `Image type "${text(value)}" is not supported`,
    'apply',
  ),
  eachValue(
    type,
    'node_config.disk_type',
    'exists',
    (value) => (DISKS.test(text(value)) ? undefined : `Invalid value for field 'diskType': '${text(value)}'`),
    'apply',
  ),
];

/** What GKE refuses of clusters and node pools. */
export const CONTAINER_RULES: readonly Rule[] = [
  pattern(CLUSTER, 'name', NAME, NAME_SENTENCE),
  oneOf(CLUSTER, 'networking_mode', ['VPC_NATIVE', 'ROUTES']),
  oneOf(CLUSTER, 'datapath_provider', ['DATAPATH_PROVIDER_UNSPECIFIED', 'LEGACY_DATAPATH', 'ADVANCED_DATAPATH']),
  oneOf(CLUSTER, 'release_channel.channel', ['UNSPECIFIED', 'RAPID', 'REGULAR', 'STABLE', 'EXTENDED']),
  oneOf(CLUSTER, 'logging_config.enable_components', [
    'SYSTEM_COMPONENTS',
    'WORKLOADS',
    'APISERVER',
    'CONTROLLER_MANAGER',
    'SCHEDULER',
    'KCP_CONNECTION',
    'KCP_SSHD',
    'KCP_HPA',
  ]),
  eachValue(
    CLUSTER,
    'monitoring_config.enable_components',
    'exists',
    (value) => (METRICS.includes(text(value)) ? undefined : `Invalid value at 'monitoring_config': "${text(value)}"`),
    'apply',
  ),
  ...['start_time', 'end_time'].map((name) =>
    pattern(
      CLUSTER,
      `maintenance_policy.maintenance_exclusion.${name}`,
      TIME,
      'must be a time in RFC 3339, such as 2025-01-03T17:00:00Z',
    ),
  ),
  whole(CLUSTER, 'maintenance_policy.maintenance_exclusion', 'ends after it begins', exclusionEndsFirst, 'apply'),
  oneOf(CLUSTER, 'maintenance_policy.maintenance_exclusion.exclusion_options.scope', [
    'NO_UPGRADES',
    'NO_MINOR_UPGRADES',
    'NO_MINOR_OR_NODE_UPGRADES',
  ]),
  pattern(
    CLUSTER,
    'maintenance_policy.recurring_window.start_time',
    TIME,
    'must be a time in RFC 3339, such as 2025-01-03T17:00:00Z',
  ),
  pattern(
    CLUSTER,
    'maintenance_policy.recurring_window.end_time',
    TIME,
    'must be a time in RFC 3339, such as 2025-01-03T23:00:00Z',
  ),
  pattern(
    CLUSTER,
    'maintenance_policy.recurring_window.recurrence',
    /^(RRULE:)?FREQ=(DAILY|WEEKLY)\b/,
    'must be an RFC 5545 rule with FREQ=DAILY or FREQ=WEEKLY',
  ),
  pattern(
    CLUSTER,
    'workload_identity_config.workload_pool',
    /^[a-z][a-z0-9-]+\.svc\.id\.goog$/,
    'must be <project>.svc.id.goog',
  ),
  conflict(
    CLUSTER,
    'ip_allocation_policy.cluster_secondary_range_name',
    'ip_allocation_policy.cluster_ipv4_cidr_block',
  ),
  conflict(
    CLUSTER,
    'ip_allocation_policy.services_secondary_range_name',
    'ip_allocation_policy.services_ipv4_cidr_block',
  ),
  whole(CLUSTER, 'remove_default_node_pool', 'conflicts with enable_autopilot', (config) =>
    config['enable_autopilot'] === true && config['remove_default_node_pool'] === true
      ? '"enable_autopilot": conflicts with remove_default_node_pool'
      : undefined,
  ),
  whole(
    CLUSTER,
    'initial_node_count',
    'some nodes to begin with',
    (config) =>
      config['enable_autopilot'] !== true && !isSet(config, 'node_pool') && !((config['initial_node_count'] ?? 0) !== 0)
        ? 'Cluster.initial_node_count must be greater than zero.'
        : undefined,
    'apply',
  ),
  whole(CLUSTER, 'maintenance_policy', 'long enough', windowTooShort, 'apply'),
  ...NODE_RULES(CLUSTER),

  pattern(POOL, 'name', NAME, NAME_SENTENCE),
  conflict(POOL, 'name', 'name_prefix'),
  oneOf(POOL, 'autoscaling.location_policy', ['BALANCED', 'ANY']),
  conflict(POOL, 'autoscaling.total_min_node_count', 'autoscaling.min_node_count'),
  conflict(POOL, 'autoscaling.total_max_node_count', 'autoscaling.max_node_count'),
  oneOf(POOL, 'upgrade_settings.strategy', ['SURGE', 'BLUE_GREEN', 'SHORT_LIVED']),
  pattern(POOL, 'node_drain_config.grace_termination_duration', DURATION, 'must be a number of seconds, such as 3600s'),
  pattern(POOL, 'node_drain_config.pdb_timeout_duration', DURATION, 'must be a number of seconds, such as 3600s'),
  whole(POOL, 'autoscaling', 'maximum not below minimum', maximumBelowMinimum, 'apply'),
  whole(
    POOL,
    'upgrade_settings',
    'some room to upgrade',
    (config) => {
      const { max_surge: surge, max_unavailable: unavailable } = block(config, 'upgrade_settings');
      return surge === 0 && unavailable === 0 ? 'max_surge and max_unavailable may not both be zero' : undefined;
    },
    'apply',
  ),
  ...NODE_RULES(POOL),
];

function machine(value: Value): string | undefined {
  const known = typeof value === 'string' ? MACHINES[value.split('-')[0]!] : undefined;
  return known && !known.test(text(value))
    ? `Invalid value for field 'resource.machineType': '${text(value)}' does not exist in zone`
    : undefined;
}

function sysctls(value: Value): string | undefined {
  const refused = Object.keys(value as ObjectValue).find((name) => !SYSCTLS.has(name));
  return refused === undefined ? undefined : `Linux node config: sysctl "${refused}" is not supported`;
}

function labels(value: Value): string | undefined {
  const refused = Object.keys(value as ObjectValue).find((name) => /(^|\.)(kubernetes|k8s)\.io\//.test(name));
  return refused === undefined ? undefined : `Node labels: the prefix of "${refused}" is reserved`;
}

/** GKE wants 48 hours in any 32 days, in windows of 4 hours or more. */
function windowTooShort(config: ObjectValue): string | undefined {
  const window = block(block(config, 'maintenance_policy'), 'recurring_window');
  const { start_time: start, end_time: end, recurrence } = window;
  if (typeof start !== 'string' || typeof end !== 'string' || typeof recurrence !== 'string') return undefined;
  const hours = (Date.parse(end) - Date.parse(start)) / 3_600_000;
  const days = /BYDAY=([A-Z,]+)/.exec(recurrence)?.[1]?.split(',').length ?? (recurrence.includes('DAILY') ? 7 : 1);
  if (hours < 4)
    return 'maintenance policy would go longer than 32d without 48h maintenance availability of at least 4h contiguous';
  return hours * days * 4 >= 48
    ? undefined
    : 'maintenance policy would go longer than 32d without 48h maintenance availability';
}

function exclusionEndsFirst(config: ObjectValue): string | undefined {
  for (const { value } of valuesAt(config, 'maintenance_policy.maintenance_exclusion')) {
    for (const exclusion of (Array.isArray(value) ? value : [value]).filter(isObject)) {
      const { start_time: start, end_time: end } = exclusion;
      if (typeof start === 'string' && typeof end === 'string' && Date.parse(end) <= Date.parse(start))
        return `Maintenance exclusion ends (${end}) before it starts (${start})`;
    }
  }
  return undefined;
}

function maximumBelowMinimum(config: ObjectValue): string | undefined {
  const scaling = block(config, 'autoscaling');
  for (const prefix of ['', 'total_']) {
    const [minimum, maximum] = [scaling[`${prefix}min_node_count`], scaling[`${prefix}max_node_count`]];
    if (typeof minimum === 'number' && typeof maximum === 'number' && maximum < minimum)
      return `Autoscaling: ${prefix}max_node_count (${maximum}) is less than ${prefix}min_node_count (${minimum})`;
  }
  return undefined;
}
