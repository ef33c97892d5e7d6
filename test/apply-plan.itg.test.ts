import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { jest } from '@jest/globals';
import { OAuth2Client } from 'google-auth-library';
import { Upstream } from '../sandbox/google/storage/upstream.ts';
import { type Bench, listen, startBench, stop } from '../sandbox/google/test-bench.ts';
import type { Applied, ApplyOptions } from '../src/terraform/apply-plan.ts';
import type { Envelope } from '../src/terraform/envelope.ts';
import type { ReviewedPlan } from '../src/terraform/reviewed-plan.ts';
import type { Workplace } from '../src/terraform/workplace.ts';

// The real Terraform plans and applies terraform_data, its state and its plans in the real storage server behind the
// stand-in's front, each side with its own identity. Without the two programs this fails.

const warning = jest.fn<(text: string) => void>();
jest.unstable_mockModule('../src/runner/log.ts', () => ({
  log: { info: jest.fn(), warning, error: jest.fn(), notice: jest.fn(), debug: jest.fn() },
  step: (_title: string, work: () => Promise<unknown>) => work(),
}));
const { openBucket } = await import('../src/google/storage.ts');
const { applyPlan } = await import('../src/terraform/apply-plan.ts');
const { Engine } = await import('../src/terraform/engine.ts');
const { childEnvironment } = await import('../src/terraform/environment.ts');
const { makePlan } = await import('../src/terraform/make-plan.ts');
const { storePlan } = await import('../src/terraform/plan-store.ts');
const { readStateVersion } = await import('../src/terraform/state.ts');

const BUCKET = 'nova-livekit-dev-terraform-state';
const environment = 'dev';
const DIRECTORY = `terraform/environments/${environment}`;
let server: ChildProcess;
/** The storage server itself, which asks nobody for permission. */
let upstream: string;
let bench: Bench;
let terraform: { path: string; version: string };

beforeAll(async () => {
  const probe = createServer();
  upstream = await listen(probe);
  await stop(probe);
  server = spawn(program('fake-gcs-server'), [
    '-backend',
    'memory',
    '-scheme',
    'http',
    '-host',
    '127.0.0.1',
    '-port',
    new URL(upstream).port,
    '-log-level',
    'error',
  ]);
  bench = await startBench({ upstream });
  await new Upstream(upstream).ensureBucket(BUCKET, 'nova-livekit-dev', 10_000);
  const path = program('terraform');
  const { terraform_version: version } = JSON.parse(
    execFileSync(path, ['version', '-json'], {
      encoding: 'utf8',
      env: { ...process.env, TF_CLI_CONFIG_FILE: '/dev/null' },
    }),
  ) as { terraform_version: string };
  terraform = { path, version };
});

afterAll(async () => {
  server.kill();
  await bench.close();
});

let workspace: string;

beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'apply-plan-itg-'));
  await emptyBucket();
  mkdirSync(join(workspace, DIRECTORY), { recursive: true });
  git('init', '--quiet');
  warning.mockClear();
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

const REDIS = (gigabytes: number) => `resource "terraform_data" "redis" {\n  input = { memory_gb = ${gigabytes} }\n}\n`;
const DNS = 'resource "terraform_data" "dns" {\n  input = "zone"\n}\n';

test('an environment’s first plan is applied, and a second run finds nothing left', async () => {
  const reviewed = await review(7, REDIS(1));
  await expect(apply([reviewed], 'always')).resolves.toMatchObject({ kind: 'applied', replanned: true });
  expect(await held()).toEqual(['redis']);
  const serial = await serialOf();
  await expect(apply([reviewed], 'always')).resolves.toMatchObject({ kind: 'again' });
  await expect(apply([reviewed], 'when-stale')).resolves.toMatchObject({ kind: 'again' });
  expect(await serialOf()).toBe(serial);
});

test('of two merges in quick succession the second plan is stale, and only what it was reviewed for is applied', async () => {
  await apply([await review(6, REDIS(1))], 'when-stale');
  const memory = await review(7, REDIS(2));
  const dns = await review(8, REDIS(1) + DNS);
  commit(REDIS(2));
  await expect(apply([memory], 'when-stale')).resolves.toMatchObject({ kind: 'applied', replanned: false });
  commit(REDIS(2) + DNS);
  const second = await apply([dns], 'when-stale');
  expect(second).toMatchObject({ kind: 'applied', replanned: true, model: { counts: { add: 1, change: 0 } } });
  expect(await held()).toEqual(['dns', 'redis']);
});

test('a merge queue’s group is applied by the plans of all its pull requests, and not by one alone', async () => {
  await apply([await review(6, REDIS(1))], 'when-stale');
  const memory = await review(7, REDIS(2));
  const dns = await review(8, REDIS(1) + DNS);
  commit(REDIS(2) + DNS);
  const alone = await apply([dns], 'always');
  expect(alone).toMatchObject({ kind: 'differs', differences: [{ address: 'terraform_data.redis', now: 'update' }] });
  expect(await held()).toEqual(['redis']);
  await expect(apply([dns, memory], 'always')).resolves.toMatchObject({ kind: 'applied' });
  expect(await held()).toEqual(['dns', 'redis']);
});

test('a run that starts again after a failed apply does the rest', async () => {
  const file = join(workspace, 'ready');
  const configuration = `resource "terraform_data" "first" {
  input = "${file}"
}
resource "terraform_data" "second" {
  input = "made"
  lifecycle {
    precondition {
      condition     = fileexists(terraform_data.first.output)
      error_message = "The quota is used up."
    }
  }
}
`;
  const reviewed = await review(7, configuration);
  const first = await apply([reviewed], 'when-stale');
  expect(first).toMatchObject({ kind: 'failed', failure: { message: expect.stringContaining('quota') as string } });
  expect(await held()).toEqual(['first']);
  writeFileSync(file, '');
  const second = await apply([reviewed], 'when-stale');
  expect(second).toMatchObject({ kind: 'applied', replanned: true, model: { counts: { add: 1 } } });
  expect(await held()).toEqual(['first', 'second']);
});

test('a plan that a branch forged with its own workflow is refused, though its record fits in everything', async () => {
  await apply([await review(6, REDIS(1) + DNS)], 'when-stale');
  const honest = await review(7, REDIS(2) + DNS);
  // The bytes of another plan, one that takes everything away, under the record of the honest one.
  const evil = await review(66, '');
  commit(REDIS(2) + DNS);
  const forged = { ...honest, content: evil.content };
  await expect(apply([forged], 'always')).resolves.toMatchObject({ kind: 'differs' });
  expect(await held()).toEqual(['dns', 'redis']);
  await expect(apply([honest], 'always')).resolves.toMatchObject({ kind: 'applied', differences: [] });
});

test('a plan of the same run that destroys is applied as one', async () => {
  await apply([await review(6, REDIS(1) + DNS)], 'when-stale');
  const reviewed = await review(0, REDIS(1) + DNS, { source: 'run', pullRequest: null, mode: 'destroy' });
  await expect(apply([reviewed], 'always')).resolves.toMatchObject({
    kind: 'applied',
    model: { counts: { destroy: 2 } },
  });
  expect(await held()).toEqual([]);
});

async function emptyBucket(): Promise<void> {
  const objects = `${upstream}/storage/v1/b/${BUCKET}/o`;
  const { items = [] } = (await (await fetch(objects)).json()) as { items?: { name: string }[] };
  for (const { name } of items) await fetch(`${objects}/${encodeURIComponent(name)}`, { method: 'DELETE' });
}

/** Plans a tree as terraform-plan does, with the identity that may not write the state, and stores the plan. */
async function review(number: number, configuration: string, more: Partial<Envelope> = {}): Promise<ReviewedPlan> {
  commit(configuration);
  const place = await workplace('livekit-plan');
  const destroy = more.mode === 'destroy';
  const made = await makePlan(place, { file: join(workspace, 'plan'), lock: false, lockTimeout: '10s', destroy });
  const { add, change, destroy: gone, replace } = made.model.counts;
  const { digest, directories, files, remoteModules } = made.tree;
  const head = git('rev-parse', 'HEAD');
  const stored = await storePlan(place.bucket, made.content, {
    schemaVersion: 2,
    environment,
    mode: 'apply',
    source: 'pull-request',
    plan: { sha256: made.digest, sizeBytes: made.content.length, hasChanges: made.hasChanges },
    counts: { add, change, destroy: gone, replace },
    repository: 'nova/livekit',
    pullRequest: number,
    commits: { head, base: head, planned: made.tree.commit },
    tree: { digest, directories: [...directories], files: { ...files }, remoteModules: [...remoteModules] },
    lockFile: made.lockFile,
    engine: { name: 'terraform', version: terraform.version },
    state: made.state,
    run: { id: `${100 + number}`, attempt: 1, url: 'https://github.example/run' },
    creator: 'ada',
    createdAt: new Date().toISOString(),
    ...more,
  });
  const pullRequest = { number, url: 'u', headSha: head, baseRef: 'main', mergedAt: '', fork: false };
  return { pullRequest: more.source === 'run' ? undefined : pullRequest, stored, content: made.content };
}

/** Applies the checked-out tree by the first plan, with the others at hand. */
async function apply([plan, ...others]: ReviewedPlan[], compare: ApplyOptions['compare']): Promise<Applied> {
  const place = await workplace('livekit-cicd');
  return applyPlan(
    place,
    { source: plan?.stored.envelope.source ?? 'pull-request', plan, others: () => Promise.resolve(others) },
    {
      compare,
      file: join(workspace, 'stored.tfplan'),
      newFile: join(workspace, 'new.tfplan'),
      logFile: join(workspace, `apply.log`),
      lockTimeout: '10s',
      maxAgeHours: 1,
      haveSecrets: false,
      givenVariables: [],
      commit: git('rev-parse', 'HEAD'),
      runUrl: 'https://github.example/run',
      guard: () => Promise.resolve([]),
      onStart: () => undefined,
    },
  );
}

async function workplace(account: string): Promise<Workplace> {
  const token = bench.tokenOf(account);
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  const identity = {
    serviceAccount: account,
    authClient: () => Promise.resolve(authClient),
    accessToken: () => Promise.resolve(token),
  } as never;
  const endpoints = { storage: bench.storage };
  const signal = new AbortController().signal;
  return {
    environment,
    workspace,
    temporaryDirectory: workspace,
    repositoryPath: DIRECTORY,
    identity,
    bucket: await openBucket(BUCKET, identity, endpoints),
    backend: { bucket: BUCKET, prefix: `livekit/${environment}`, more: [] },
    engine: new Engine({
      name: 'terraform',
      path: terraform.path,
      version: terraform.version,
      directory: join(workspace, DIRECTORY),
      repositoryPath: DIRECTORY,
      environment: childEnvironment({
        base: { PATH: process.env['PATH'], HOME: workspace, TF_CLI_CONFIG_FILE: '/dev/null' },
        identity: { GOOGLE_OAUTH_ACCESS_TOKEN: token },
        endpoints: endpoints,
        variables: {},
        secrets: 'stand-ins',
      }),
      signal,
    }),
    signal,
  };
}

/** Checks out a tree with this configuration. */
function commit(configuration: string): void {
  writeFileSync(join(workspace, DIRECTORY, 'main.tf'), `terraform {\n  backend "gcs" {}\n}\n${configuration}`);
  writeFileSync(join(workspace, '.gitignore'), '.terraform\n*plan\n*.log\nready\n.terraform.lock.hcl\n');
  git('add', '-A');
  git('-c', 'user.name=ada', '-c', 'user.email=ada@example.com', 'commit', '--quiet', '--allow-empty', '-m', 'x');
}

function git(...args: string[]): string {
  return execFileSync('git', ['-C', workspace, ...args], { encoding: 'utf8' }).trim();
}

/** Names of what the state holds. */
async function held(): Promise<string[]> {
  const { bucket } = await workplace('livekit-cicd');
  const object = await bucket.read(`livekit/${environment}/default.tfstate`);
  const state = JSON.parse(object?.content.toString() ?? '{}') as {
    resources?: { name: string; instances: unknown[] }[];
  };
  const resources = state.resources ?? [];
  return resources.flatMap(({ name, instances }) => (instances.length > 0 ? [name] : [])).sort();
}

async function serialOf(): Promise<number | undefined> {
  return (await readStateVersion((await workplace('livekit-cicd')).bucket, environment))?.serial;
}

function program(name: string): string {
  const places = [process.env['LIVEKIT_GKE_TEST_BIN'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = places.map((place) => join(place, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is neither on PATH nor in LIVEKIT_GKE_TEST_BIN.`);
  return found;
}
