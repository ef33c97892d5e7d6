import { strings, eachValue, exactlyOne, oneOf, pattern, whole, type Rule } from './rule.ts';
import { text, type ObjectValue } from '../value.ts';

const MEMBERS = [
  'google_project_iam_member',
  'google_service_account_iam_member',
  'google_secret_manager_secret_iam_member',
  'google_storage_bucket_iam_member',
  'google_kms_crypto_key_iam_member',
  'google_dns_managed_zone_iam_member',
];
const ACCOUNT = 'google_service_account';
const POOL = 'google_iam_workload_identity_pool';
const PROVIDER = 'google_iam_workload_identity_pool_provider';
const CUSTOM_ROLE = 'google_project_iam_custom_role';

const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|projectOwner|projectEditor|projectViewer|principal|principalSet|deleted:\w+):.+)$/;
const ROLE = /^(roles\/[\w.]+|(projects|organizations)\/[^/]+\/roles\/[\w.]+)$/;
const GITHUB = 'https://token.actions.githubusercontent.com';

/** What IAM refuses: members, roles, identities and the trust in other issuers. */
export const IAM_RULES: readonly Rule[] = [
  ...MEMBERS.flatMap((type) => [
    pattern(
      type,
      'member',
      MEMBER,
      'must be an IAM member, such as serviceAccount:name@project.iam.gserviceaccount.com',
    ),
    pattern(type, 'role', ROLE, 'must be roles/<name> or {projects,organizations}/<parent>/roles/<name>'),
  ]),
  eachValue(
    'google_project_iam_member',
    'member',
    'not everybody',
    (value) =>
      value === 'allUsers' || value === 'allAuthenticatedUsers'
        ? `Members allUsers and allAuthenticatedUsers cannot be added to a project's policy`
        : undefined,
    'apply',
  ),

  pattern(
    ACCOUNT,
    'account_id',
    /^[a-z]([-a-z0-9]{4,28}[a-z0-9])$/,
    'must be 6 to 30 lower-case letters, numbers and hyphens, starting with a letter',
  ),
  eachValue(ACCOUNT, 'display_name', 'length', (value) =>
    text(value).length > 100 ? '"display_name" cannot be longer than 100 characters' : undefined,
  ),

  pattern(CUSTOM_ROLE, 'role_id', /^[a-zA-Z0-9_.]{3,64}$/, 'must be 3 to 64 letters, numbers, underscores and dots'),
  oneOf(CUSTOM_ROLE, 'stage', ['ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP']),

  pattern(
    POOL,
    'workload_identity_pool_id',
    /^(?!gcp-)[a-z0-9-]{4,32}$/,
    'must be 4 to 32 lower-case letters, numbers and hyphens, and not begin with "gcp-"',
  ),
  pattern(
    PROVIDER,
    'workload_identity_pool_provider_id',
    /^(?!gcp-)[a-z0-9-]{4,32}$/,
    'must be 4 to 32 lower-case letters, numbers and hyphens, and not begin with "gcp-"',
  ),
  exactlyOne(PROVIDER, ['oidc', 'aws', 'saml', 'x509']),
  pattern(PROVIDER, 'oidc.issuer_uri', /^https:\/\//, 'must begin with https://'),
  whole(PROVIDER, 'attribute_mapping', 'google.subject', unmapped, 'apply'),
  whole(PROVIDER, 'attribute_condition', 'for a shared issuer', unconditioned, 'apply'),
];

function unmapped(config: ObjectValue): string | undefined {
  const mapping = config['attribute_mapping'] as ObjectValue | null | undefined;
  return strings(config, 'oidc.issuer_uri').length > 0 && !(mapping && 'google.subject' in mapping)
    ? 'The attribute mapping must map google.subject'
    : undefined;
}

/** Everybody's GitHub tokens have one issuer: without a condition on a claim any repository could sign in. */
function unconditioned(config: ObjectValue): string | undefined {
  const condition = config['attribute_condition'];
  return strings(config, 'oidc.issuer_uri').includes(GITHUB) &&
    !/assertion\.|attribute\./.test(typeof condition === 'string' ? condition : '')
    ? "The attribute condition must reference one of the provider's claims"
    : undefined;
}
