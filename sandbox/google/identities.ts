import type { SandboxConfig } from '../config.ts';

/**
 * Who exists and what they may, as data in the terms of Google's IAM. Seeded here as a bootstrap would leave it; what
 * Terraform applies is added by `resources/grants.ts`.
 */
export interface Identities {
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly providers: readonly IdentityProvider[];
  readonly bindings: readonly Binding[];
  /** Permissions of the project's own roles, by the role's full name. */
  readonly customRoles?: Readonly<Record<string, readonly string[]>>;
}

export interface ServiceAccount {
  readonly email: string;
  readonly uniqueId: string;
  readonly disabled: boolean;
}

/** A provider of a Workload Identity pool. */
export interface IdentityProvider {
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>` */
  readonly name: string;
  readonly issuer: string;
  /** Where the sandbox reads the issuer's keys, since the issuer's own address is not reachable. */
  readonly jwksUri: string;
  /** Empty: the provider's own name with `https:` is what the token's audience must be. */
  readonly allowedAudiences: readonly string[];
  /** Google's attribute to an expression over `assertion`, for example `attribute.ref` to `assertion.ref`. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  readonly attributeCondition: string;
  readonly disabled: boolean;
}

export interface Binding {
  /** `projects/<id>`, `projects/<id>/secrets/<id>`, `projects/_/buckets/<name>`, `projects/-/serviceAccounts/<e-mail>` */
  readonly resource: string;
  readonly role: string;
  /** `serviceAccount:<e-mail>`, `principal://iam.googleapis.com/...` or `principalSet://iam.googleapis.com/...` */
  readonly member: string;
  /** IAM condition over `resource.name`. */
  readonly condition?: string;
}

export const githubIssuer = 'https://token.actions.githubusercontent.com';
/** Where the sandbox publishes the keys of GitHub's tokens. */
export function githubKeys(github: string): string {
  return `${github}/_oidc/.well-known/jwks`;
}
const environments = ['dev', 'stg', 'prd'];
/** Where scheduled work runs for an environment with reviewers. */
const maintenance: Readonly<Record<string, string>> = { prd: 'prd-maintenance' };

/** Who set the project up: in life a person, who signs in with gcloud. */
export function ownerOf(project: { readonly id: string }): string {
  return `owner@${project.id}.iam.gserviceaccount.com`;
}

/** Of the seeded identities those that no bootstrap makes: the owner. */
export function withoutBootstrap(seed: Identities): Identities {
  const bindings = seed.bindings.filter(({ role }) => role === 'roles/owner');
  const isOwner = ({ email }: ServiceAccount): boolean =>
    bindings.some(({ member }) => member === `serviceAccount:${email}`);
  return { serviceAccounts: seed.serviceAccounts.filter(isOwner), providers: [], bindings };
}

/** The only workflow that may plan, as GitHub's token names it: the bootstrap's default. */
export const PLAN_WORKFLOW = 'org/livekit-gke/.github/workflows/plan.yml@refs/tags/v1';

/** The project's owner, and the identities that `terraform/bootstrap` would have made with its defaults. */
export function seedIdentities({ project, repository, bucket, addresses }: SandboxConfig): Identities {
  const pool = `projects/${project.number}/locations/global/workloadIdentityPools/github-pool`;
  const principals = `principalSet://iam.googleapis.com/${pool}`;
  const inProject = `projects/${project.id}`;
  const email = (name: string): string => `${name}@${project.id}.iam.gserviceaccount.com`;
  const nodes = environments.map((environment) => `livekit-${environment}-nodes`);
  const emails = [ownerOf(project), ...[...Object.keys(projectRoles), ...nodes].map(email)];

  const grant = (resource: string, name: string, role: string, condition?: string): Binding => ({
    resource,
    role,
    member: `serviceAccount:${email(name)}`,
    ...(condition === undefined ? {} : { condition }),
  });
  const onAccount = (name: string) => `projects/-/serviceAccounts/${email(name)}`;
  const signsIn = (name: string, attribute: string): Binding => ({
    resource: onAccount(name),
    role: 'roles/iam.workloadIdentityUser',
    member: `${principals}/attribute.${attribute}`,
  });
  const onMain = (environment: string): string => `environment_ref/${environment}:refs/heads/main`;
  const inEnvironments = environments.map(onMain);
  const inMaintenance = environments.map((environment) => onMain(maintenance[environment] ?? environment));

  return {
    serviceAccounts: emails.map((address, index) => ({
      email: address,
      uniqueId: `10000000000000000000${index}`,
      disabled: false,
    })),
    providers: [
      {
        name: `${pool}/providers/github-provider`,
        issuer: githubIssuer,
        jwksUri: githubKeys(addresses.github),
        allowedAudiences: [],
        attributeMapping: {
          'google.subject': 'assertion.sub',
          'attribute.actor': 'assertion.actor',
          'attribute.repository': 'assertion.repository',
          'attribute.repository_id': 'assertion.repository_id',
          'attribute.repository_owner_id': 'assertion.repository_owner_id',
          'attribute.ref': 'assertion.ref',
          'attribute.job_workflow_ref': 'assertion.job_workflow_ref',
          'attribute.environment': "has(assertion.environment) ? assertion.environment : ''",
          'attribute.environment_ref':
            "(has(assertion.environment) ? assertion.environment : '') + ':' + assertion.ref",
        },
        attributeCondition: `assertion.repository_owner_id == '${repository.ownerId}' && assertion.repository_id == '${repository.id}'`,
        disabled: false,
      },
    ],
    bindings: [
      { resource: inProject, role: 'roles/owner', member: `serviceAccount:${ownerOf(project)}` },

      signsIn('livekit-plan', `job_workflow_ref/${PLAN_WORKFLOW}`),
      ...inEnvironments.flatMap((each) => [signsIn('livekit-cicd', each), signsIn('livekit-deploy', each)]),
      ...inMaintenance.map((each) => signsIn('livekit-turn-cert', each)),
      ...[...new Set([...inEnvironments, ...inMaintenance])].map((each) => signsIn('livekit-verify', each)),

      ...Object.entries(projectRoles).flatMap(([name, roles]) => roles.map((role) => grant(inProject, name, role))),
      grant(inProject, 'livekit-cicd', secretWriter(project)),
      ...Object.entries(clusterRoles).map(([role, { account }]) =>
        grant(inProject, account, customRole(project, role)),
      ),
      grant(
        inProject,
        'livekit-cicd',
        'roles/resourcemanager.projectIamAdmin',
        "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/container.defaultNodeServiceAccount'])",
      ),
      ...nodes.flatMap((name) => [
        grant(inProject, name, 'roles/container.defaultNodeServiceAccount'),
        grant(onAccount(name), 'livekit-cicd', 'roles/iam.serviceAccountUser'),
      ]),

      ...bucketAccess(`projects/_/buckets/${bucket}/objects/`).map(([name, role, condition]) =>
        grant(`projects/_/buckets/${bucket}`, name, role, condition),
      ),
    ],
    customRoles: {
      [secretWriter(project)]: secretWriterPermissions,
      ...Object.fromEntries(
        Object.entries(clusterRoles).map(([role, { permissions }]) => [customRole(project, role), permissions]),
      ),
    },
  };
}

/** What Terraform reads to compare an environment with its state. */
const readers = [
  'roles/compute.viewer',
  'roles/compute.networkViewer',
  'roles/container.clusterViewer',
  'roles/redis.viewer',
  'roles/dns.reader',
  'roles/secretmanager.viewer',
  'roles/iam.securityReviewer',
];

/** Roles on the project, by identity. */
const projectRoles: Readonly<Record<string, readonly string[]>> = {
  // A preview of a deploy reads the cluster's objects.
  'livekit-plan': [...readers, 'roles/container.viewer'],
  'livekit-cicd': [
    ...readers,
    'roles/compute.networkAdmin',
    'roles/compute.securityAdmin',
    'roles/container.clusterAdmin',
    'roles/redis.admin',
    'roles/dns.admin',
  ],
  'livekit-deploy': ['roles/container.developer', 'roles/container.clusterViewer'],
  'livekit-turn-cert': ['roles/container.clusterViewer'],
  'livekit-verify': [
    'roles/container.clusterViewer',
    'roles/container.viewer',
    'roles/compute.viewer',
    'roles/dns.reader',
    'roles/redis.viewer',
  ],
};

const customRole = (project: { readonly id: string }, role: string): string => `projects/${project.id}/roles/${role}`;

/** What two identities may in a cluster. */
const clusterRoles: Readonly<Record<string, { account: string; permissions: readonly string[] }>> = {
  livekitCertificateInstaller: {
    account: 'livekit-turn-cert',
    permissions: [
      ...['get', 'list', 'update'].map((verb) => `container.deployments.${verb}`),
      'container.events.list',
      ...['create', 'delete', 'get', 'update'].map((verb) => `container.leases.${verb}`),
      'container.namespaces.get',
      'container.pods.portForward',
      ...['pods', 'replicaSets'].flatMap((kind) => [`container.${kind}.get`, `container.${kind}.list`]),
      ...['create', 'get', 'update'].map((verb) => `container.secrets.${verb}`),
    ],
  },
  livekitPortForwarder: { account: 'livekit-verify', permissions: ['container.pods.portForward'] },
};

const secretWriter = (project: { readonly id: string }): string => customRole(project, 'livekitSecretWriter');
const secretWriterPermissions = [
  ...['create', 'delete', 'get', 'getIamPolicy', 'list', 'setIamPolicy', 'update'].map(
    (verb) => `secretmanager.secrets.${verb}`,
  ),
  ...['add', 'destroy', 'disable', 'enable', 'get', 'list'].map((verb) => `secretmanager.versions.${verb}`),
];

/** Who may what with which objects of the state bucket. */
function bucketAccess(objects: string): [name: string, role: string, condition?: string][] {
  const inside = (prefix: string): string => `resource.name.startsWith('${objects}${prefix}')`;
  const ending = (suffix: string): string => `${inside('livekit/')} && resource.name.endsWith('/${suffix}')`;
  return [
    ['livekit-plan', 'roles/storage.legacyBucketReader'],
    ['livekit-cicd', 'roles/storage.legacyBucketReader'],
    ['livekit-plan', 'roles/storage.objectViewer', inside('livekit/')],
    ['livekit-plan', 'roles/storage.objectCreator', ending('default.tfstate')],
    ['livekit-plan', 'roles/storage.objectUser', ending('default.tflock')],
    ['livekit-cicd', 'roles/storage.objectUser', inside('livekit/')],
    ['livekit-deploy', 'roles/storage.objectViewer', ending('outputs.json')],
    ['livekit-turn-cert', 'roles/storage.objectViewer', ending('outputs.json')],
    ['livekit-verify', 'roles/storage.objectViewer', ending('outputs.json')],
    ...environments.flatMap((environment): [string, string, string][] => [
      ['livekit-plan', 'roles/storage.objectCreator', inside(`livekit/${environment}/plans/`)],
      ['livekit-turn-cert', 'roles/storage.objectUser', inside(`livekit/${environment}/turn-cert/`)],
      ['livekit-verify', 'roles/storage.objectUser', inside(`livekit/${environment}/verify/`)],
    ]),
  ];
}
