import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Context } from '../runner/context.ts';
import { checkFork } from './check-fork.ts';

const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const GOOD = [
  'terraform {',
  '  backend "gcs" {}',
  '}',
  '',
  'module "own" {',
  '  source = "../../modules/own"',
  '}',
  '',
].join('\n');

let workspace: string;
const path = process.env['PATH'];
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'fork-'));
  process.env['PATH'] = [bin, path].join(delimiter);
  for (const directory of ['terraform/environments/dev', 'terraform/modules/own', 'home'])
    mkdirSync(join(workspace, directory), { recursive: true });
  write('terraform/environments/dev/main.tf', GOOD);
  write('terraform/modules/own/main.tf', 'resource "terraform_data" "one" {\n  input = "x"\n}\n');
  const git = (...args: string[]) => execFileSync('git', ['-C', workspace, ...args], { stdio: 'pipe' });
  git('init', '-q');
  git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-q', '--allow-empty', '-m', 'first');
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(workspace, { recursive: true, force: true });
});

const write = (file: string, text: string) => writeFileSync(join(workspace, file), text);
const check = (variables: NodeJS.ProcessEnv = {}) =>
  checkFork(
    {
      workingDirectory: 'terraform/environments/dev',
      engine: 'terraform',
      engineVersion: undefined,
      processEnvironment: { PATH: process.env['PATH'], ...variables },
      home: join(workspace, 'home'),
    },
    { workspace } as Context,
    new AbortController().signal,
  );

describe('a fork’s code, checked by the real Terraform', () => {
  test('that is valid and formatted passes without a backend', async () => {
    await expect(check()).resolves.toMatchObject({
      engine: expect.stringMatching(/^Terraform 1\./) as string,
      warnings: 0,
    });
    expect(readdirSync(join(workspace, 'terraform/environments/dev/.terraform'))).not.toContain('terraform.tfstate');
  });

  test('that is not valid is refused with Terraform’s words and the line', async () => {
    write('terraform/environments/dev/outputs.tf', 'output "x" {\n  value = nothing.here\n}\n');
    await expect(check()).rejects.toMatchObject({
      code: 'LK-TF-002',
      message: expect.stringContaining('terraform/environments/dev/outputs.tf:2') as string,
    });
  });

  test('that is no HCL at all is refused', async () => {
    write('terraform/environments/dev/outputs.tf', 'output "x" {\n');
    await expect(check()).rejects.toMatchObject({ code: 'LK-TF-002' });
  });

  test('that is not formatted, in a module of its own, is refused with the file', async () => {
    write('terraform/modules/own/main.tf', 'resource "terraform_data" "one" {\n  input   =   "x"\n}\n');
    await expect(check()).rejects.toMatchObject({
      code: 'LK-TF-042',
      message: 'terraform/modules/own/main.tf would be written otherwise by terraform fmt.',
    });
  });

  test('sees nothing of the job’s variables', async () => {
    const spy = join(workspace, 'spy');
    mkdirSync(spy);
    writeFileSync(
      join(spy, 'terraform'),
      `#!/bin/sh\n[ "$1" = version ] || env >>"${workspace}/environment"\nexec "${bin}/terraform" "$@"\n`,
      { mode: 0o755 },
    );
    process.env['PATH'] = [spy, bin, path].join(delimiter);
    await check({
      GOOGLE_APPLICATION_CREDENTIALS: '/secret/file',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token',
      'INPUT_GITHUB-TOKEN': 'ghs_x',
      TF_VAR_password: 'swordfish',
    });
    const seen = readFileSync(join(workspace, 'environment'), 'utf8');
    expect(seen).toContain('TF_IN_AUTOMATION=true');
    expect(seen).toContain(`HOME=${join(workspace, 'home')}`);
    expect(seen).not.toMatch(/GOOGLE_|ACTIONS_|INPUT_|TF_VAR_/);
  });
});
