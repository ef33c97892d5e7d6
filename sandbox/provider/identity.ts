import { isObject, type ObjectValue } from './value.ts';

/** How a resource type is named: the Terraform id as a template of its attributes, and what precedes it in `self_link`. */
interface Identity {
  readonly id: string;
  readonly selfLink?: string;
  /** The attribute that repeats the id, or a template, as most of Google's newer APIs answer it. */
  readonly name?: string;
}

const COMPUTE = 'https://www.googleapis.com/compute/v1/';
const CONTAINER = 'https://container.googleapis.com/v1/';
const MEMBER = '{{role}}/{{member}}';

const project = (rest: string): string => `projects/{{project}}/${rest}`;

const IDENTITIES: Readonly<Record<string, Identity>> = {
  google_project_service: { id: '{{project}}/{{service}}' },
  google_compute_network: { id: project('global/networks/{{name}}'), selfLink: COMPUTE },
  google_compute_subnetwork: { id: project('regions/{{region}}/subnetworks/{{name}}'), selfLink: COMPUTE },
  google_compute_firewall: { id: project('global/firewalls/{{name}}'), selfLink: COMPUTE },
  google_compute_route: { id: project('global/routes/{{name}}'), selfLink: COMPUTE },
  google_compute_router: { id: project('regions/{{region}}/routers/{{name}}'), selfLink: COMPUTE },
  google_compute_router_nat: { id: '{{project}}/{{region}}/{{router}}/{{name}}' },
  google_compute_address: { id: project('regions/{{region}}/addresses/{{name}}'), selfLink: COMPUTE },
  google_compute_global_address: { id: project('global/addresses/{{name}}'), selfLink: COMPUTE },
  google_compute_ssl_policy: { id: project('global/sslPolicies/{{name}}'), selfLink: COMPUTE },
  google_compute_security_policy: { id: project('global/securityPolicies/{{name}}'), selfLink: COMPUTE },
  google_compute_managed_ssl_certificate: { id: project('global/sslCertificates/{{name}}'), selfLink: COMPUTE },
  google_compute_resource_policy: { id: project('regions/{{region}}/resourcePolicies/{{name}}'), selfLink: COMPUTE },
  google_compute_project_metadata_item: { id: '{{key}}' },
  google_container_cluster: { id: project('locations/{{location}}/clusters/{{name}}'), selfLink: CONTAINER },
  google_container_node_pool: { id: project('locations/{{location}}/clusters/{{cluster}}/nodePools/{{name}}') },
  google_container_registry: { id: 'artifacts.{{project}}.appspot.com' },
  google_redis_instance: { id: project('locations/{{region}}/instances/{{name}}') },
  google_memorystore_instance: {
    id: project('locations/{{location}}/instances/{{instance_id}}'),
    name: project('locations/{{location}}/instances/{{instance_id}}'),
  },
  google_dns_managed_zone: { id: project('managedZones/{{name}}') },
  google_dns_record_set: { id: project('managedZones/{{managed_zone}}/rrsets/{{name}}/{{type}}') },
  google_dns_managed_zone_iam_member: { id: `${project('managedZones/{{managed_zone}}')}/${MEMBER}` },
  google_service_account: {
    id: project('serviceAccounts/{{account_id}}@{{project}}.iam.gserviceaccount.com'),
    name: project('serviceAccounts/{{account_id}}@{{project}}.iam.gserviceaccount.com'),
  },
  google_service_account_iam_member: { id: `{{service_account_id}}/${MEMBER}` },
  google_project_iam_member: { id: `{{project}}/${MEMBER}` },
  google_project_iam_custom_role: { id: project('roles/{{role_id}}'), name: project('roles/{{role_id}}') },
  google_project_iam_audit_config: { id: '{{project}}/audit_config/{{service}}' },
  google_iam_workload_identity_pool: {
    id: project('locations/global/workloadIdentityPools/{{workload_identity_pool_id}}'),
    name: 'projects/{{project_number}}/locations/global/workloadIdentityPools/{{workload_identity_pool_id}}',
  },
  google_iam_workload_identity_pool_provider: {
    id: project(
      'locations/global/workloadIdentityPools/{{workload_identity_pool_id}}/providers/{{workload_identity_pool_provider_id}}',
    ),
    name: 'projects/{{project_number}}/locations/global/workloadIdentityPools/{{workload_identity_pool_id}}/providers/{{workload_identity_pool_provider_id}}',
  },
  google_secret_manager_secret: {
    id: project('secrets/{{secret_id}}'),
    name: 'projects/{{project_number}}/secrets/{{secret_id}}',
  },
  google_secret_manager_secret_version: {
    id: '{{secret}}/versions/{{version}}',
    name: '{{secret}}/versions/{{version}}',
  },
  google_secret_manager_secret_iam_member: { id: `projects/{{project}}/secrets/{{secret_id}}/${MEMBER}` },
  google_storage_bucket: { id: '{{name}}', selfLink: 'https://www.googleapis.com/storage/v1/b/' },
  google_storage_bucket_iam_member: { id: `b/{{bucket}}/${MEMBER}` },
  google_certificate_manager_certificate: { id: project('locations/{{location}}/certificates/{{name}}') },
  google_certificate_manager_dns_authorization: { id: project('locations/{{location}}/dnsAuthorizations/{{name}}') },
  google_certificate_manager_certificate_map: { id: project('locations/global/certificateMaps/{{name}}') },
  google_certificate_manager_certificate_map_entry: {
    id: project('locations/global/certificateMaps/{{map}}/certificateMapEntries/{{name}}'),
  },
  google_monitoring_alert_policy: {
    id: project('alertPolicies/{{generated}}'),
    name: project('alertPolicies/{{generated}}'),
  },
  google_monitoring_uptime_check_config: {
    id: project('uptimeCheckConfigs/{{generated}}'),
    name: project('uptimeCheckConfigs/{{generated}}'),
  },
  google_monitoring_notification_channel: {
    id: project('notificationChannels/{{generated}}'),
    name: project('notificationChannels/{{generated}}'),
  },
  google_billing_budget: {
    id: 'billingAccounts/{{billing_account}}/budgets/{{generated}}',
    name: 'billingAccounts/{{billing_account}}/budgets/{{generated}}',
  },
  google_gke_backup_backup_plan: { id: project('locations/{{location}}/backupPlans/{{name}}') },
  google_kms_key_ring: { id: project('locations/{{location}}/keyRings/{{name}}') },
  google_kms_crypto_key: { id: '{{key_ring}}/cryptoKeys/{{name}}' },
  google_kms_crypto_key_iam_member: { id: `{{crypto_key_id}}/${MEMBER}` },
  google_artifact_registry_repository: {
    id: project('locations/{{location}}/repositories/{{repository_id}}'),
    name: '{{repository_id}}',
  },
  google_service_networking_connection: { id: '{{network_encoded}}:{{service}}' },
  google_logging_project_sink: { id: project('sinks/{{name}}') },
  google_logging_metric: { id: '{{name}}' },
  google_network_connectivity_service_connection_policy: {
    id: project('locations/{{location}}/serviceConnectionPolicies/{{name}}'),
  },
};

/** The Terraform id of a resource; throws where an attribute that the id is made of is absent. */
export function idOf(type: string, attributes: ObjectValue): string {
  return fill(identity(type).id, attributes) + conditionOf(type, attributes);
}

/** One role may be granted to one member under several conditions: each is a resource of its own, by the condition's title. */
function conditionOf(type: string, { condition }: ObjectValue): string {
  const [first] = type.endsWith('_iam_member') && Array.isArray(condition) ? condition : [];
  return isObject(first) && typeof first['title'] === 'string' ? `/${first['title']}` : '';
}

/** What `self_link` and `name` follow from the id, as far as the type has them. */
export function namesOf(type: string, attributes: ObjectValue): ObjectValue {
  const { selfLink, name } = identity(type);
  const id = idOf(type, attributes);
  return {
    id,
    ...(selfLink === undefined ? {} : { self_link: selfLink + id }),
    ...(name === undefined ? {} : { name: fill(name, attributes) }),
  };
}

/**
 * The attributes that an import id tells: the full id, or its variable parts joined by slashes or spaces, what `known`
 * holds (the provider's project and region) left out at will, as the real provider takes it. Throws on any other id.
 */
export function attributesFromId(type: string, id: string, known: ObjectValue): ObjectValue {
  const template = identity(type).id;
  const names = [...template.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!);
  const short = names.map((name) => `{{${name}}}`).join('/');
  const shorter = names.filter((name) => typeof known[name] !== 'string').map((name) => `{{${name}}}`);
  const forms = [...new Set([template, short, short.replace('{{project}}/', ''), shorter.join('/')])];
  for (const form of forms) {
    const match = matcher(form).exec(id.replaceAll(' ', '/'));
    if (!match?.groups) continue;
    const { network_encoded: network, ...found } = match.groups;
    return { ...known, ...found, ...(network === undefined ? {} : { network: decodeURIComponent(network) }) };
  }
  throw new Error(`Import id "${id}" doesn't match any of the accepted formats: [${forms.join(' ')}]`);
}

/** Parts of an id that hold slashes of their own. */
const PATTERNS: Readonly<Record<string, string>> = {
  crypto_key_id: '.+',
  key_ring: '.+',
  member: '.+',
  role: '(?:(?:projects|organizations)/[^/]+/)?roles/[^/]+',
  secret: 'projects/[^/]+/secrets/[^/]+',
  service_account_id: 'projects/[^/]+/serviceAccounts/[^/]+',
};

function matcher(form: string): RegExp {
  const pattern = form
    .split(/(\{\{\w+\}\})/)
    .map((part) => {
      const name = /^\{\{(\w+)\}\}$/.exec(part)?.[1];
      return name === undefined
        ? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        : `(?<${name}>${PATTERNS[name] ?? '[^/]+'})`;
    })
    .join('');
  return new RegExp(`^${pattern}$`);
}

function identity(type: string): Identity {
  const found = IDENTITIES[type];
  if (!found) throw new Error(`the provider stand-in does not know how ${type} is named`);
  return found;
}

/** Attributes that may hold a whole path of which the id takes the last part. */
const LAST_PART = new Set(['bucket', 'cluster', 'managed_zone', 'map', 'router', 'secret_id', 'region']);

function fill(template: string, attributes: ObjectValue): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = name === 'network_encoded' ? attributes['network'] : attributes[name];
    if (typeof value !== 'string' || value === '') throw new Error(`${name}: required field is not set`);
    if (name === 'network_encoded') return encodeURIComponent(relativePath(value));
    return LAST_PART.has(name) ? value.slice(value.lastIndexOf('/') + 1) : value;
  });
}

/** A reference without host and version: `projects/p/global/networks/n`. */
export function relativePath(reference: string): string {
  return reference.replace(/^https:\/\/[^/]+\/(?:compute\/v1\/|v1\/)?/, '');
}
