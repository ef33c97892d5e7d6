import { createCloud, stillWorld } from './cloud.ts';
import { provider, startBench } from './test-bench.ts';
import type { Bench } from './test-bench.ts';

const project = 'nova-livekit-dev';
const pools = `projects/${project}/locations/global/workloadIdentityPools`;
const email = (name: string) => `${name}@${project}.iam.gserviceaccount.com`;

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

const make = (type: string, key: string, attributes: Record<string, unknown>) =>
  bench.cloud.resources.create(type, key, attributes);
const makePool = (more: object = {}) =>
  make('google_iam_workload_identity_pool', `${pools}/github-pool`, {
    workload_identity_pool_id: 'github-pool',
    ...more,
  });
const makeProvider = (owner: string) =>
  make('google_iam_workload_identity_pool_provider', `${pools}/github-pool/providers/github-provider`, {
    workload_identity_pool_id: 'github-pool',
    workload_identity_pool_provider_id: 'github-provider',
    attribute_mapping: { 'google.subject': 'assertion.sub', 'attribute.repository_id': 'assertion.repository_id' },
    attribute_condition: `assertion.repository_owner_id == '${owner}'`,
    oidc: [{ issuer_uri: 'https://token.actions.githubusercontent.com' }],
  });
const makePlanIdentity = async (role: string, more: object = {}) => {
  const account = `projects/${project}/serviceAccounts/${email('livekit-plan')}`;
  const member = `serviceAccount:${email('livekit-plan')}`;
  await make('google_service_account', account, { email: email('livekit-plan'), unique_id: '1', ...more });
  await make('google_project_iam_member', `${project}/${role}/${member}`, { project, role, member });
  await make('google_service_account_iam_member', `${account}/user`, {
    service_account_id: account,
    role: 'roles/iam.workloadIdentityUser',
    member: `principalSet://iam.googleapis.com/${provider.replace(/\/providers.*/, '')}/attribute.repository_id/900100`,
  });
};

/** The answers of the two exchanges: GitHub's token for a federated one, and that for the account's. */
async function signIn(account: string): Promise<number[]> {
  const exchange = await fetch(`${bench.google}/sts.googleapis.com/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      audience: `//iam.googleapis.com/${provider}`,
      subject_token: await bench.githubToken(),
    }),
  });
  if (exchange.status !== 200) return [exchange.status];
  const { access_token: token } = (await exchange.json()) as { access_token: string };
  const url = `${bench.google}/iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email(account)}:generateAccessToken`;
  const { status } = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: ['https://www.googleapis.com/auth/cloud-platform'] }),
  });
  return [200, status];
}

const networks = async (account: string): Promise<number> => {
  const url = `${bench.google}/cloud/v1/resources/google_compute_network`;
  return (await fetch(url, { headers: { authorization: `Bearer ${bench.tokenOf(account)}` } })).status;
};

test('without a bootstrap the sandbox has the identities of one', async () => {
  expect(await signIn('livekit-plan')).toEqual([200, 200]);
  expect(await networks('livekit-plan')).toBe(200);
});

test('a bootstrap begins with nobody but the owner', async () => {
  await makePool();
  expect(await signIn('livekit-plan')).toEqual([400]);
  // A token of an account that is no more.
  expect(await networks('livekit-plan')).toBe(401);
  expect(await networks('owner')).toBe(200);
});

test('what it makes is what counts: condition, members, roles', async () => {
  await makePool();
  await makeProvider('900001');
  expect(await signIn('livekit-plan')).toEqual([200, 404]);
  await makePlanIdentity('roles/dns.reader');
  expect(await signIn('livekit-plan')).toEqual([200, 200]);
  expect(await networks('livekit-plan')).toBe(403);
  expect(await signIn('livekit-cicd')).toEqual([200, 404]);
});

test('a condition with another owner id lets nobody in', async () => {
  await makePool();
  await makeProvider('900002');
  expect(await signIn('livekit-plan')).toEqual([401]);
});

test('a disabled pool lets nobody in, whatever its provider says', async () => {
  await makePool({ disabled: true });
  await makeProvider('900001');
  expect(await signIn('livekit-plan')).toEqual([400]);
});

test('a disabled account gives no token', async () => {
  await makePool();
  await makeProvider('900001');
  await makePlanIdentity('roles/viewer', { disabled: true });
  expect(await signIn('livekit-plan')).toEqual([200, 403]);
});

test('a custom role holds what was applied, and nothing while it is disabled', async () => {
  const role = `projects/${project}/roles/lister`;
  const lister = (stage: string) => ({ name: role, permissions: ['compute.networks.list'], stage });
  await makePool();
  await makePlanIdentity(role);
  expect(await networks('livekit-plan')).toBe(403);
  await make('google_project_iam_custom_role', role, lister('GA'));
  expect(await networks('livekit-plan')).toBe(200);
  await bench.cloud.resources.replace('google_project_iam_custom_role', role, lister('DISABLED'), () => ({}));
  expect(await networks('livekit-plan')).toBe(403);
});

test('after its destruction, and a restart, still nobody is there but the owner', async () => {
  await makePool();
  expect(await networks('livekit-plan')).toBe(401);
  await bench.cloud.resources.delete('google_iam_workload_identity_pool', `${pools}/github-pool`);
  expect(await networks('livekit-plan')).toBe(401);
  const restarted = createCloud({ config: bench.config, world: stillWorld });
  expect(restarted.identities().serviceAccounts.map((account) => account.email)).toEqual([email('owner')]);
});

test('the owner signs in as with gcloud', async () => {
  const answer = await fetch(`${bench.google}/sandbox/owner`, { method: 'POST' });
  const { accessToken } = (await answer.json()) as { accessToken: string };
  const url = `${bench.google}/cloud/v1/resources/google_compute_network`;
  expect((await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } })).status).toBe(200);
});
