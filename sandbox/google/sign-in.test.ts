import { jest } from '@jest/globals';
import { generateKeyPair } from 'jose';
import { ExternalAccountClient } from 'google-auth-library';
import { provider, startBench } from './test-bench.ts';
import type { Bench } from './test-bench.ts';

let bench: Bench;
beforeEach(async () => {
  // The library warns of credentials that it did not make itself.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  bench = await startBench();
});
afterEach(() => bench.close());

/** The credentials file as google-github-actions/auth writes it. */
function credentials(account: string, extra: object = {}) {
  return {
    type: 'external_account',
    audience: `//iam.googleapis.com/${provider}`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${bench.google}/sts.googleapis.com/v1/token`,
    service_account_impersonation_url: `${bench.google}/iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}@nova-livekit-dev.iam.gserviceaccount.com:generateAccessToken`,
    credential_source: {
      url: `${bench.config.addresses.github}/token?audience=x`,
      headers: { Authorization: 'Bearer runner' },
      format: { type: 'json' as const, subject_token_field_name: 'value' },
    },
    ...extra,
  };
}

function client(account: string, extra: object = {}) {
  const made = ExternalAccountClient.fromJSON(credentials(account, extra));
  if (!made) throw new Error('not external-account credentials');
  made.scopes = ['https://www.googleapis.com/auth/cloud-platform'];
  return made;
}

async function exchange(token: string, change: Record<string, string> = {}) {
  const answer = await fetch(`${bench.google}/sts.googleapis.com/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      audience: `//iam.googleapis.com/${provider}`,
      subject_token: token,
      ...change,
    }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test("Google's client signs in with a workflow's token and reads the project", async () => {
  await bench.githubToken();
  const answer = await client('livekit-plan').request<{ projectNumber: string }>({
    url: `${bench.google}/cloudresourcemanager.googleapis.com/v1/projects/nova-livekit-dev`,
  });
  expect(answer.data.projectNumber).toBe('123456789012');
});

test('the lifetime that the credentials ask for is the lifetime of the token', async () => {
  await bench.githubToken();
  const signedIn = client('livekit-plan', { service_account_impersonation: { token_lifetime_seconds: 600 } });
  const { token } = await signedIn.getAccessToken();
  bench.advance(601);
  const answer = await fetch(`${bench.google}/cloudresourcemanager.googleapis.com/v1/projects/nova-livekit-dev`, {
    headers: { authorization: `Bearer ${String(token)}` },
  });
  expect(answer.status).toBe(401);
  expect(await answer.text()).toContain('ACCESS_TOKEN_EXPIRED');
});

test('the exchange takes JSON in camel case as well', async () => {
  const answer = await fetch(`${bench.google}/sts.googleapis.com/v1/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      audience: `//iam.googleapis.com/${provider}`,
      subjectToken: await bench.githubToken(),
    }),
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
});

describe('the exchange refuses a token', () => {
  const now = () => Math.floor(Date.now() / 1000);
  test.each([
    [
      'of another repository',
      { repository_id: '1' },
      401,
      'unauthorized_client',
      'rejected by the attribute condition',
    ],
    [
      'of another owner',
      { repository_owner_id: '1' },
      401,
      'unauthorized_client',
      'rejected by the attribute condition',
    ],
    ['of another issuer', { iss: 'https://gitlab.com' }, 400, 'invalid_grant', 'The issuer in ID Token'],
    [
      'for another audience',
      { aud: 'https://github.com/nova' },
      400,
      'invalid_grant',
      'does not match the expected audience',
    ],
    [
      'that has expired',
      { iat: now() - 600, nbf: now() - 600, exp: now() - 300 },
      400,
      'invalid_grant',
      'is stale to sign-in',
    ],
    ['that is not valid yet', { nbf: now() + 120 }, 400, 'invalid_grant', 'not valid yet'],
    ['issued in the future', { iat: now() + 120, exp: now() + 300 }, 400, 'invalid_grant', 'issued in the future'],
    ['that lives for days', { exp: now() + 200_000 }, 400, 'invalid_grant', '24 hours'],
    ['without a claim that is mapped', { ref: undefined }, 400, 'invalid_grant', 'attribute.ref'],
    ['whose subject is too long', { sub: 'x'.repeat(128) }, 400, 'invalid_request', '127 bytes'],
  ])('%s', async (_, claims, status, error, says) => {
    const { status: answered, body } = await exchange(await bench.githubToken(claims));
    expect({ answered, error: body['error'] }).toEqual({ answered: status, error });
    expect(body['error_description']).toContain(says);
  });

  test('signed by another key', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const { status, body } = await exchange(await bench.githubToken({}, privateKey));
    expect(status).toBe(400);
    expect(body['error_description']).toContain('not signed by a key of the issuer');
  });
});

test('a pool provider that Terraform applied decides by its own condition', async () => {
  const key = 'projects/nova-livekit-dev/locations/global/workloadIdentityPools/github-pool/providers/github-provider';
  await bench.cloud.resources.create('google_iam_workload_identity_pool_provider', key, {
    workload_identity_pool_id: 'github-pool',
    workload_identity_pool_provider_id: 'github-provider',
    attribute_mapping: { 'google.subject': 'assertion.sub' },
    attribute_condition: "assertion.ref == 'refs/heads/release'",
    oidc: [{ issuer_uri: 'https://token.actions.githubusercontent.com', allowed_audiences: [] }],
  });
  expect((await exchange(await bench.githubToken())).status).toBe(401);
  expect((await exchange(await bench.githubToken({ ref: 'refs/heads/release' }))).status).toBe(200);
});

test('the API server learns the service account and its roles from a token', async () => {
  const review = async (token: string) => {
    const answer = await fetch(`${bench.google}/sandbox/kubernetes/tokenreview`, {
      method: 'POST',
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
    });
    return ((await answer.json()) as { status: unknown }).status;
  };
  expect(await review(bench.tokenOf('livekit-deploy'))).toMatchObject({
    authenticated: true,
    user: {
      username: 'livekit-deploy@nova-livekit-dev.iam.gserviceaccount.com',
      groups: expect.arrayContaining(['iam:roles/container.developer', 'iam:roles/container.clusterViewer']) as unknown,
    },
  });
  const groupsOf = async (account: string): Promise<string[]> =>
    ((await review(bench.tokenOf(account))) as { user: { groups: string[] } }).user.groups;
  expect(await groupsOf('livekit-verify')).toContain('iam:container.pods.portForward');
  const installer = await groupsOf('livekit-turn-cert');
  expect(installer).toEqual(
    expect.arrayContaining(['iam:container.secrets.update', 'iam:container.deployments.update']),
  );
  expect(installer).not.toContain('iam:roles/container.developer');
  expect(await review('ya29.c.guessed')).toMatchObject({ authenticated: false });
  const storageOnly = bench.tokenOf('livekit-deploy', ['https://www.googleapis.com/auth/devstorage.read_only']);
  expect(await review(storageOnly)).toMatchObject({ authenticated: false });
  const late = bench.tokenOf('livekit-deploy');
  bench.advance(3601);
  expect(await review(late)).toMatchObject({ authenticated: false });
});

test('the request log names the identity and never the token', async () => {
  const token = bench.tokenOf('livekit-plan');
  const headers = { authorization: `Bearer ${token}` };
  await fetch(`${bench.google}/cloudresourcemanager.googleapis.com/v1/projects/nova-livekit-dev`, { headers });
  await exchange(await bench.githubToken());
  const log = await (await fetch(`${bench.google}/sandbox/requests`)).text();
  expect(JSON.parse(log)).toMatchObject({
    requests: [
      {
        method: 'GET',
        path: '/v1/projects/nova-livekit-dev',
        status: 200,
        identity: expect.stringMatching(/^livekit-plan@/) as unknown,
      },
      { method: 'POST', host: 'sts.googleapis.com', path: '/v1/token', status: 200 },
    ],
  });
  expect(log).not.toContain(token);
});

test('a fault on demand answers as many requests as it was told', async () => {
  await fetch(`${bench.google}/sandbox/faults`, {
    method: 'POST',
    body: JSON.stringify({
      service: 'cloudresourcemanager.googleapis.com',
      status: 503,
      body: { error: {} },
      times: 2,
    }),
  });
  const headers = { authorization: `Bearer ${bench.tokenOf('livekit-plan')}` };
  const url = `${bench.google}/cloudresourcemanager.googleapis.com/v1/projects/nova-livekit-dev`;
  const statuses = [];
  for (let i = 0; i < 3; i += 1) statuses.push((await fetch(url, { headers })).status);
  expect(statuses).toEqual([503, 503, 200]);
});
