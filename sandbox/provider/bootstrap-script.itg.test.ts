import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { listen, startBench, stop, type Bench } from '../google/test-bench.ts';
import { Upstream } from '../google/storage/upstream.ts';
import { terraformRun, testEngine, type TerraformRun } from './terraform-run.ts';

jest.setTimeout(240_000);

// The script with the real engine, its gcs backend and the real storage server. Without the server this fails.

const TERRAFORM = fileURLToPath(new URL('../../terraform', import.meta.url));
const PROJECT = 'nova-livekit-dev';
const BUCKET = `${PROJECT}-terraform-state`;

let server: ChildProcess;
let bench: Bench;
let root: TerraformRun;
let bootstrap: TerraformRun;
beforeAll(async () => {
  const places = [process.env['LIVEKIT_GKE_TEST_BIN'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)];
  const program = places.map((place) => join(place, 'fake-gcs-server')).find((file) => existsSync(file));
  if (program === undefined) throw new Error('fake-gcs-server is neither on PATH nor in LIVEKIT_GKE_TEST_BIN.');
  const probe = createServer();
  const address = await listen(probe);
  await stop(probe);
  const { port } = new URL(address);
  server = spawn(program, [
    '-backend',
    'memory',
    '-scheme',
    'http',
    '-host',
    '127.0.0.1',
    '-port',
    port,
    '-log-level',
    'error',
  ]);
  const email = `owner@${PROJECT}.iam.gserviceaccount.com`;
  bench = await startBench({
    upstream: address,
    seed: {
      serviceAccounts: [{ email, uniqueId: '1', disabled: false }],
      providers: [],
      bindings: [{ resource: `projects/${PROJECT}`, role: 'roles/owner', member: `serviceAccount:${email}` }],
    },
  });
  // the provider's stand-in keeps buckets on paper
  await new Upstream(address).ensureBucket(BUCKET, PROJECT, 10_000);
  root = await terraformRun(TERRAFORM);
  bootstrap = root.in('bootstrap');
});
afterAll(async () => {
  server.kill();
  await bench.close();
  await root.remove();
});

function run(storage = bench.storage): Promise<{ code: number; text: string }> {
  const env = {
    ...process.env,
    ...root.environment,
    TERRAFORM: testEngine(),
    LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: bench.google }),
    GOOGLE_OAUTH_ACCESS_TOKEN: bench.tokenOf('owner'),
    GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT: `${storage}/storage/v1/`,
    TF_VAR_project_id: PROJECT,
    TF_VAR_github_repository: 'nova/livekit',
    TF_VAR_github_owner_id: '900001',
    TF_VAR_github_repository_id: '900100',
  };
  return new Promise((resolve) => {
    const script = join(bootstrap.directory, 'bootstrap.sh');
    execFile('bash', [script, '-auto-approve'], { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
    });
  });
}

const files = async (): Promise<string[]> =>
  (await readdir(bootstrap.directory)).filter((name) => /^(backend\.tf|.*tfstate.*)$/.test(name)).sort();

test('keeps the state at hand when it cannot be moved', async () => {
  const { code, text } = await run(bench.google);
  expect(text).toMatch(/Apply complete! Resources: \d+ added, 0 changed, 0 destroyed/);
  expect(text).toContain('The state could not be moved');
  expect(code).toBe(1);
  expect(await files()).toEqual(['backend.tf', 'terraform.tfstate']);
});

test('goes on from there: moves its state into the bucket and prints the commands for GitHub', async () => {
  const { code, text } = await run();
  expect(text).toContain('Apply complete! Resources: 0 added');
  expect(text).toContain('The state of the bootstrap is now in the bucket');
  expect(text).toContain(`gh variable set GCP_PROJECT_ID --repo nova/livekit --body '${PROJECT}'`);
  expect(code).toBe(0);
  expect(await files()).toEqual(['backend.tf']);
  expect(await readFile(join(bootstrap.directory, 'backend.tf'), 'utf8')).toContain(`bucket = "${BUCKET}"`);
});

test('finds that state again on another machine', async () => {
  await rm(join(bootstrap.directory, '.terraform'), { recursive: true });
  const { code, text } = await run();
  expect(text).toContain('Apply complete! Resources: 0 added, 0 changed, 0 destroyed.');
  expect(code).toBe(0);
});
