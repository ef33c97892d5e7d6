/**
 * What each role may, as permissions of Google's IAM; `*` stands for any part. Predefined roles are cut down to the
 * permissions that the stand-in checks. An unknown role grants nothing.
 */
interface Role {
  readonly permissions: readonly string[];
  readonly except?: readonly string[];
}

const roles: Readonly<Record<string, Role>> = {
  'roles/owner': { permissions: ['*'] },
  // The basic viewer role sees configuration; it reads neither objects of a bucket nor payloads of secrets.
  'roles/viewer': {
    permissions: ['*.get', '*.list', '*.getIamPolicy'],
    except: ['storage.objects.*', 'container.secrets.*'],
  },
  'roles/browser': { permissions: ['resourcemanager.projects.get'] },
  'roles/compute.networkAdmin': {
    permissions: [
      ...['networks', 'subnetworks', 'addresses', 'globalAddresses', 'routers', 'routes', 'sslPolicies'].map(
        (kind) => `compute.${kind}.*`,
      ),
      'compute.firewalls.get',
      'compute.firewalls.list',
      'compute.regions.*',
      'servicenetworking.services.*',
      'networkconnectivity.serviceConnectionPolicies.*',
    ],
  },
  'roles/compute.securityAdmin': {
    permissions: [
      'compute.firewalls.*',
      'compute.securityPolicies.*',
      'compute.sslPolicies.*',
      'compute.sslCertificates.*',
      'compute.networks.get',
      'compute.networks.list',
      'compute.networks.updatePolicy',
    ],
  },
  'roles/compute.viewer': { permissions: ['compute.*.get', 'compute.*.list'] },
  'roles/compute.networkViewer': {
    permissions: [
      ...['networks', 'subnetworks', 'addresses', 'globalAddresses', 'firewalls', 'routers', 'routes'].flatMap(
        (kind) => [`compute.${kind}.get`, `compute.${kind}.list`],
      ),
      'servicenetworking.services.get',
    ],
  },
  'roles/container.clusterAdmin': { permissions: ['container.clusters.*'] },
  'roles/container.viewer': {
    permissions: ['container.clusters.get', 'container.clusters.list', 'container.clusters.connect'],
  },
  'roles/iam.securityReviewer': { permissions: ['*.getIamPolicy', '*.list', 'iam.serviceAccounts.get'] },
  'roles/container.admin': { permissions: ['container.*'] },
  'roles/container.developer': {
    permissions: ['container.clusters.get', 'container.clusters.list', 'container.clusters.connect'],
  },
  'roles/container.clusterViewer': {
    permissions: ['container.clusters.get', 'container.clusters.list', 'container.clusters.connect'],
  },
  'roles/dns.admin': { permissions: ['dns.*'] },
  'roles/dns.reader': { permissions: ['dns.*.get', 'dns.*.list'] },
  'roles/redis.admin': { permissions: ['redis.*'] },
  'roles/redis.viewer': { permissions: ['redis.*.get', 'redis.*.list'] },
  'roles/serviceusage.serviceUsageAdmin': { permissions: ['serviceusage.services.*'] },
  'roles/iam.serviceAccountAdmin': {
    permissions: ['iam.serviceAccounts.*'],
    except: ['iam.serviceAccounts.getAccessToken', 'iam.serviceAccounts.actAs'],
  },
  'roles/iam.serviceAccountUser': { permissions: ['iam.serviceAccounts.actAs', 'iam.serviceAccounts.get'] },
  'roles/iam.workloadIdentityUser': {
    permissions: [
      'iam.serviceAccounts.getAccessToken',
      'iam.serviceAccounts.getOpenIdToken',
      'iam.serviceAccounts.get',
    ],
  },
  'roles/iam.serviceAccountTokenCreator': { permissions: ['iam.serviceAccounts.getAccessToken'] },
  'roles/iam.workloadIdentityPoolAdmin': {
    permissions: ['iam.workloadIdentityPools.*', 'iam.workloadIdentityPoolProviders.*'],
  },
  'roles/resourcemanager.projectIamAdmin': {
    permissions: [
      'resourcemanager.projects.get',
      'resourcemanager.projects.getIamPolicy',
      'resourcemanager.projects.setIamPolicy',
    ],
  },
  'roles/secretmanager.admin': { permissions: ['secretmanager.*'] },
  'roles/secretmanager.viewer': {
    permissions: ['secretmanager.*.get', 'secretmanager.*.list', 'secretmanager.secrets.getIamPolicy'],
  },
  'roles/secretmanager.secretAccessor': { permissions: ['secretmanager.versions.access'] },
  'roles/secretmanager.secretVersionManager': {
    permissions: ['secretmanager.versions.*'],
    except: ['secretmanager.versions.access'],
  },
  'roles/secretmanager.secretVersionAdder': { permissions: ['secretmanager.versions.add'] },
  'roles/storage.admin': { permissions: ['storage.*'] },
  'roles/storage.objectAdmin': { permissions: ['storage.objects.*'] },
  'roles/storage.objectUser': { permissions: ['storage.objects.*'], except: ['storage.objects.setIamPolicy'] },
  // Creates, and never overwrites: replacing an object needs storage.objects.delete too.
  'roles/storage.objectCreator': { permissions: ['storage.objects.create'] },
  'roles/storage.objectViewer': { permissions: ['storage.objects.get', 'storage.objects.list'] },
  'roles/storage.legacyBucketReader': { permissions: ['storage.buckets.get', 'storage.objects.list'] },
  'roles/logging.configWriter': { permissions: ['logging.*'] },
  'roles/monitoring.editor': { permissions: ['monitoring.*'] },
};

/** Services whose predefined roles hold `resourcemanager.projects.get` too. */
const seesProject = /^roles\/(compute|container|dns|redis|secretmanager)\./;

function matches(pattern: string, permission: string): boolean {
  if (pattern === '*') return true;
  const expression = pattern
    .split('*')
    .map((part) => part.replaceAll('.', '\\.'))
    .join('.+');
  return new RegExp(`^${expression}$`).test(permission);
}

/**
 * Whether the role holds the permission, for example `roles/storage.objectCreator` and `storage.objects.create`. A custom
 * role that was applied stands in the place of one of the same name.
 */
export function roleGrants(
  role: string,
  permission: string,
  customRoles: Readonly<Record<string, readonly string[]>> = {},
): boolean {
  if (customRoles[role]) return customRoles[role].includes(permission);
  const found = roles[role];
  if (!found) return false;
  if (permission === 'resourcemanager.projects.get' && seesProject.test(role)) return true;
  return (
    found.permissions.some((pattern) => matches(pattern, permission)) &&
    !(found.except ?? []).some((pattern) => matches(pattern, permission))
  );
}
