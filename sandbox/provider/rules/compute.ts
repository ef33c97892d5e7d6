import { isObject, text, valuesAt, type ObjectValue, type Value } from '../value.ts';
import {
  GCE_NAME,
  GCE_NAME_SENTENCE,
  between,
  cidr,
  conflict,
  eachValue,
  exactlyOne,
  isSet,
  oneOf,
  parseCidr,
  pattern,
  strings,
  whole,
  type Rule,
} from './rule.ts';

const NAMED = [
  'google_compute_network',
  'google_compute_subnetwork',
  'google_compute_firewall',
  'google_compute_address',
  'google_compute_global_address',
  'google_compute_router',
  'google_compute_ssl_policy',
  'google_compute_security_policy',
];

const SUBNETWORK = 'google_compute_subnetwork';
const FIREWALL = 'google_compute_firewall';
const GLOBAL_ADDRESS = 'google_compute_global_address';
const CONNECTION = 'google_service_networking_connection';
const SOURCES = ['source_ranges', 'source_tags', 'source_service_accounts'];

/** What Compute Engine and service networking refuse. */
export const COMPUTE_RULES: readonly Rule[] = [
  ...NAMED.map((type) => pattern(type, 'name', GCE_NAME, GCE_NAME_SENTENCE)),
  oneOf('google_compute_network', 'routing_mode', ['REGIONAL', 'GLOBAL']),
  between('google_compute_network', 'mtu', 1300, 8896),

  cidr(SUBNETWORK, 'ip_cidr_range'),
  cidr(SUBNETWORK, 'secondary_ip_range.ip_cidr_range'),
  pattern(SUBNETWORK, 'secondary_ip_range.range_name', GCE_NAME, GCE_NAME_SENTENCE),
  oneOf(SUBNETWORK, 'stack_type', ['IPV4_ONLY', 'IPV4_IPV6', 'IPV6_ONLY']),
  oneOf(SUBNETWORK, 'log_config.aggregation_interval', [
    'INTERVAL_5_SEC',
    'INTERVAL_30_SEC',
    'INTERVAL_1_MIN',
    'INTERVAL_5_MIN',
    'INTERVAL_10_MIN',
    'INTERVAL_15_MIN',
  ]),
  oneOf(SUBNETWORK, 'log_config.metadata', ['EXCLUDE_ALL_METADATA', 'INCLUDE_ALL_METADATA', 'CUSTOM_METADATA']),
  between(SUBNETWORK, 'log_config.flow_sampling', 0, 1),
  whole(SUBNETWORK, 'ip_cidr_range', 'overlaps', overlapping, 'apply'),
  eachValue(SUBNETWORK, 'ip_cidr_range', 'prefix', (value) => tooNarrow(value, 29), 'apply'),

  exactlyOne(FIREWALL, ['allow', 'deny']),
  oneOf(FIREWALL, 'direction', ['INGRESS', 'EGRESS']),
  cidr(FIREWALL, 'source_ranges'),
  cidr(FIREWALL, 'destination_ranges'),
  between(FIREWALL, 'priority', 0, 65535),
  eachValue(FIREWALL, 'allow.ports', 'port range', portRange),
  eachValue(FIREWALL, 'deny.ports', 'port range', portRange),
  pattern(FIREWALL, 'target_tags', GCE_NAME, GCE_NAME_SENTENCE),
  conflict(FIREWALL, 'source_tags', 'target_service_accounts'),
  conflict(FIREWALL, 'target_tags', 'target_service_accounts'),
  whole(FIREWALL, 'source_ranges', 'a source for INGRESS', (config) =>
    (config['direction'] ?? 'INGRESS') === 'INGRESS' && !SOURCES.some((name) => isSet(config, name))
      ? 'one of source_tags, source_ranges, or source_service_accounts must be defined'
      : undefined,
  ),
  whole(FIREWALL, 'allow', 'ports without a protocol that has them', portlessProtocol, 'apply'),

  oneOf(GLOBAL_ADDRESS, 'address_type', ['EXTERNAL', 'INTERNAL']),
  oneOf(GLOBAL_ADDRESS, 'purpose', ['VPC_PEERING', 'PRIVATE_SERVICE_CONNECT']),
  whole(
    GLOBAL_ADDRESS,
    'purpose',
    'a peering range as a whole',
    (config) =>
      config['purpose'] === 'VPC_PEERING' &&
      (config['address_type'] !== 'INTERNAL' || !isSet(config, 'network') || !isSet(config, 'prefix_length'))
        ? "Invalid value for field 'resource.purpose': 'VPC_PEERING'. It needs addressType INTERNAL, a network and a prefixLength"
        : undefined,
    'apply',
  ),
  between(GLOBAL_ADDRESS, 'prefix_length', 8, 29),
  oneOf('google_compute_address', 'address_type', ['EXTERNAL', 'INTERNAL']),
  oneOf('google_compute_address', 'network_tier', ['PREMIUM', 'STANDARD', 'FIXED_STANDARD']),

  oneOf(CONNECTION, 'deletion_policy', ['DELETE', 'ABANDON', 'PREVENT']),
  pattern(
    CONNECTION,
    'service',
    /^[a-z.-]+\.googleapis\.com$/,
    'must be the name of a peering service, such as servicenetworking.googleapis.com',
  ),
  whole(CONNECTION, 'reserved_peering_ranges', 'not empty', (config) =>
    Array.isArray(config['reserved_peering_ranges']) && config['reserved_peering_ranges'].length === 0
      ? '"reserved_peering_ranges": at least one range is needed'
      : undefined,
  ),
];

function portRange(value: Value): string | undefined {
  const [first = NaN, last = first] =
    typeof value === 'string' && /^\d+(-\d+)?$/.test(value) ? value.split('-').map(Number) : [];
  return first <= last && last <= 65535
    ? undefined
    : `port ${JSON.stringify(value)} must be a port or a range of ports, such as "22" or "8080-8090"`;
}

function portlessProtocol(config: ObjectValue): string | undefined {
  for (const { value } of [...valuesAt(config, 'allow'), ...valuesAt(config, 'deny')])
    for (const rule of Array.isArray(value) ? value.filter(isObject) : []) {
      const protocol = rule['protocol'];
      const hasPorts = Array.isArray(rule['ports']) && rule['ports'].length > 0;
      if (hasPorts && typeof protocol === 'string' && !['tcp', 'udp', 'sctp', '6', '17', '132'].includes(protocol))
        return `Invalid value for field 'resource.allowed[0].ports': ports may not be specified for protocol ${protocol}`;
    }
  return undefined;
}

function tooNarrow(value: Value, longest: number): string | undefined {
  const range = parseCidr(value);
  return range && range.prefix > longest
    ? `Invalid IPCidrRange: ${text(value)} must be at least a /${longest}`
    : undefined;
}

function overlapping(config: ObjectValue): string | undefined {
  const ranges = [...strings(config, 'ip_cidr_range'), ...strings(config, 'secondary_ip_range.ip_cidr_range')];
  for (const [index, left] of ranges.entries())
    for (const right of ranges.slice(index + 1)) {
      const [a, b] = [parseCidr(left), parseCidr(right)];
      if (a && b && a.first <= b.last && b.first <= a.last)
        return `Invalid IPCidrRange: ${left} conflicts with existing ${right}`;
    }
  return undefined;
}
