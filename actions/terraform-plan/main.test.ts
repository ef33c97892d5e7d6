import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';

const outputs: Record<string, unknown> = {};
const states: Record<string, string> = {};
let inputs: Record<string, string> = {};
jest.unstable_mockModule('@actions/core', () => ({
  getInput: (name: string) => inputs[name] ?? '',
  setOutput: (name: string, value: unknown) => (outputs[name] = value),
  saveState: (name: string, value: string) => (states[name] = value),
  getState: (name: string) => states[name] ?? '',
  setSecret: jest.fn(),
  info: jest.fn(),
  debug: jest.fn(),
  notice: jest.fn(),
  warning: jest.fn(),
  error: jest.fn(),
  startGroup: jest.fn(),
  endGroup: jest.fn(),
  ExitCode: { Failure: 1 },
}));
const openWorkplace = jest.fn();
jest.unstable_mockModule('../../src/terraform/workplace.ts', () => ({
  openWorkplace,
  engineTitle: () => 'Terraform 1.11.4',
}));
const makePlan = jest.fn();
jest.unstable_mockModule('../../src/terraform/make-plan.ts', () => ({ makePlan }));
const commentReport = jest.fn();
jest.unstable_mockModule('../../src/terraform/comment-report.ts', () => ({ commentReport }));

const { action } = await import('./main.ts');
const { bucketInMemory } = await import('../../src/terraform/test-bench.ts');
const { parsePlan } = await import('../../src/terraform/plan-json.ts');
const { planModel } = await import('../../src/terraform/plan-model.ts');
const { terraformFailures } = await import('../../src/terraform/failures.ts');

const HEAD = 'a'.repeat(40);
const fixture = readFileSync(new URL('../../src/terraform/fixtures/google.json', import.meta.url), 'utf8');
const made = {
  cost: {
    before: { minimum: 412, maximum: 824 },
    after: { minimum: 824.5, maximum: 1_648 },
    parts: [{ address: 'google_redis_instance.this', what: 'BASIC, 1 GiB', before: undefined, after: undefined }],
    notEstimated: [],
    prices: { date: '2026-07-16', region: 'asia-northeast1', source: 'list', unconfirmed: [] },
  },
  model: planModel(parsePlan(fixture), (text) => text),
  content: Buffer.from('the plan'),
  digest: 'd'.repeat(64),
  hasChanges: true,
  state: { lineage: 'l', serial: 7, first: false },
  tree: { commit: 'c'.repeat(40), digest: 'e'.repeat(64), directories: [], files: {}, remoteModules: [] },
  lockFile: null,
  warnings: [],
};

let directory: string;
let bucket: ReturnType<typeof bucketInMemory>;
const before = { ...process.env };

function startedBy(event: string, payload: object = {}): void {
  const path = join(directory, 'event.json');
  writeFileSync(path, JSON.stringify(payload));
  Object.assign(process.env, {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: path,
    GITHUB_REPOSITORY: 'nova/livekit',
    GITHUB_RUN_ID: '42',
    GITHUB_STEP_SUMMARY: join(directory, 'summary.md'),
    RUNNER_TEMP: directory,
  });
}

const pullRequest = (from = 'nova/livekit') => ({
  pull_request: {
    number: 7,
    html_url: 'https://github.example/nova/livekit/pull/7',
    head: { sha: HEAD, repo: { full_name: from } },
    base: { sha: 'b'.repeat(40), ref: 'main', repo: { full_name: 'nova/livekit' } },
  },
});
const run = () => action.main(new AbortController().signal);
const summary = () => readFileSync(join(directory, 'summary.md'), 'utf8');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plan-action-'));
  for (const each of [outputs, states]) for (const name of Object.keys(each)) delete each[name];
  inputs = { environment: 'dev', bucket: 'state', 'github-token': 'ghs_token', variables: 'project_id=nova\n' };
  bucket = bucketInMemory();
  openWorkplace.mockReset().mockImplementation(() =>
    Promise.resolve({
      environment: 'dev',
      bucket,
      repositoryPath: 'terraform/environments/dev',
      engine: { name: 'terraform', version: '1.11.4' },
      identity: {},
    }),
  );
  makePlan.mockReset().mockImplementation(() => Promise.resolve(made));
  commentReport.mockReset().mockImplementation(() => Promise.resolve({ url: 'https://x/comment', changed: true }));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  process.env = { ...before };
});

describe('terraform-plan of a pull request', () => {
  test('stores the plan with its envelope, comments it, and says all of it in outputs', async () => {
    startedBy('pull_request', pullRequest());
    await run();
    const path = `livekit/dev/plans/${HEAD}/42-1`;
    expect([...bucket.objects.keys()].sort()).toEqual([`${path}.json`, `${path}.tfplan`]);
    expect(JSON.parse(bucket.objects.get(`${path}.json`)?.toString() ?? '')).toMatchObject({
      environment: 'dev',
      pullRequest: 7,
      commits: { head: HEAD, planned: 'c'.repeat(40) },
      state: { serial: 7 },
    });
    expect(outputs).toEqual({
      'has-changes': 'true',
      add: '1',
      change: '2',
      destroy: '1',
      replace: '1',
      'plan-path': `gs://${bucket.name}/${path}.tfplan`,
      'plan-digest': 'd'.repeat(64),
      summary: 'dev: 1 to destroy, 1 to replace, 2 to change, 1 to create',
      'cost-before': '412.00',
      'cost-after': '824.50',
      'comment-url': 'https://x/comment',
    });
    expect(summary()).toContain('### 🔴 dev: 1 to destroy');
  });

  test('gives Terraform the variables, and stand-ins instead of secrets', async () => {
    startedBy('pull_request', pullRequest());
    await run();
    expect(openWorkplace.mock.calls[0]?.[0]).toMatchObject({
      variables: { project_id: 'nova' },
      secrets: 'stand-ins',
      workingDirectory: 'terraform/environments/dev',
    });
  });

  test('from a fork is refused before anyone signs in', async () => {
    startedBy('pull_request', pullRequest('stranger/livekit'));
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-009' });
    expect(openWorkplace).not.toHaveBeenCalled();
  });

  test('that fails says so in comment and summary', async () => {
    startedBy('pull_request', pullRequest());
    makePlan.mockImplementation(() => Promise.reject(terraformFailures.failure('plan', { what: 'Quota is used up.' })));
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-003' });
    expect(commentReport.mock.calls[0]?.[3]).toMatchObject({ kind: 'failure', report: { doing: 'plan' } });
    expect(summary()).toContain('Quota is used up.');
    expect(bucket.objects.size).toBe(0);
  });

  test('is told in the summary even where the comment has no token, and the cause stays the cause', async () => {
    startedBy('pull_request', pullRequest());
    inputs['github-token'] = '';
    makePlan.mockImplementation(() => Promise.reject(terraformFailures.failure('plan', { what: 'Quota is used up.' })));
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-003' });
    expect(summary()).toContain('Quota is used up.');
  });

  test('lies where only its owner can read it, since it holds sensitive values', async () => {
    startedBy('pull_request', pullRequest());
    await run();
    const { file } = makePlan.mock.calls[0]?.[1] as { file: string };
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(states['directory']).toBe(dirname(file));
  });

  test('goes on without a comment when none is wanted', async () => {
    startedBy('pull_request', pullRequest());
    inputs['comment'] = 'false';
    await run();
    expect(commentReport).not.toHaveBeenCalled();
    expect(outputs['comment-url']).toBe('');
  });
});

test('another event shows the plan, but stores and comments nothing', async () => {
  startedBy('workflow_dispatch');
  await run();
  expect(bucket.objects.size).toBe(0);
  expect(commentReport).not.toHaveBeenCalled();
  expect(outputs).toMatchObject({ 'has-changes': 'true', 'plan-path': '' });
});

test.each(['pull_request_target', 'pull_request_review'])(
  'an event %s of a fork’s pull request is refused like the pull request itself',
  async (event) => {
    startedBy(event, pullRequest('stranger/livekit'));
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-009' });
    expect(openWorkplace).not.toHaveBeenCalled();
  },
);

test('an event pull_request_target of an own branch stores nothing, since it is not the merge that is checked out', async () => {
  startedBy('pull_request_target', pullRequest());
  await run();
  expect(bucket.objects.size).toBe(0);
});

test('outside of GitHub nothing is left behind', async () => {
  startedBy('local');
  delete process.env['GITHUB_ACTIONS'];
  await run();
  const { file } = makePlan.mock.calls[0]?.[1] as { file: string };
  expect(existsSync(dirname(file))).toBe(false);
});

test.each([
  ['environment', { environment: '' }, 'LK-INPUT-001'],
  ['bucket', { bucket: '' }, 'LK-INPUT-001'],
  ['engine', { engine: 'pulumi' }, 'LK-INPUT-002'],
  ['lock-timeout', { 'lock-timeout': 'long' }, 'LK-INPUT-002'],
])('the input %s is checked first', async (_name, change, code) => {
  startedBy('workflow_dispatch');
  Object.assign(inputs, change);
  await expect(run()).rejects.toMatchObject({ code });
});

test('post removes the credentials and the plan, which holds sensitive values', async () => {
  const file = join(directory, 'credentials.json');
  const own = mkdtempSync(join(directory, 'terraform-plan-'));
  const plan = join(own, 'dev.tfplan');
  for (const path of [file, plan]) writeFileSync(path, 'x');
  Object.assign(states, { 'credentials-file': file, directory: own });
  await action.post?.(new AbortController().signal);
  for (const path of [file, plan]) expect(() => readFileSync(path)).toThrow('ENOENT');
});
