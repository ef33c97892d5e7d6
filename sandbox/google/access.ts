import { holds } from './expression.ts';
import type { Binding, Identities } from './identities.ts';
import { roleGrants } from './roles.ts';
import type { Identity } from './tokens.ts';

/** What the request is about, beyond the resource: `iam.googleapis.com/modifiedGrantsByRole` for a change of a policy. */
export type RequestAttributes = Readonly<Record<string, readonly string[]>>;

/**
 * Whether one of the identity's bindings on the resource or above it grants the permission. `resource` is a full name below
 * `projects/`; a bucket (`projects/_/buckets/<name>`) belongs to `project`.
 */
export function may(
  identities: Identities,
  identity: Identity,
  permission: string,
  resource: string,
  project: string,
  request: RequestAttributes = {},
): boolean {
  const above = ancestors(resource, project);
  return identities.bindings.some(
    (binding) =>
      above.has(binding.resource) &&
      isMember(identity, binding.member) &&
      roleGrants(binding.role, permission, identities.customRoles) &&
      (binding.condition === undefined || holds(binding.condition, { resource: { name: resource }, api: request })),
  );
}

/** The roles that a service account has on the whole project, without condition: what GKE's access is made of. */
export function projectRoles(identities: Identities, identity: Identity, project: string): string[] {
  const found = identities.bindings.filter(
    (binding: Binding) =>
      binding.resource === `projects/${project}` &&
      binding.condition === undefined &&
      isMember(identity, binding.member),
  );
  return [...new Set(found.map((binding) => binding.role))];
}

function ancestors(resource: string, project: string): Set<string> {
  const parts = resource.split('/');
  const names = new Set(parts.map((_, index) => parts.slice(0, index + 1).join('/')));
  if (/^projects\/[_-]\//.test(resource)) names.add(`projects/${project}`);
  return names;
}

function isMember(identity: Identity, member: string): boolean {
  if (identity.kind === 'serviceAccount') return member === `serviceAccount:${identity.email}`;
  if (member === `principal://iam.googleapis.com/${identity.pool}/subject/${identity.subject}`) return true;
  const set = `principalSet://iam.googleapis.com/${identity.pool}/`;
  if (!member.startsWith(set)) return false;
  const rest = member.slice(set.length);
  if (rest === '*') return true;
  const [, name, value] = /^(attribute\.\w+)\/(.*)$/.exec(rest) ?? [];
  return name !== undefined && identity.attributes[name] === value;
}
