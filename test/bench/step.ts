import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { listen, provider, startBench, stop, type Bench as Google } from '../../sandbox/google/test-bench.ts';
import { Upstream } from '../../sandbox/google/storage/upstream.ts';
import { terraformRun } from '../../sandbox/provider/terraform-run.ts';
import { backendEndpoint } from '../../src/terraform/environment.ts';
import { type Bench, median, paired } from './bar.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROJECT = 'nova-livekit-dev';
const BUCKET = `${PROJECT}-terraform-state`;
const ROUNDS = 5;
const BAR = 1.1;

/**
 * The whole terraform-plan of an environment that exists, over the `terraform init`, `plan` and `show` that it runs: the real
 * Terraform, a real storage server, the stand-ins of Google and of the provider. It signs in, proves the tree and renders.
 */
export const step: Bench = {
  title: 'terraform-plan over the bare terraform',
  async run() {
    const ends: (() => Promise<unknown>)[] = [];
    try {
      const google = await startGoogle(ends);
      const terraform = await terraformRun(join(ROOT, 'terraform'));
      ends.push(() => terraform.remove());
      const workspace = terraform.directory;
      for (const args of [
        ['init', '-q'],
        ['add', '.'],
        ['commit', '-q', '-m', 'as it is'],
      ])
        await run('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], workspace, {});
      const directory = join(workspace, 'environments/dev');
      const bare = {
        ...terraform.environment,
        ...variables(),
        ...backendEndpoint(google.storage),
        GOOGLE_OAUTH_ACCESS_TOKEN: google.tokenOf('livekit-cicd'),
        // The same cloud and the same state as the step's, or the two would plan different things.
        LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: google.google, storage: google.storage }),
      };
      const init = ['init', '-input=false', `-backend-config=bucket=${BUCKET}`, '-backend-config=prefix=livekit/dev'];
      await run('terraform', init, directory, bare);
      await run('terraform', ['apply', '-input=false', '-auto-approve'], directory, bare);
      const action = await actionEnvironment(google, terraform.environment, workspace);
      const fresh = () => rm(join(directory, '.terraform'), { recursive: true, force: true });
      const [whole, alone] = await paired(
        ROUNDS,
        async () => {
          await fresh();
          await google.githubToken();
          await run(process.execPath, [join(ROOT, 'dist/terraform-plan.js')], workspace, action);
        },
        async () => {
          await fresh();
          await run('terraform', init, directory, bare);
          await run('terraform', ['plan', '-input=false', '-lock=false', '-out=bench.tfplan'], directory, bare);
          await run('terraform', ['show', '-json', 'bench.tfplan'], directory, bare);
        },
      );
      const ratio = median(whole.map((took, round) => took / (alone[round] ?? NaN)));
      const seconds = (all: readonly number[]) => (median(all) / 1000).toFixed(2);
      return [
        {
          what: 'terraform-plan, whole, over `terraform init, plan, show`',
          value: `${ratio.toFixed(2)} x (${seconds(whole)} s, ${seconds(alone)} s)`,
          bar: `<= ${BAR.toFixed(2)} x`,
          holds: ratio <= BAR,
        },
      ];
    } finally {
      for (const end of ends.toReversed()) await end();
    }
  },
};

function variables(): Record<string, string> {
  return {
    TF_VAR_project_id: PROJECT,
    TF_VAR_domain: 'livekit-dev.example.com',
    TF_VAR_turn_domain: 'turn-dev.example.com',
    TF_VAR_dns_zone: '{name="example-com", dns_name="example.com", create=true}',
    TF_VAR_acme_zone: '{dns_name="acme-dev.example.com"}',
    TF_VAR_livekit_api_key: 'APIkeyofbench',
    TF_VAR_livekit_api_secret: 'secret-of-bench-0123456789-0123456789',
  };
}

/** Google's stand-in in this process, before a storage server of its own. */
async function startGoogle(ends: (() => Promise<unknown>)[]): Promise<Google> {
  const places = [process.env['LIVEKIT_GKE_TEST_BIN'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)];
  const program = places.map((place) => join(place, 'fake-gcs-server')).find((file) => existsSync(file));
  if (program === undefined) throw new Error('fake-gcs-server is neither on PATH nor in LIVEKIT_GKE_TEST_BIN.');
  const probe = createServer();
  const address = await listen(probe);
  await stop(probe);
  const { port } = new URL(address);
  const server = spawn(
    program,
    ['-backend', 'memory', '-scheme', 'http', '-host', '127.0.0.1', '-port', port, '-log-level', 'error'],
    { stdio: 'ignore' },
  );
  ends.push(() => Promise.resolve(server.kill()));
  const google = await startBench({ upstream: address });
  ends.push(() => google.close());
  await new Upstream(address).ensureBucket(BUCKET, PROJECT, 10_000);
  return google;
}

/** What the runner and the workflow give to the step: a run by hand, signed in by Workload Identity. */
async function actionEnvironment(
  google: Google,
  terraform: Readonly<Record<string, string>>,
  workspace: string,
): Promise<Record<string, string>> {
  const temporary = join(workspace, '../runner');
  await mkdir(temporary, { recursive: true });
  const { TF_CLI_ARGS: _colours, TF_IN_AUTOMATION: _automation, ...environment } = terraform;
  return {
    ...environment,
    ...variables(),
    GITHUB_WORKSPACE: workspace,
    GITHUB_EVENT_NAME: 'workflow_dispatch',
    GITHUB_REPOSITORY: 'nova/livekit',
    RUNNER_TEMP: temporary,
    RUNNER_TOOL_CACHE: join(temporary, 'tools'),
    ACTIONS_ID_TOKEN_REQUEST_URL: `${google.config.addresses.github}/token?x=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-bench',
    LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: google.google, storage: google.storage }),
    INPUT_ENVIRONMENT: 'dev',
    INPUT_BUCKET: BUCKET,
    'INPUT_WORKING-DIRECTORY': 'environments/dev',
    INPUT_WORKLOAD_IDENTITY_PROVIDER: provider,
    INPUT_SERVICE_ACCOUNT: `livekit-plan@${PROJECT}.iam.gserviceaccount.com`,
    INPUT_COMMENT: 'false',
  };
}

function run(program: string, args: readonly string[], cwd: string, env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: 'pipe' });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => (said = (said + String(part)).slice(-4_000)));
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${program} ${args[0] ?? ''} ended with ${code ?? 'a signal'}: ${said}`)),
    );
  });
}
