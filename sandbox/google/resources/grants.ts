import { z } from 'zod';
import type { SandboxConfig } from '../../config.ts';
import { githubIssuer, githubKeys } from '../identities.ts';
import type { Binding, Identities, IdentityProvider, ServiceAccount } from '../identities.ts';
import type { Resource } from './store.ts';

// A resource whose attributes are not (yet) what the type has grants nothing.

/**
 * What the applied resources add to the seeded identities: service accounts, custom roles, IAM members and Workload Identity
 * providers. What Terraform manages stands in the place of the seeded one of the same name.
 */
export function withGrants(
  seed: Identities,
  resources: readonly Resource[],
  { project, addresses }: Pick<SandboxConfig, 'project' | 'addresses'>,
): Identities {
  const accounts = resources.filter(({ type }) => type === 'google_service_account').flatMap(account);
  const jwksUri = githubKeys(addresses.github);
  const disabledPools = resources
    .filter(({ type, attributes }) => type === 'google_iam_workload_identity_pool' && attributes['disabled'] === true)
    .map(({ attributes }) => attributes['workload_identity_pool_id']);
  const providers = resources
    .filter(({ type }) => type === 'google_iam_workload_identity_pool_provider')
    .flatMap((resource) => provider(resource, project.number, jwksUri))
    .map((found) => ({ ...found, disabled: found.disabled || disabledPools.includes(poolOf(found)) }));
  return {
    serviceAccounts: [
      ...accounts,
      ...seed.serviceAccounts.filter((old) => !accounts.some((a) => a.email === old.email)),
    ],
    providers: [...providers, ...seed.providers.filter((old) => !providers.some((p) => p.name === old.name))],
    bindings: [...seed.bindings, ...resources.flatMap(binding)],
    customRoles: {
      ...seed.customRoles,
      ...Object.fromEntries(
        resources.filter(({ type }) => type === 'google_project_iam_custom_role').flatMap(customRole),
      ),
    },
  };
}

/** Whether Terraform manages, as the bootstrap does, the pool through which the seeded identities sign in. */
export function isBootstrapped(seed: Identities, resources: readonly Resource[]): boolean {
  const pools = seed.providers.map(poolOf);
  return resources.some(
    ({ type, attributes }) =>
      type === 'google_iam_workload_identity_pool' && pools.includes(String(attributes['workload_identity_pool_id'])),
  );
}

function poolOf({ name }: IdentityProvider): string {
  return /workloadIdentityPools\/([^/]+)/.exec(name)?.[1] ?? '';
}

const roleSchema = z.object({ name: z.string(), permissions: z.array(z.string()), stage: z.string().nullish() });

function customRole({ attributes }: Resource): [name: string, permissions: readonly string[]][] {
  const { data } = roleSchema.safeParse(attributes);
  return data ? [[data.name, data.stage === 'DISABLED' ? [] : data.permissions]] : [];
}

const accountSchema = z.object({ email: z.string(), unique_id: z.string().nullish(), disabled: z.boolean().nullish() });

function account({ attributes }: Resource): ServiceAccount[] {
  const parsed = accountSchema.safeParse(attributes);
  if (!parsed.success) return [];
  const { email, unique_id, disabled } = parsed.data;
  return [{ email, uniqueId: unique_id ?? email, disabled: disabled ?? false }];
}

const providerSchema = z.object({
  workload_identity_pool_id: z.string(),
  workload_identity_pool_provider_id: z.string(),
  attribute_condition: z.string().nullish(),
  attribute_mapping: z.record(z.string(), z.string()).nullish(),
  disabled: z.boolean().nullish(),
  oidc: z.array(z.object({ issuer_uri: z.string(), allowed_audiences: z.array(z.string()).nullish() })).nullish(),
});

function provider({ attributes }: Resource, projectNumber: string, jwksUri: string): IdentityProvider[] {
  const found = providerSchema.safeParse(attributes);
  if (!found.success) return [];
  const parsed = found.data;
  const oidc = parsed.oidc?.[0];
  const provider: IdentityProvider = {
    name: `projects/${projectNumber}/locations/global/workloadIdentityPools/${parsed.workload_identity_pool_id}/providers/${parsed.workload_identity_pool_provider_id}`,
    issuer: oidc?.issuer_uri ?? '',
    // Only GitHub's keys can be had here; tokens of any other issuer find none.
    jwksUri: oidc?.issuer_uri === githubIssuer ? jwksUri : '',
    allowedAudiences: oidc?.allowed_audiences ?? [],
    attributeMapping: parsed.attribute_mapping ?? {},
    attributeCondition: parsed.attribute_condition ?? '',
    disabled: parsed.disabled ?? false,
  };
  return [provider];
}

const memberSchema = z.object({
  role: z.string(),
  member: z.string(),
  condition: z.array(z.object({ expression: z.string() })).nullish(),
  project: z.string().nullish(),
  bucket: z.string().nullish(),
  secret_id: z.string().nullish(),
  service_account_id: z.string().nullish(),
  managed_zone: z.string().nullish(),
});

function binding({ type, attributes }: Resource): Binding[] {
  const on: Readonly<Record<string, (member: z.output<typeof memberSchema>) => string>> = {
    google_project_iam_member: ({ project }) => `projects/${project ?? ''}`,
    google_storage_bucket_iam_member: ({ bucket }) => `projects/_/buckets/${(bucket ?? '').replace(/^b\//, '')}`,
    google_secret_manager_secret_iam_member: ({ project, secret_id }) =>
      `projects/${project ?? ''}/secrets/${(secret_id ?? '').split('/').at(-1) ?? ''}`,
    google_dns_managed_zone_iam_member: ({ project, managed_zone }) =>
      `projects/${project ?? ''}/managedZones/${(managed_zone ?? '').split('/').at(-1) ?? ''}`,
    google_service_account_iam_member: ({ service_account_id }) =>
      `projects/-/serviceAccounts/${(service_account_id ?? '').split('/').at(-1) ?? ''}`,
  };
  const resource = on[type];
  if (!resource) return [];
  const parsed = memberSchema.safeParse(attributes);
  if (!parsed.success) return [];
  const member = parsed.data;
  const condition = member.condition?.[0]?.expression;
  return [
    { resource: resource(member), role: member.role, member: member.member, ...(condition ? { condition } : {}) },
  ];
}
