import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { terraformRun, type Outcome, type TerraformRun } from './terraform-run.ts';

jest.setTimeout(180_000);

const TERRAFORM = fileURLToPath(new URL('../../terraform', import.meta.url));
/** Other characters in every encoding: each form of it is another text. */
const CANARY = 'canary+/="&-0123456789-0123456789-0123456789';
const ENVIRONMENTS = ['dev', 'stg', 'prd'];

describe.each(ENVIRONMENTS)('the environment %s', (name) => {
  let environment: TerraformRun;
  let own: TerraformRun;
  let resources = 0;
  const variables = {
    TF_VAR_project_id: 'nova-livekit-dev',
    TF_VAR_domain: `livekit-${name}.example.com`,
    TF_VAR_turn_domain: `turn-${name}.example.com`,
    TF_VAR_dns_zone: '{name="example-com", dns_name="example.com", create=true}',
    TF_VAR_acme_zone: `{dns_name="acme-${name}.example.com"}`,
    TF_VAR_livekit_api_key: 'APIcanarykey',
    TF_VAR_livekit_api_secret: CANARY,
  };
  const run = (args: string[], more: Record<string, string> = {}): Promise<Outcome> =>
    environment.run(args, { ...variables, TF_LOG: 'TRACE', TF_LOG_PATH: log(), ...more });
  const log = (): string => join(environment.directory, 'trace.log');
  /** Plans into a file of that name, which stays, and applies it. */
  const apply = async (plan: string, more: Record<string, string> = {}, ...args: string[]): Promise<string> => {
    const planned = await run(['plan', '-out', `${plan}.tfplan`, ...args], more);
    expect(planned).toMatchObject({ exitCode: 0 });
    const applied = await run(['apply', `${plan}.tfplan`], more);
    expect(applied).toMatchObject({ exitCode: 0 });
    return applied.text;
  };
  beforeAll(async () => {
    own = await terraformRun(TERRAFORM);
    environment = own.in(`environments/${name}`);
    await environment.write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
    expect(await environment.run(['init'])).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => own.remove());

  test('is planned and applied, and then nothing is left to change', async () => {
    const applied = /Apply complete! Resources: (\d+) added, 0 changed, 0 destroyed/.exec(await apply('first'));
    resources = Number(applied?.[1]);
    expect(resources).toBeGreaterThan(30);
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
    expect(await apply('changed', changes)).toContain('Resources: 0 added, 3 changed, 1 destroyed');
    expect(await run(['plan', '-detailed-exitcode'], changes)).toMatchObject({ exitCode: 0 });
    expect(await apply('back')).toContain('Resources: 1 added, 3 changed, 0 destroyed');
  });

  test('writes a rotated secret, and then nothing is left to change', async () => {
    const next = { TF_VAR_livekit_keys_version: '2', TF_VAR_livekit_api_secret: `next-${CANARY}` };
    expect(await apply('rotated', next)).toContain('livekit_secret_version = "2"');
    expect(await run(['plan', '-detailed-exitcode'], next)).toMatchObject({ exitCode: 0 });
  });

  if (name === 'prd')
    test('is not destroyed unless its protection is lifted, and a refused destroy has taken nothing away', async () => {
      const refused = await run(['destroy', '-auto-approve'], { TF_VAR_livekit_keys_version: '2' });
      expect(refused.exitCode).toBe(1);
      expect(refused.text).toMatch(/Cannot destroy .*livekit-prd because deletion_policy is set to "PREVENT"/);
      // the engine has only forgotten the outputs
      const after = await run(['plan'], { TF_VAR_livekit_keys_version: '2' });
      expect(after.text).toContain('without changing any real infrastructure');
      const lifted = { TF_VAR_livekit_keys_version: '2', TF_VAR_deletion_protection: 'false' };
      expect(await apply('lifted', lifted)).toContain('Resources: 0 added, 11 changed');
    });

  test('is destroyed, with everything that it made', async () => {
    const lifted = { TF_VAR_livekit_keys_version: '2', TF_VAR_deletion_protection: 'false' };
    expect(await apply('destroyed', lifted, '-destroy')).toContain(`${resources} destroyed`);
    const left = await readdir(own.resources, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });

  test('left the secret in no plan, no state, no backup and no log of engine and provider, in any encoding', async () => {
    expect((await stat(log())).size).toBeGreaterThan(1_000_000);
    const files = await readdir(environment.directory);
    expect(files).toEqual(
      expect.arrayContaining(['first.tfplan', 'rotated.tfplan', 'destroyed.tfplan', 'terraform.tfstate.backup']),
    );
    expect(await own.filesWith(CANARY)).toEqual([]);
    expect(await own.filesWith(`next-${CANARY}`)).toEqual([]);
  });
});
