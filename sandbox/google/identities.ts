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

/** The project's owner, and the identities that a bootstrap of the project would have made. */
export function seedIdentities(config: SandboxConfig): Identities {
  const { project, repository, bucket, addresses } = config;
  const pool = `projects/${project.number}/locations/global/workloadIdentityPools/github-pool`;
  const email = (name: string) => `${name}@${project.id}.iam.gserviceaccount.com`;
  const names = ['livekit-plan', 'livekit-cicd', 'livekit-deploy'];
  const workload = `principalSet://iam.googleapis.com/${pool}/attribute.repository_id/${repository.id}`;
  const onProject = (name: string, ...roles: string[]): Binding[] =>
    roles.map((role) => ({ resource: `projects/${project.id}`, role, member: `serviceAccount:${email(name)}` }));
  const onBucket = (name: string, role: string, condition?: string): Binding => ({
    resource: `projects/_/buckets/${bucket}`,
    role,
    member: `serviceAccount:${email(name)}`,
    ...(condition === undefined ? {} : { condition }),
  });
  const objects = `projects/_/buckets/${bucket}/objects/`;
  const inside = (prefix: string) => `resource.name.startsWith('${objects}${prefix}')`;
  const ending = (suffix: string) => `${inside('livekit/')} && resource.name.endsWith('${suffix}')`;

  return {
    serviceAccounts: [ownerOf(project), ...names.map(email)].map((address, index) => ({
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
          'attribute.repository': 'assertion.repository',
          'attribute.repository_id': 'assertion.repository_id',
          'attribute.repository_owner_id': 'assertion.repository_owner_id',
          'attribute.ref': 'assertion.ref',
        },
        attributeCondition: `assertion.repository_owner_id == '${repository.ownerId}' && assertion.repository_id == '${repository.id}'`,
        disabled: false,
      },
    ],
    bindings: [
      { resource: `projects/${project.id}`, role: 'roles/owner', member: `serviceAccount:${ownerOf(project)}` },

      ...names.map((name) => ({
        resource: `projects/-/serviceAccounts/${email(name)}`,
        role: 'roles/iam.workloadIdentityUser',
        member: workload,
      })),

      ...onProject('livekit-plan', 'roles/viewer'),
      onBucket('livekit-plan', 'roles/storage.legacyBucketReader'),
      onBucket('livekit-plan', 'roles/storage.objectViewer', inside('livekit/')),
      ...environments.map((environment) =>
        onBucket('livekit-plan', 'roles/storage.objectCreator', inside(`livekit/${environment}/plans/`)),
      ),

      ...onProject(
        'livekit-cicd',
        'roles/viewer',
        'roles/compute.networkAdmin',
        'roles/compute.securityAdmin',
        'roles/container.admin',
        'roles/redis.admin',
        'roles/dns.admin',
        'roles/serviceusage.serviceUsageAdmin',
        'roles/iam.serviceAccountAdmin',
        'roles/iam.serviceAccountUser',
        'roles/iam.workloadIdentityPoolAdmin',
        'roles/resourcemanager.projectIamAdmin',
        'roles/logging.configWriter',
        'roles/monitoring.editor',
        'projects/nova-livekit-dev/roles/livekitSecretWriter',
      ),
      onBucket('livekit-cicd', 'roles/storage.admin'),

      ...onProject('livekit-deploy', 'roles/container.developer', 'roles/container.clusterViewer'),
      onBucket('livekit-deploy', 'roles/storage.objectViewer', ending('/outputs.json')),
      ...environments.map((environment) => ({
        resource: `projects/${project.id}/secrets/livekit-${environment}-keys`,
        role: 'roles/secretmanager.secretAccessor',
        member: `serviceAccount:${email('livekit-deploy')}`,
      })),
    ],
  };
}
