import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { terraformRun, type Outcome, type TerraformRun } from './terraform-run.ts';

jest.setTimeout(120_000);

const TERRAFORM = fileURLToPath(new URL('../../terraform', import.meta.url));
const CANARY = 'canary-0123456789-0123456789-0123456789';
const MODULES = (await readdir(join(TERRAFORM, 'modules'))).sort();
const ENVIRONMENTS = ['dev', 'stg', 'prd'];

let root: TerraformRun;
beforeAll(async () => {
  root = await terraformRun(TERRAFORM);
});
afterAll(() => root.remove());

describe.each([
  ...MODULES.map((name) => `modules/${name}`),
  ...ENVIRONMENTS.map((name) => `environments/${name}`),
  'bootstrap',
])('%s', (folder) => {
  test('is valid, and passes its own tests', async () => {
    const run = root.in(folder);
    expect(await run.run(['init', '-backend=false'])).toMatchObject({ exitCode: 0 });
    expect(await run.run(['validate'])).toMatchObject({ exitCode: 0 });
    const tested = await run.run(['test']);
    expect(tested.text).toMatch(/Success! \d+ passed, 0 failed/);
    expect(tested.exitCode).toBe(0);
  });
});

describe.each(ENVIRONMENTS)('the environment %s', (name) => {
  let environment: TerraformRun;
  let own: TerraformRun;
  const run = (args: string[], variables: Record<string, string> = {}): Promise<Outcome> =>
    environment.run(args, {
      TF_VAR_project_id: 'nova-livekit-dev',
      TF_VAR_domain: `livekit-${name}.example.com`,
      TF_VAR_turn_domain: `turn-${name}.example.com`,
      TF_VAR_dns_zone: '{name="example-com", dns_name="example.com", create=true}',
      TF_VAR_acme_zone: `{dns_name="acme-${name}.example.com"}`,
      TF_VAR_livekit_api_key: 'APIcanarykey',
      TF_VAR_livekit_api_secret: CANARY,
      ...variables,
    });
  beforeAll(async () => {
    own = await terraformRun(TERRAFORM);
    environment = own.in(`environments/${name}`);
    await environment.write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
    expect(await environment.run(['init'])).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => own.remove());

  test('applies its plan, and then finds nothing to change', async () => {
    expect(await run(['plan', '-out', 'planned'])).toMatchObject({ exitCode: 0 });
    expect((await run(['apply', 'planned'])).text).toContain('Apply complete! Resources: 37 added');
    expect(await run(['plan', '-detailed-exitcode'])).toMatchObject({ exitCode: 0 });
  });

  test('changes in place: Redis grows, a pool grows, a port is closed, an upgrade is held back', async () => {
    const changes = {
      TF_VAR_redis_memory_size_gb: '9',
      TF_VAR_node_pool_max_nodes: '12',
      TF_VAR_open_ports: '{certificates=false}',
      TF_VAR_maintenance_exclusions:
        '{launch={start_time="2026-12-20T00:00:00Z", end_time="2027-01-05T00:00:00Z", scope="NO_MINOR_UPGRADES"}}',
    };
    expect((await run(['apply', '-auto-approve'], changes)).text).toContain(
      'Resources: 0 added, 3 changed, 1 destroyed',
    );
    expect((await run(['apply', '-auto-approve'])).text).toContain('Resources: 1 added, 3 changed, 0 destroyed');
  });

  test('writes a rotated secret, and then finds nothing to change', async () => {
    const next = { TF_VAR_livekit_keys_version: '2', TF_VAR_livekit_api_secret: `next-${CANARY}` };
    expect((await run(['apply', '-auto-approve'], next)).text).toContain('livekit_secret_version = "2"');
    expect(await run(['plan', '-detailed-exitcode'], next)).toMatchObject({ exitCode: 0 });
  });

  test('leaves the secret in no file', async () => {
    expect(await own.filesWith(CANARY)).toEqual([]);
  });

  if (name === 'prd')
    test('is not destroyed unless its protection is lifted, and a refused destroy has taken nothing away', async () => {
      const refused = await run(['destroy', '-auto-approve'], { TF_VAR_livekit_keys_version: '2' });
      expect(refused.exitCode).toBe(1);
      expect(refused.text).toMatch(/Cannot destroy .*livekit-prd because deletion_policy is set to "PREVENT"/);
      // Terraform has only forgotten the outputs
      const after = await run(['plan'], { TF_VAR_livekit_keys_version: '2' });
      expect(after.text).toContain('without changing any real infrastructure');
      const lifted = { TF_VAR_livekit_keys_version: '2', TF_VAR_deletion_protection: 'false' };
      expect((await run(['apply', '-auto-approve'], lifted)).text).toContain('Resources: 0 added, 11 changed');
    });

  test('is destroyed, with everything that it made', async () => {
    const variables = { TF_VAR_livekit_keys_version: '2', TF_VAR_deletion_protection: 'false' };
    expect((await run(['destroy', '-auto-approve'], variables)).text).toContain(
      'Destroy complete! Resources: 37 destroyed',
    );
    const left = await readdir(own.resources, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });
});
