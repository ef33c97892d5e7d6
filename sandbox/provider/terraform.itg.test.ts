import { execFile } from 'node:child_process';
import { jest } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROVIDER_VERSION } from './mirror.ts';
import { terraformRun, type TerraformRun } from './terraform-run.ts';

const SETTINGS = `
terraform {
  required_providers {
    google = { source = "hashicorp/google", version = "~> 7.0" }
  }
}
provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}
`;

const NETWORK = `
variable "name" { default = "one" }
variable "mtu" { default = 1460 }
resource "google_compute_network" "this" {
  name                    = var.name
  mtu                     = var.mtu
  auto_create_subnetworks = false
  timeouts { create = "5m" }
}
resource "google_compute_subnetwork" "this" {
  name          = "subnet"
  network       = google_compute_network.this.id
  ip_cidr_range = "10.0.0.0/20"
}
resource "google_compute_firewall" "this" {
  name          = "rule"
  network       = google_compute_network.this.self_link
  source_ranges = ["10.8.0.0/16", "10.4.0.0/16"]
  allow {
    protocol = "udp"
    ports    = ["50000-60000"]
  }
  allow { protocol = "icmp" }
}
data "google_project" "this" {}
output "number" { value = data.google_project.this.number }
`;

jest.setTimeout(180_000);

describe('the real terraform with the provider stand-in', () => {
  let terraform: TerraformRun;
  beforeAll(async () => {
    terraform = await terraformRun();
    await terraform.write('settings.tf', SETTINGS);
    await terraform.write('main.tf', NETWORK);
    expect(await terraform.run(['init'])).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => terraform.remove());

  const apply = (...args: string[]): ReturnType<TerraformRun['run']> =>
    terraform.run(['apply', '-auto-approve', ...args]);
  const plan = (...args: string[]): ReturnType<TerraformRun['run']> =>
    terraform.run(['plan', '-detailed-exitcode', ...args]);

  test('installs it from the mirror as the release that it stands in for', async () => {
    const lock = await readFile(join(terraform.directory, '.terraform.lock.hcl'), 'utf8');
    expect(lock).toContain(`version     = "${PROVIDER_VERSION}"`);
  });

  test('applies, and finds nothing to change afterwards', async () => {
    const applied = await apply();
    expect(applied.text).toContain('Apply complete! Resources: 3 added, 0 changed, 0 destroyed.');
    expect(applied.text).toContain('number = "123456789012"');
    expect(await plan()).toMatchObject({ exitCode: 0 });
  });

  test('changes in place what can be, and replaces what cannot, with all that depends on it', async () => {
    const changed = await plan('-var', 'mtu=1500');
    expect(changed.text).toContain('Plan: 0 to add, 1 to change, 0 to destroy.');
    const replaced = await apply('-var', 'name=two');
    expect(replaced.text).toContain('# forces replacement');
    expect(replaced.text).toContain('Apply complete! Resources: 2 added, 1 changed, 2 destroyed.');
    expect(await plan('-var', 'name=two')).toMatchObject({ exitCode: 0 });
  });

  test('sees what was changed behind its back, and puts it right', async () => {
    const [subnet] = await readdir(join(terraform.resources, 'google_compute_subnetwork'));
    const file = join(terraform.resources, 'google_compute_subnetwork', subnet!);
    const document = JSON.parse(await readFile(file, 'utf8')) as { attributes: Record<string, unknown> };
    document.attributes['ip_cidr_range'] = '10.0.0.0/24';
    await writeFile(file, JSON.stringify(document));
    const drifted = await plan('-var', 'name=two');
    expect(drifted.exitCode).toBe(2);
    expect(drifted.text).toContain('"10.0.0.0/24" -> "10.0.0.0/20"');
    await apply('-var', 'name=two');
  });

  test('takes an existing resource by its import id', async () => {
    await terraform.run(['state', 'rm', 'google_compute_subnetwork.this']);
    const imported = await terraform.run([
      'import',
      '-var',
      'name=two',
      'google_compute_subnetwork.this',
      'asia-northeast1/subnet',
    ]);
    expect(imported).toMatchObject({ exitCode: 0 });
    expect(await plan('-var', 'name=two')).toMatchObject({ exitCode: 0 });
  });

  test('refuses at validate what the real provider refuses, pointing at the argument', async () => {
    await terraform.write(
      'wrong.tf',
      'resource "google_redis_instance" "x" {\n  name = "redis"\n  memory_size_gb = 1\n  tier = "GOLD"\n  host = "10.0.0.1"\n}\n',
    );
    const validated = await terraform.run(['validate']);
    await terraform.write('wrong.tf', '');
    expect(validated.exitCode).toBe(1);
    expect(validated.text).toContain('Value for unconfigurable attribute');
    expect(validated.text).toContain('expected tier to be one of ["BASIC","STANDARD_HA"], got "GOLD"');
    expect(validated.text).toMatch(/on wrong\.tf line 4/);
  });

  test('a failed resource leaves the others applied, and a second apply finishes', async () => {
    const fault = [{ resource: 'google_compute_address/late', operation: 'create', message: 'QUOTA_EXCEEDED' }];
    await terraform.write(
      'late.tf',
      ['early', 'late'].map((name) => `resource "google_compute_address" "${name}" { name = "${name}" }\n`).join(''),
    );
    const failed = await terraform.run(['apply', '-auto-approve', '-var', 'name=two'], {
      LIVEKIT_GKE_PROVIDER_FAULTS: JSON.stringify(fault),
    });
    expect(failed.exitCode).toBe(1);
    expect(failed.text).toContain('Error creating google_compute_address: QUOTA_EXCEEDED');
    expect((await apply('-var', 'name=two')).text).toContain('Resources: 1 added, 0 changed, 0 destroyed.');
  });

  test('a crash of the provider is told as one', async () => {
    const fault = [{ resource: 'google_compute_address', operation: 'read', crash: true }];
    const crashed = await terraform.run(['plan', '-var', 'name=two'], {
      LIVEKIT_GKE_PROVIDER_FAULTS: JSON.stringify(fault),
    });
    expect(crashed.exitCode).toBe(1);
    // Terraform's two words for a provider that is gone: it sees the connection break first, or the process end.
    expect(crashed.text).toMatch(/Plugin did not respond|\(\*GRPCProvider\)\.ReadResource request was cancelled/);
    expect(crashed.text).toContain('google_compute_address.late');
  });

  test('destroys everything', async () => {
    const destroyed = await terraform.run(['destroy', '-auto-approve', '-var', 'name=two']);
    expect(destroyed.text).toContain('Destroy complete! Resources: 5 destroyed.');
    const left = await readdir(terraform.resources, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });
});

test('the provider started by hand says what it is', async () => {
  const main = new URL('main.ts', import.meta.url).pathname;
  const { NODE_OPTIONS: _, ...environment } = process.env;
  const outcome = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [main], { env: environment }, (error, _stdout, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain('Terraform starts it');
});
