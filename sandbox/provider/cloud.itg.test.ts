import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { startBench, type Bench } from '../google/test-bench.ts';
import { terraformRun, type Outcome, type TerraformRun } from './terraform-run.ts';

jest.setTimeout(120_000);

const TERRAFORM = fileURLToPath(new URL('../../terraform', import.meta.url));
const CANARY = 'canary-0123456789-0123456789-0123456789';
const ENDPOINT = 'gke-1.asia-northeast1.gke.goog';

let bench: Bench;
let root: TerraformRun;
let dev: TerraformRun;
beforeAll(async () => {
  bench = await startBench({
    world: {
      created: (type) =>
        Promise.resolve(
          type === 'google_container_cluster'
            ? {
                endpoint: '10.77.0.1',
                master_auth: [{ cluster_ca_certificate: 'Q0E=' }],
                control_plane_endpoints_config: [{ dns_endpoint_config: [{ endpoint: ENDPOINT }] }],
              }
            : type === 'google_redis_instance'
              ? { host: '10.77.0.50', port: 6380 }
              : {},
        ),
      updated: () => Promise.resolve({}),
      deleted: () => Promise.resolve(),
    },
  });
  root = await terraformRun(TERRAFORM);
  dev = root.in('environments/dev');
  await dev.write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
  expect(await dev.run(['init'])).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await bench.close();
  await root.remove();
});

const run = (args: string[], identity: Record<string, string>): Promise<Outcome> =>
  dev.run(args, {
    LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: bench.google }),
    TF_VAR_project_id: 'nova-livekit-dev',
    TF_VAR_domain: 'livekit-dev.example.com',
    TF_VAR_turn_domain: 'turn-dev.example.com',
    TF_VAR_livekit_api_key: 'APIcanarykey',
    TF_VAR_livekit_api_secret: CANARY,
    ...identity,
  });
const token = (account: string): Record<string, string> => ({ GOOGLE_OAUTH_ACCESS_TOKEN: bench.tokenOf(account) });

test("the payload is applied to the Google stand-in, with the world's answers in its outputs, and nothing is left to change", async () => {
  const applied = await run(['apply', '-auto-approve'], token('livekit-cicd'));
  expect(applied.text).toMatch(/Apply complete! Resources: \d+ added, 0 changed, 0 destroyed/);
  expect(applied.text).toContain(`cluster_dns_endpoint = "${ENDPOINT}"`);
  expect(applied.text).toContain('redis_host = "10.77.0.50"');
  expect(applied.text).toContain('redis_port = 6380');
  expect(await run(['plan', '-detailed-exitcode'], token('livekit-cicd'))).toMatchObject({ exitCode: 0 });
  expect(await root.filesWith(CANARY)).toEqual([]);
  expect(bench.faults).toEqual([]);
});

test("a workflow's own identity may plan, signed in as Google's provider does it", async () => {
  await bench.githubToken();
  const file = join(dev.directory, 'credentials.json');
  const iam = `${bench.google}/iamcredentials.googleapis.com/v1/projects/-/serviceAccounts`;
  const credentials = {
    type: 'external_account',
    audience:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github-pool/providers/github-provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${bench.google}/sts.googleapis.com/v1/token`,
    service_account_impersonation_url: `${iam}/livekit-plan@nova-livekit-dev.iam.gserviceaccount.com:generateAccessToken`,
    credential_source: {
      url: `${bench.config.addresses.github}/token?audience=x`,
      headers: { Authorization: 'Bearer runner' },
      format: { type: 'json', subject_token_field_name: 'value' },
    },
  };
  await writeFile(file, JSON.stringify(credentials), { mode: 0o600 });
  const planned = await run(['plan', '-lock=false'], { GOOGLE_APPLICATION_CREDENTIALS: file });
  expect(planned.text).toContain('No changes.');
});

test('an identity that may only read changes nothing, and the reason is told', async () => {
  const refused = await run(['apply', '-auto-approve', '-var', 'redis_memory_size_gb=2'], token('livekit-plan'));
  expect(refused.exitCode).toBe(1);
  expect(refused.text).toMatch(
    /Error updating google_redis_instance: googleapi: Error 403: .*redis\.instances\.update/,
  );
  // only an output is left over, since Terraform took it from the plan
  const planned = await run(['plan'], token('livekit-plan'));
  expect(planned.text).toContain('without changing any real infrastructure');
});

test('a rotated secret has the number that Secret Manager gives it', async () => {
  const rotated = await run(['apply', '-auto-approve', '-var', 'livekit_keys_version=2'], token('livekit-cicd'));
  expect(rotated.text).toContain('livekit_secret_version = "2"');
});

test('everything is destroyed', async () => {
  const destroyed = await run(['destroy', '-auto-approve', '-var', 'livekit_keys_version=2'], token('livekit-cicd'));
  expect(destroyed.text).toMatch(/Destroy complete! Resources: \d+ destroyed/);
  expect(bench.cloud.resources.all()).toEqual([]);
  expect(bench.faults).toEqual([]);
});
