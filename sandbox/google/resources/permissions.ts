type Verb = 'create' | 'get' | 'list' | 'update' | 'delete';

/** Collections of Google's APIs whose permissions are `<collection>.<verb>`. */
const collections: Readonly<Record<string, string>> = {
  google_artifact_registry_repository: 'artifactregistry.repositories',
  google_certificate_manager_certificate: 'certificatemanager.certs',
  google_certificate_manager_certificate_map: 'certificatemanager.certmaps',
  google_certificate_manager_certificate_map_entry: 'certificatemanager.certmapentries',
  google_certificate_manager_dns_authorization: 'certificatemanager.dnsauthorizations',
  google_compute_address: 'compute.addresses',
  google_compute_firewall: 'compute.firewalls',
  google_compute_global_address: 'compute.globalAddresses',
  google_compute_managed_ssl_certificate: 'compute.sslCertificates',
  google_compute_network: 'compute.networks',
  google_compute_resource_policy: 'compute.resourcePolicies',
  google_compute_route: 'compute.routes',
  google_compute_router: 'compute.routers',
  google_compute_security_policy: 'compute.securityPolicies',
  google_compute_ssl_policy: 'compute.sslPolicies',
  google_compute_subnetwork: 'compute.subnetworks',
  google_container_cluster: 'container.clusters',
  google_dns_managed_zone: 'dns.managedZones',
  google_dns_record_set: 'dns.resourceRecordSets',
  google_gke_backup_backup_plan: 'gkebackup.backupPlans',
  google_iam_workload_identity_pool: 'iam.workloadIdentityPools',
  google_iam_workload_identity_pool_provider: 'iam.workloadIdentityPoolProviders',
  google_kms_crypto_key: 'cloudkms.cryptoKeys',
  google_kms_key_ring: 'cloudkms.keyRings',
  google_logging_metric: 'logging.logMetrics',
  google_logging_project_sink: 'logging.sinks',
  google_memorystore_instance: 'memorystore.instances',
  google_monitoring_alert_policy: 'monitoring.alertPolicies',
  google_monitoring_notification_channel: 'monitoring.notificationChannels',
  google_monitoring_uptime_check_config: 'monitoring.uptimeCheckConfigs',
  google_network_connectivity_service_connection_policy: 'networkconnectivity.serviceConnectionPolicies',
  google_project_iam_custom_role: 'iam.roles',
  google_redis_instance: 'redis.instances',
  google_secret_manager_secret: 'secretmanager.secrets',
  google_service_account: 'iam.serviceAccounts',
  google_storage_bucket: 'storage.buckets',
};

/** Resources that are part of another one, or whose verbs have names of their own. */
const special: Readonly<Record<string, Readonly<Record<Verb, string>>>> = {
  google_compute_router_nat: partOf('compute.routers'),
  google_container_node_pool: partOf('container.clusters'),
  google_compute_project_metadata_item: {
    ...partOf('compute.projects'),
    create: 'compute.projects.setCommonInstanceMetadata',
    update: 'compute.projects.setCommonInstanceMetadata',
    delete: 'compute.projects.setCommonInstanceMetadata',
  },
  google_secret_manager_secret_version: {
    create: 'secretmanager.versions.add',
    get: 'secretmanager.versions.get',
    list: 'secretmanager.versions.list',
    update: 'secretmanager.versions.enable',
    delete: 'secretmanager.versions.destroy',
  },
  google_project_service: {
    create: 'serviceusage.services.enable',
    get: 'serviceusage.services.get',
    list: 'serviceusage.services.list',
    update: 'serviceusage.services.enable',
    delete: 'serviceusage.services.disable',
  },
  google_service_networking_connection: {
    create: 'servicenetworking.services.addPeering',
    get: 'servicenetworking.services.get',
    list: 'servicenetworking.services.list',
    update: 'servicenetworking.services.addPeering',
    delete: 'servicenetworking.services.deleteConnection',
  },
  google_dns_managed_zone_iam_member: policyOf('dns.managedZones'),
  google_kms_crypto_key_iam_member: policyOf('cloudkms.cryptoKeys'),
  google_project_iam_audit_config: policyOf('resourcemanager.projects'),
  google_project_iam_member: policyOf('resourcemanager.projects'),
  google_secret_manager_secret_iam_member: policyOf('secretmanager.secrets'),
  google_service_account_iam_member: policyOf('iam.serviceAccounts'),
  google_storage_bucket_iam_member: policyOf('storage.buckets'),
};

function partOf(collection: string): Record<Verb, string> {
  return {
    create: `${collection}.update`,
    get: `${collection}.get`,
    list: `${collection}.get`,
    update: `${collection}.update`,
    delete: `${collection}.update`,
  };
}

function policyOf(collection: string): Record<Verb, string> {
  const [get, set] = [`${collection}.getIamPolicy`, `${collection}.setIamPolicy`];
  return { create: set, get, list: get, update: set, delete: set };
}

/** The permission that a change of a Terraform resource needs; undefined when there is no such resource type here. */
export function permissionOf(type: string, verb: Verb): string | undefined {
  const collection = collections[type];
  return collection === undefined ? special[type]?.[verb] : `${collection}.${verb}`;
}
