import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { PLAN_WORKFLOW } from '../google/identities.ts';
import { provider, startBench, type Bench } from '../google/test-bench.ts';
import { terraformRun, type Outcome, type TerraformRun } from './terraform-run.ts';

jest.setTimeout(240_000);

const TERRAFORM = fileURLToPath(new URL('../../terraform', import.meta.url));
const PROJECT = 'nova-livekit-dev';
const BUCKET = `${PROJECT}-terraform-state`;
const CANARY = 'canary+/="&-0123456789-0123456789-0123456789';

// A project in which nobody exists but its owner: all that anyone may below comes from the bootstrap.
let bench: Bench;
let root: TerraformRun;
let bootstrap: TerraformRun;
let dev: TerraformRun;
beforeAll(async () => {
  bench = await startBench({
    seed: {
      serviceAccounts: [{ email: `owner@${PROJECT}.iam.gserviceaccount.com`, uniqueId: '1', disabled: false }],
      providers: [],
      bindings: [
        {
          resource: `projects/${PROJECT}`,
          role: 'roles/owner',
          member: `serviceAccount:owner@${PROJECT}.iam.gserviceaccount.com`,
        },
      ],
    },
  });
  root = await terraformRun(TERRAFORM);
  bootstrap = root.in('bootstrap');
  dev = root.in('environments/dev');
  await dev.write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
  expect(await bootstrap.run(['init'])).toMatchObject({ exitCode: 0 });
  expect(await dev.run(['init'])).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await bench.close();
  await root.remove();
  expect(bench.faults).toEqual([]);
});

const as = (account: string): Record<string, string> => ({
  LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: bench.google }),
  GOOGLE_OAUTH_ACCESS_TOKEN: bench.tokenOf(account),
});

const bootstrapped = (args: string[], variables: Record<string, string> = {}): Promise<Outcome> =>
  bootstrap.run(args, {
    ...as('owner'),
    TF_VAR_project_id: PROJECT,
    TF_VAR_github_repository: 'nova/livekit',
    TF_VAR_github_owner_id: '900001',
    TF_VAR_github_repository_id: '900100',
    // Not a variable of the bootstrap: whoever runs both has it in the environment.
    TF_VAR_livekit_api_secret: CANARY,
    TF_LOG: 'TRACE',
    TF_LOG_PATH: `${bootstrap.directory}/trace.log`,
    ...variables,
  });

const inDev = (account: string, args: string[], variables: Record<string, string> = {}): Promise<Outcome> =>
  dev.run(args, {
    ...as(account),
    TF_VAR_project_id: PROJECT,
    TF_VAR_domain: 'livekit-dev.example.com',
    TF_VAR_turn_domain: 'turn-dev.example.com',
    TF_VAR_dns_zone: '{name="example-com", dns_name="example.com", create=true}',
    TF_VAR_acme_zone: '{dns_name="acme-dev.example.com"}',
    TF_VAR_livekit_api_key: 'APIkey',
    TF_VAR_livekit_api_secret: CANARY,
    ...variables,
  });

test('is planned and applied, and then nothing is left to change', async () => {
  expect(await bootstrapped(['plan', '-out=first.tfplan'])).toMatchObject({ exitCode: 0 });
  const applied = await bootstrapped(['apply', 'first.tfplan']);
  expect(applied.text).toMatch(/Apply complete! Resources: \d+ added, 0 changed, 0 destroyed/);
  expect(await bootstrapped(['plan', '-detailed-exitcode'])).toMatchObject({ exitCode: 0 });
});

test('changes in place: plans are kept longer, an environment more may sign in', async () => {
  const changes = { TF_VAR_plan_retention_days: '45', TF_VAR_environments: '["dev", "stg", "prd", "qa"]' };
  expect(await bootstrapped(['plan', '-out=changed.tfplan'], changes)).toMatchObject({ exitCode: 0 });
  const changed = await bootstrapped(['apply', 'changed.tfplan'], changes);
  expect(changed.text).toMatch(/Resources: \d+ added, [1-9]\d* changed, 0 destroyed/);
  expect(await bootstrapped(['plan', '-detailed-exitcode'], changes)).toMatchObject({ exitCode: 0 });
  expect(await bootstrapped(['apply', '-auto-approve'])).toMatchObject({ exitCode: 0 });
  expect(await bootstrapped(['plan', '-detailed-exitcode'])).toMatchObject({ exitCode: 0 });
});

test('tells the values that the workflows need', async () => {
  const outputs = JSON.parse((await bootstrapped(['output', '-json'])).text) as Record<string, { value: unknown }>;
  const account = (name: string): string => `${name}@${PROJECT}.iam.gserviceaccount.com`;
  expect(outputs['github_variables']?.value).toEqual({
    GCP_PROJECT_ID: PROJECT,
    GCP_REGION: 'asia-northeast1',
    GCP_WORKLOAD_IDENTITY_PROVIDER: provider,
    GCP_PLAN_SERVICE_ACCOUNT: account('livekit-plan'),
    GCP_SERVICE_ACCOUNT: account('livekit-cicd'),
    GCP_DEPLOY_SERVICE_ACCOUNT: account('livekit-deploy'),
    GCP_TURN_CERT_SERVICE_ACCOUNT: account('livekit-turn-cert'),
    GCP_VERIFY_SERVICE_ACCOUNT: account('livekit-verify'),
  });
});

describe('a job signs in', () => {
  const MAIN = { ref: 'refs/heads/main', job_workflow_ref: 'nova/livekit/.github/workflows/w.yml@refs/heads/main' };
  const BRANCH = {
    ref: 'refs/pull/7/merge',
    job_workflow_ref: 'nova/livekit/.github/workflows/w.yml@refs/pull/7/merge',
  };

  const PLANNING = { ref: 'refs/pull/7/merge', job_workflow_ref: PLAN_WORKFLOW };
  const other = (reference: string) => ({ ...PLANNING, job_workflow_ref: reference });
  const suite = 'org/livekit-gke/.github/workflows';

  test.each([
    { job: 'a pull request through the plan workflow', claims: PLANNING, account: 'livekit-plan', answer: 200 },
    {
      job: 'a pull request through the plan workflow in the environment prd',
      claims: { ...PLANNING, environment: 'prd' },
      account: 'livekit-cicd',
      answer: 403,
    },
    { job: "a pull request's own workflow", claims: BRANCH, account: 'livekit-plan', answer: 403 },
    {
      job: "the plan workflow's name in a pull request's own repository",
      claims: other('nova/livekit/.github/workflows/plan.yml@refs/tags/v1'),
      account: 'livekit-plan',
      answer: 403,
    },
    {
      job: 'the plan workflow of another version',
      claims: other(`${suite}/plan.yml@refs/heads/main`),
      account: 'livekit-plan',
      answer: 403,
    },
    {
      job: 'another workflow of the suite',
      claims: other(`${suite}/ci.yml@refs/tags/v1`),
      account: 'livekit-plan',
      answer: 403,
    },
    { job: "the main branch's own workflow", claims: MAIN, account: 'livekit-plan', answer: 403 },
    { job: 'a pull request', claims: BRANCH, account: 'livekit-cicd', answer: 403 },
    { job: 'a pull request', claims: BRANCH, account: 'livekit-deploy', answer: 403 },
    {
      job: 'a pull request in the environment dev',
      claims: { ...BRANCH, environment: 'dev' },
      account: 'livekit-cicd',
      answer: 403,
    },
    { job: 'the main branch without an environment', claims: MAIN, account: 'livekit-cicd', answer: 403 },
    { job: 'the main branch in dev', claims: { ...MAIN, environment: 'dev' }, account: 'livekit-cicd', answer: 200 },
    { job: 'the main branch in prd', claims: { ...MAIN, environment: 'prd' }, account: 'livekit-deploy', answer: 200 },
    {
      job: 'the main branch in prd',
      claims: { ...MAIN, environment: 'prd' },
      account: 'livekit-turn-cert',
      answer: 403,
    },
    {
      job: 'scheduled work in prd-maintenance',
      claims: { ...MAIN, environment: 'prd-maintenance' },
      account: 'livekit-turn-cert',
      answer: 200,
    },
    {
      job: 'scheduled work in prd-maintenance',
      claims: { ...MAIN, environment: 'prd-maintenance' },
      account: 'livekit-verify',
      answer: 200,
    },
    {
      job: 'scheduled work in prd-maintenance',
      claims: { ...MAIN, environment: 'prd-maintenance' },
      account: 'livekit-deploy',
      answer: 403,
    },
    {
      job: 'scheduled work in prd-maintenance',
      claims: { ...MAIN, environment: 'prd-maintenance' },
      account: 'livekit-cicd',
      answer: 403,
    },
    {
      job: 'an environment that nobody declared',
      claims: { ...MAIN, environment: 'qa' },
      account: 'livekit-cicd',
      answer: 403,
    },
    { job: 'the nodes of dev', claims: { ...MAIN, environment: 'dev' }, account: 'livekit-dev-nodes', answer: 403 },
  ])('as $account from $job: $answer', async ({ claims, account, answer }) => {
    expect(await signIn(claims, account)).toBe(answer);
  });

  test.each([
    ['another owner, who took the name over', { repository_owner_id: '900002' }],
    ['another repository of the owner', { repository_id: '900101', repository: 'nova/other' }],
  ])('never from %s', async (_, claims) => {
    await expect(signIn({ ...MAIN, environment: 'dev', ...claims }, 'livekit-cicd')).rejects.toThrow(
      'rejected by the attribute condition',
    );
  });
});

describe('with the identities of the bootstrap', () => {
  test('the plan identity plans an environment that is not there yet', async () => {
    expect((await inDev('livekit-plan', ['plan', '-lock=false'])).text).toMatch(
      /Plan: \d+ to add, 0 to change, 0 to destroy/,
    );
  });

  test('the plan identity can make nothing', async () => {
    const refused = await inDev('livekit-plan', ['apply', '-auto-approve', '-state=refused.tfstate']);
    expect(refused.text).toMatch(/Error 403: .*compute\.networks\.create/);
    expect(refused.text).not.toContain('Creation complete');
  });

  test('the apply identity applies it, and the plan identity finds nothing to change', async () => {
    expect((await inDev('livekit-cicd', ['apply', '-auto-approve'])).text).toMatch(
      /Apply complete! Resources: \d+ added, 0 changed, 0 destroyed/,
    );
    expect(await inDev('livekit-plan', ['plan', '-detailed-exitcode', '-lock=false'])).toMatchObject({ exitCode: 0 });
  });

  test('the plan identity can change nothing: the reason is told, and everything is as it was', async () => {
    const change = ['-state=refused.tfstate', '-var', 'redis_memory_size_gb=2'];
    const before = JSON.stringify(bench.cloud.resources.all());
    await copyFile(`${dev.directory}/terraform.tfstate`, `${dev.directory}/refused.tfstate`);
    const changed = await inDev('livekit-plan', ['apply', '-auto-approve', ...change]);
    expect(changed.text).toMatch(/Error 403: .*redis\.instances\.update/);
    const destroyed = await inDev('livekit-plan', ['destroy', '-auto-approve', '-state=refused.tfstate']);
    expect(destroyed.text).toMatch(/Error 403: .*\.delete/);
    expect(destroyed.text).not.toContain('Destruction complete');
    expect(JSON.stringify(bench.cloud.resources.all())).toBe(before);
  });

  test.each<[who: string, may: boolean, key: string, account: string]>([
    ['the deploy identity', true, 'keys', 'livekit-deploy'],
    ['the verification', true, 'keys', 'livekit-verify'],
    ['the apply identity, which wrote it,', false, 'keys', 'livekit-cicd'],
    ['the plan identity', false, 'keys', 'livekit-plan'],
    ['the certificate identity', false, 'keys', 'livekit-turn-cert'],
    ['the certificate identity', true, 'turn-certificate', 'livekit-turn-cert'],
    ['the certificate identity', true, 'acme-account', 'livekit-turn-cert'],
    ['the deploy identity', true, 'turn-certificate', 'livekit-deploy'],
    ['the deploy identity', false, 'acme-account', 'livekit-deploy'],
  ])('%s may (%s) read the secret %s', async (_, may, key, account) => {
    const url = `${bench.google}/secretmanager.googleapis.com/v1/projects/${PROJECT}/secrets/livekit-dev-${key}/versions/latest:access`;
    const { status } = await fetch(url, { headers: { authorization: `Bearer ${bench.tokenOf(account)}` } });
    // an empty secret that may be read has no version
    expect(status).toBe(may ? (key === 'keys' ? 200 : 404) : 403);
  });

  test('the certificate identity changes the zone of its challenges, and no other', async () => {
    const record = (zone: string, name: string) =>
      fetch(`${bench.google}/dns.googleapis.com/dns/v1/projects/${PROJECT}/managedZones/${zone}/rrsets`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${bench.tokenOf('livekit-turn-cert')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ name, type: 'TXT', ttl: 60, rrdatas: ['"x"'] }),
      });
    expect((await record('livekit-dev-acme', 'turn-dev.example.com.acme-dev.example.com.')).status).toBe(200);
    expect((await record('example-com', '_acme-challenge.turn-dev.example.com.')).status).toBe(403);
  });

  test.each([
    ['roles/owner', 403],
    ['roles/secretmanager.secretAccessor', 403],
    ['roles/container.defaultNodeServiceAccount', 201],
  ])('the apply identity that grants %s in the project is answered %i', async (role, status) => {
    const member = `serviceAccount:livekit-cicd@${PROJECT}.iam.gserviceaccount.com`;
    const key = encodeURIComponent(`${PROJECT}/${role}/${member}`);
    const answer = await fetch(`${bench.google}/cloud/v1/resources/google_project_iam_member/${key}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bench.tokenOf('livekit-cicd')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: { project: PROJECT, role, member } }),
    });
    expect(answer.status).toBe(status);
  });

  test.each([
    ['the account of the nodes of dev', `livekit-dev-nodes@${PROJECT}.iam.gserviceaccount.com`, 201],
    ['the deploy identity', `livekit-deploy@${PROJECT}.iam.gserviceaccount.com`, 403],
    ["Compute Engine's default account, an editor,", 'default', 403],
  ])('the apply identity that starts machines as %s (%s) is answered %i', async (_, account, status) => {
    const cluster = `projects/${PROJECT}/locations/asia-northeast1/clusters/livekit-cluster-dev`;
    const pool = `${bench.google}/cloud/v1/resources/google_container_node_pool/${encodeURIComponent(`${cluster}/nodePools/other`)}`;
    const headers = { authorization: `Bearer ${bench.tokenOf('livekit-cicd')}`, 'content-type': 'application/json' };
    const attributes = { name: 'other', cluster, project: PROJECT, node_config: [{ service_account: account }] };
    const made = await fetch(pool, { method: 'POST', headers, body: JSON.stringify({ attributes }) });
    expect(made.status).toBe(status);
    if (made.ok) await fetch(pool, { method: 'DELETE', headers: { authorization: headers.authorization } });
  });

  test('the apply identity makes no service account and opens none', async () => {
    const refused = await inDev('livekit-cicd', ['plan', '-out=own', '-var', 'bootstrapped=false']);
    expect(refused).toMatchObject({ exitCode: 0 });
    expect((await inDev('livekit-cicd', ['apply', 'own'])).text).toMatch(/Error 403: .*iam\.serviceAccounts\.create/);
    expect(await inDev('livekit-cicd', ['apply', '-auto-approve'])).toMatchObject({ exitCode: 0 });
  });

  test('the bucket is open to each for its own objects only', () => {
    const may = (account: string, permission: string, object: string): boolean => {
      const identity = {
        kind: 'serviceAccount' as const,
        email: `${account}@${PROJECT}.iam.gserviceaccount.com`,
        uniqueId: '1',
      };
      try {
        bench.cloud.demand(identity, `storage.objects.${permission}`, `projects/_/buckets/${BUCKET}/objects/${object}`);
        return true;
      } catch {
        return false;
      }
    };
    const table = ([account, permission, object]: [string, string, string]): string =>
      `${account} ${permission} ${object}: ${may(account, permission, object) ? 'yes' : 'no'}`;
    expect(
      (
        [
          ['livekit-plan', 'get', 'livekit/dev/default.tfstate'],
          ['livekit-plan', 'create', 'livekit/dev/default.tfstate'],
          ['livekit-plan', 'delete', 'livekit/dev/default.tfstate'],
          ['livekit-plan', 'create', 'livekit/prd/plans/x.tfplan'],
          ['livekit-plan', 'delete', 'livekit/prd/plans/x.tfplan'],
          ['livekit-plan', 'create', 'livekit/dev/outputs.json'],
          ['livekit-plan', 'delete', 'livekit/dev/default.tflock'],
          ['livekit-plan', 'get', 'bootstrap/default.tfstate'],
          ['livekit-cicd', 'delete', 'livekit/dev/default.tfstate'],
          ['livekit-cicd', 'create', 'bootstrap/default.tfstate'],
          ['livekit-deploy', 'get', 'livekit/prd/outputs.json'],
          ['livekit-deploy', 'get', 'livekit/prd/default.tfstate'],
          ['livekit-turn-cert', 'get', 'livekit/dev/outputs.json'],
          ['livekit-turn-cert', 'create', 'livekit/dev/turn-cert/lease'],
          ['livekit-turn-cert', 'create', 'livekit/dev/plans/x'],
          ['livekit-verify', 'create', 'livekit/dev/verify/last.json'],
          ['livekit-verify', 'create', 'livekit/dev/turn-cert/lease'],
        ] as [string, string, string][]
      ).map(table),
    ).toEqual([
      'livekit-plan get livekit/dev/default.tfstate: yes',
      'livekit-plan create livekit/dev/default.tfstate: yes',
      'livekit-plan delete livekit/dev/default.tfstate: no',
      'livekit-plan create livekit/prd/plans/x.tfplan: yes',
      'livekit-plan delete livekit/prd/plans/x.tfplan: no',
      'livekit-plan create livekit/dev/outputs.json: no',
      'livekit-plan delete livekit/dev/default.tflock: yes',
      'livekit-plan get bootstrap/default.tfstate: no',
      'livekit-cicd delete livekit/dev/default.tfstate: yes',
      'livekit-cicd create bootstrap/default.tfstate: no',
      'livekit-deploy get livekit/prd/outputs.json: yes',
      'livekit-deploy get livekit/prd/default.tfstate: no',
      'livekit-turn-cert get livekit/dev/outputs.json: yes',
      'livekit-turn-cert create livekit/dev/turn-cert/lease: yes',
      'livekit-turn-cert create livekit/dev/plans/x: no',
      'livekit-verify create livekit/dev/verify/last.json: yes',
      'livekit-verify create livekit/dev/turn-cert/lease: no',
    ]);
  });
});

test('the plan identity can be bound to another workflow, or to the repository alone', async () => {
  const workflow = 'nova/livekit/.github/workflows/plan.yml@refs/heads/main';
  const pull = { ref: 'refs/pull/7/merge', job_workflow_ref: PLAN_WORKFLOW };
  const own = { ...pull, job_workflow_ref: 'nova/livekit/.github/workflows/plan.yml@refs/pull/7/merge' };
  expect(await bootstrapped(['apply', '-auto-approve'], { TF_VAR_plan_workflow: workflow })).toMatchObject({
    exitCode: 0,
  });
  expect(await signIn(own, 'livekit-plan')).toBe(403);
  expect(await signIn(pull, 'livekit-plan')).toBe(403);
  expect(await signIn({ ...own, job_workflow_ref: workflow }, 'livekit-plan')).toBe(200);
  await writeFile(`${bootstrap.directory}/any.auto.tfvars`, 'plan_workflow = null\n');
  expect(await bootstrapped(['apply', '-auto-approve'])).toMatchObject({ exitCode: 0 });
  expect(await signIn(own, 'livekit-plan')).toBe(200);
});

test('the bucket is not deleted unless its protection is lifted; then everything is', async () => {
  expect(await inDev('livekit-cicd', ['destroy', '-auto-approve'])).toMatchObject({ exitCode: 0 });
  const refused = await bootstrapped(['destroy', '-auto-approve']);
  expect(refused.text).toContain(`Cannot destroy ${BUCKET} because deletion_policy is set to "PREVENT"`);
  const lifted = { TF_VAR_deletion_protection: 'false' };
  expect(await bootstrapped(['apply', '-auto-approve'], lifted)).toMatchObject({ exitCode: 0 });
  expect(await bootstrapped(['destroy', '-auto-approve'], lifted)).toMatchObject({ exitCode: 0 });
  // What is left was made above by hand, past the engine.
  expect(bench.cloud.resources.all().map(({ type }) => type)).toEqual([
    'google_dns_record_set',
    'google_project_iam_member',
  ]);
});

test('the secret is in no plan, no state, no backup and no log of the bootstrap, in any encoding', async () => {
  const files = (await readdir(bootstrap.directory)).filter((name) => /tfplan|tfstate|log$/.test(name));
  expect(files.sort()).toEqual([
    'changed.tfplan',
    'first.tfplan',
    'terraform.tfstate',
    'terraform.tfstate.backup',
    'trace.log',
  ]);
  expect(await root.filesWith(CANARY)).toEqual([]);
});

/** GitHub's token for a federated one, and that for one of the account: the status of the second exchange. */
async function signIn(claims: Record<string, string>, account: string): Promise<number> {
  const exchange = await fetch(`${bench.google}/sts.googleapis.com/v1/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      audience: `//iam.googleapis.com/${provider}`,
      grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      subjectToken: await bench.githubToken({ actor: 'ada', environment: undefined, ...claims }),
    }),
  });
  const federated = (await exchange.json()) as { access_token?: string; error_description?: string };
  if (federated.access_token === undefined) throw new Error(federated.error_description);
  const answer = await fetch(
    `${bench.google}/iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}@${PROJECT}.iam.gserviceaccount.com:generateAccessToken`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${federated.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ scope: ['https://www.googleapis.com/auth/cloud-platform'] }),
    },
  );
  return answer.status;
}
