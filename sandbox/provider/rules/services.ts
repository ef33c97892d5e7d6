import { text, valuesAt, type ObjectValue, type Value } from '../value.ts';
import {
  GCE_NAME,
  GCE_NAME_SENTENCE,
  between,
  eachValue,
  exactlyOne,
  isSet,
  needs,
  oneOf,
  pattern,
  whole,
  type Rule,
} from './rule.ts';

const REDIS = 'google_redis_instance';
const SECRET = 'google_secret_manager_secret';
const VERSION = 'google_secret_manager_secret_version';
const BUCKET = 'google_storage_bucket';
const ZONE = 'google_dns_managed_zone';
const RECORD = 'google_dns_record_set';
const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];

/** What Memorystore, Secret Manager, Cloud Storage, Cloud DNS and service usage refuse. */
export const SERVICE_RULES: readonly Rule[] = [
  pattern(
    REDIS,
    'name',
    /^[a-z][a-z0-9-]{0,39}[a-z0-9]$/,
    'must be 2 to 41 lower-case letters, numbers and hyphens, starting with a letter',
  ),
  oneOf(REDIS, 'tier', ['BASIC', 'STANDARD_HA']),
  oneOf(REDIS, 'connect_mode', ['DIRECT_PEERING', 'PRIVATE_SERVICE_ACCESS']),
  oneOf(REDIS, 'transit_encryption_mode', ['SERVER_AUTHENTICATION', 'DISABLED']),
  oneOf(REDIS, 'read_replicas_mode', ['READ_REPLICAS_DISABLED', 'READ_REPLICAS_ENABLED']),
  oneOf(REDIS, 'maintenance_policy.weekly_maintenance_window.day', DAYS),
  between(REDIS, 'maintenance_policy.weekly_maintenance_window.start_time.hours', 0, 23),
  between(REDIS, 'maintenance_policy.weekly_maintenance_window.start_time.minutes', 0, 59),
  eachValue(
    REDIS,
    'redis_version',
    'exists',
    (value) => refusedUnless(/^REDIS_(3_2|4_0|5_0|6_X|7_0|7_2)$/, value, 'redisVersion'),
    'apply',
  ),
  eachValue(
    REDIS,
    'memory_size_gb',
    'size',
    (value) =>
      Number(value) >= 1 && Number(value) <= 300
        ? undefined
        : `Invalid value for memorySizeGb: ${text(value)}. It must be from 1 to 300`,
    'apply',
  ),
  whole(
    REDIS,
    'read_replicas_mode',
    'STANDARD_HA of 5 GB',
    (config) =>
      config['read_replicas_mode'] === 'READ_REPLICAS_ENABLED' &&
      (config['tier'] !== 'STANDARD_HA' || Number(config['memory_size_gb']) < 5)
        ? 'Read replicas need the tier STANDARD_HA and a memory size of 5 GB or more'
        : undefined,
    'apply',
  ),
  whole(
    REDIS,
    'connect_mode',
    'a network for private service access',
    (config) =>
      config['connect_mode'] === 'PRIVATE_SERVICE_ACCESS' && !isSet(config, 'authorized_network')
        ? 'connect_mode PRIVATE_SERVICE_ACCESS needs an authorized_network with a private connection'
        : undefined,
    'apply',
  ),

  pattern(SECRET, 'secret_id', /^[a-zA-Z0-9_-]{1,255}$/, 'must be 1 to 255 letters, numbers, hyphens and underscores'),
  exactlyOne(SECRET, ['replication.auto', 'replication.user_managed']),
  exactlyOne(VERSION, ['secret_data', 'secret_data_wo']),
  needs(VERSION, 'secret_data_wo', 'secret_data_wo_version'),
  oneOf(VERSION, 'deletion_policy', ['DELETE', 'DISABLE', 'ABANDON', 'PREVENT']),
  pattern(VERSION, 'secret', /^projects\/[^/]+\/secrets\/[^/]+$/, 'must be projects/<project>/secrets/<name>'),
  eachValue(
    VERSION,
    'secret_data_wo',
    'not empty',
    (value) => (value === '' ? 'Secret Payload cannot be empty' : undefined),
    'apply',
  ),

  pattern(
    BUCKET,
    'name',
    /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/,
    'must be 3 to 63 lower-case letters, numbers, hyphens, underscores and dots',
  ),
  oneOf(BUCKET, 'public_access_prevention', ['enforced', 'inherited']),
  oneOf(BUCKET, 'lifecycle_rule.action.type', ['Delete', 'SetStorageClass', 'AbortIncompleteMultipartUpload']),
  eachValue(
    BUCKET,
    'name',
    'no google',
    (value) => (text(value).includes('google') ? `The bucket name "${text(value)}" is reserved` : undefined),
    'apply',
  ),

  pattern(ZONE, 'name', GCE_NAME, GCE_NAME_SENTENCE),
  pattern(ZONE, 'dns_name', /\.$/, 'must end with a dot'),
  oneOf(ZONE, 'visibility', ['private', 'public']),
  pattern(RECORD, 'name', /\.$/, 'must end with a dot'),
  oneOf(RECORD, 'type', [
    'A',
    'AAAA',
    'CAA',
    'CNAME',
    'DNSKEY',
    'DS',
    'HTTPS',
    'MX',
    'NAPTR',
    'NS',
    'PTR',
    'SOA',
    'SPF',
    'SRV',
    'SSHFP',
    'SVCB',
    'TLSA',
    'TXT',
  ]),
  exactlyOne(RECORD, ['rrdatas', 'routing_policy']),
  whole(RECORD, 'rrdatas', 'right for the type', wrongRecordData, 'apply'),

  pattern(
    'google_project_service',
    'service',
    /^[a-z0-9.-]+\.(googleapis\.com|cloud\.goog)$/,
    'must be the name of an API, such as container.googleapis.com',
  ),
];

function refusedUnless(expression: RegExp, value: Value, field: string): string | undefined {
  return expression.test(text(value)) ? undefined : `Invalid value for ${field}: ${text(value)}`;
}

function wrongRecordData(config: ObjectValue): string | undefined {
  const values = valuesAt(config, 'rrdatas').flatMap(({ value }) => (Array.isArray(value) ? value : []));
  const expected = { A: /^\d+\.\d+\.\d+\.\d+$/, CNAME: /\.$/, AAAA: /:/ }[text(config['type'])];
  const wrong = values.find((value) => typeof value === 'string' && expected && !expected.test(value));
  return wrong === undefined ? undefined : `Invalid value for 'entity.change.additions[0].rrdata': '${text(wrong)}'`;
}
