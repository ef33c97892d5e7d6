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
const checkFork = jest.fn();
jest.unstable_mockModule('../../src/terraform/check-fork.ts', () => ({ checkFork }));
const tellDrift = jest.fn();
jest.unstable_mockModule('../../src/terraform/drift-issue.ts', () => ({
  tellDrift,
  hasDrift: ({ model }: { model: { hasChanges: boolean } }) => model.hasChanges,
}));
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
  plan: parsePlan(fixture),
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
const envelope = (): unknown => {
  const [path = ''] = [...bucket.objects.keys()].filter((name) => name.endsWith('.json'));
  return JSON.parse(bucket.objects.get(path)?.toString() ?? '');
};
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
      workspace: directory,
      repositoryPath: 'terraform/environments/dev',
      engine: { name: 'terraform', version: '1.11.4' },
      identity: {},
    }),
  );
  makePlan.mockReset().mockImplementation(() => Promise.resolve(made));
  checkFork.mockReset().mockImplementation(() => Promise.resolve({ engine: 'Terraform 1.11.4', warnings: 0 }));
  tellDrift.mockReset().mockImplementation(() => Promise.resolve('https://x/issue'));
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
    expect([...bucket.objects.keys()].sort()).toEqual([`${path}.json`, `${path}.md`, `${path}.tfplan`]);
    expect(JSON.parse(bucket.objects.get(`${path}.json`)?.toString() ?? '')).toMatchObject({
      environment: 'dev',
      pullRequest: 7,
      commits: { head: HEAD, planned: 'c'.repeat(40) },
      state: { serial: 7 },
    });
    expect(outputs).toEqual({
      'has-changes': 'true',
      drift: 'true',
      'needs-label': 'true',
      'summary-path': join(directory, 'terraform-plan-dev.md'),
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

  test('says in comment and summary what the guards ask for, and stores the plan all the same', async () => {
    startedBy('pull_request', pullRequest());
    inputs['allow-destroy-label'] = 'may-go';
    await run();
    expect(summary()).toContain('only with the label <code>may-go</code>');
    expect(summary()).toContain('is a protected type');
    expect(bucket.objects.size).toBe(3);
  });

  test('that more is destroyed by than the limit allows needs the label, too', async () => {
    startedBy('pull_request', pullRequest());
    inputs['max-destroy'] = '1';
    await run();
    expect(summary()).toContain('more than the limit of 1');
  });

  test('that a rule of the policy forbids is told, stored, and fails the job', async () => {
    startedBy('pull_request', pullRequest());
    inputs['policy'] = 'policy.yaml';
    const rule = { name: 'no-redis', type: 'google_redis_*', action: 'delete', attribute: 'x', operator: 'exists' };
    const forAll = { ...rule, type: '*', action: ['create', 'update', 'replace', 'delete'], message: 'Not here.' };
    writeFileSync(join(directory, 'policy.yaml'), JSON.stringify({ rules: [forAll] }));
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-037' });
    // The plan stays in the comment, with what forbids it.
    expect(commentReport.mock.calls.map((call) => (call[3] as { kind: string }).kind)).toEqual(['plan']);
    expect(summary()).toContain('**This plan will not be applied**');
    expect(bucket.objects.size).toBe(3);
  });

  test('with a policy that is not usable is not planned at all', async () => {
    startedBy('pull_request', pullRequest());
    inputs['policy'] = 'policy.yaml';
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-038' });
    expect(makePlan).not.toHaveBeenCalled();
  });

  test('with prices that are not there is not planned at all', async () => {
    startedBy('pull_request', pullRequest());
    inputs['prices'] = 'prices.yaml';
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-055' });
    expect(makePlan).not.toHaveBeenCalled();
  });

  test('of some resources only says why, in comment and envelope', async () => {
    startedBy('pull_request', pullRequest());
    Object.assign(inputs, { target: 'google_x.a\ngoogle_x.b', exception: 'the pool is broken' });
    await run();
    expect(makePlan.mock.calls[0]?.[1]).toMatchObject({ targets: ['google_x.a', 'google_x.b'], replace: [] });
    expect(summary()).toContain('the pool is broken');
    expect(envelope()).toMatchObject({
      exception: { reason: 'the pool is broken', targets: ['google_x.a', 'google_x.b'] },
    });
  });

  test('with targets but no reason is refused before anyone signs in', async () => {
    startedBy('pull_request', pullRequest());
    inputs['target'] = 'google_x.a';
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-040' });
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

describe('terraform-plan of a fork’s pull request', () => {
  test('checks the code, signs in nowhere and comments nothing', async () => {
    startedBy('pull_request', pullRequest('stranger/livekit'));
    // A fork's run sees neither variables nor secrets of the repository.
    inputs['bucket'] = '';
    await run();
    expect(openWorkplace).not.toHaveBeenCalled();
    expect(commentReport).not.toHaveBeenCalled();
    expect(summary()).toContain('### ✅ dev: valid and formatted, not planned');
    expect(summary()).toContain('Pull request 7 comes from a fork.');
    expect(outputs).toEqual({
      summary: 'dev: valid and formatted, not planned',
      'summary-path': join(directory, 'terraform-plan-dev.md'),
    });
  });

  test('that is not valid fails with the cause in the summary', async () => {
    startedBy('pull_request', pullRequest('stranger/livekit'));
    checkFork.mockImplementation(() => Promise.reject(terraformFailures.failure('format', { what: 'a.tf is not.' })));
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-042' });
    expect(summary()).toContain('a.tf is not.');
    expect(commentReport).not.toHaveBeenCalled();
  });
});

describe('terraform-plan of a merge queue', () => {
  test('shows the plan of the group, and neither stores, comments nor fails', async () => {
    startedBy('merge_group', { merge_group: { head_sha: HEAD, head_ref: 'refs/heads/gh-readonly-queue/main/pr-7' } });
    inputs['policy'] = 'policy.yaml';
    const rule = { name: 'n', type: '*', action: 'delete', attribute: 'x', operator: 'exists', message: 'Not here.' };
    writeFileSync(join(directory, 'policy.yaml'), JSON.stringify({ rules: [rule] }));
    await run();
    expect(bucket.objects.size).toBe(0);
    expect(commentReport).not.toHaveBeenCalled();
    expect(summary()).toContain('### 🔴 dev: 1 to destroy');
  });
});

describe('terraform-plan started by hand', () => {
  test('stores a plan of the run when asked to', async () => {
    startedBy('workflow_dispatch');
    Object.assign(inputs, { mode: 'destroy', 'store-run-plan': 'true' });
    await run();
    const path = `livekit/dev/plans/${'c'.repeat(40)}/42-1`;
    expect([...bucket.objects.keys()].sort()).toEqual([`${path}.json`, `${path}.md`, `${path}.tfplan`]);
    expect(envelope()).toMatchObject({
      mode: 'destroy',
      source: 'run',
      pullRequest: null,
      commits: { head: 'c'.repeat(40), base: 'c'.repeat(40), planned: 'c'.repeat(40) },
    });
    expect(makePlan.mock.calls[0]?.[1]).toMatchObject({ destroy: true });
    expect(summary()).toContain('only with the input <code>allow-destroy: true</code>');
    expect(outputs['plan-path']).toBe(`gs://${bucket.name}/${path}.tfplan`);
  });

  test('never in a pull request’s place', async () => {
    startedBy('pull_request', pullRequest());
    inputs['mode'] = 'destroy';
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-043' });
    expect(openWorkplace).not.toHaveBeenCalled();
  });
});

describe('terraform-plan in mode drift', () => {
  test('tells the drift in an issue, stores nothing, and does not fail', async () => {
    startedBy('schedule');
    inputs['mode'] = 'drift';
    await run();
    expect(tellDrift.mock.calls[0]?.[1]).toMatchObject({ environment: 'dev', mode: 'drift' });
    expect(bucket.objects.size).toBe(0);
    expect(commentReport).not.toHaveBeenCalled();
    expect(outputs).toMatchObject({ drift: 'true', 'issue-url': 'https://x/issue', 'plan-path': '' });
  });

  test('fails when the issue cannot be written', async () => {
    startedBy('schedule');
    inputs['mode'] = 'drift';
    tellDrift.mockImplementation(() => Promise.reject(terraformFailures.failure('plan', { what: 'No issues here.' })));
    await expect(run()).rejects.toThrow('No issues here.');
  });

  test('leaves the issue alone when the plan fails', async () => {
    startedBy('schedule');
    inputs['mode'] = 'drift';
    makePlan.mockImplementation(() => Promise.reject(terraformFailures.failure('plan', { what: 'Quota is used up.' })));
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-003' });
    expect(tellDrift).not.toHaveBeenCalled();
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
  ['mode', { mode: 'refresh' }, 'LK-INPUT-002'],
  ['max-destroy', { 'max-destroy': 'few' }, 'LK-INPUT-002'],
  ['store-run-plan', { 'store-run-plan': 'yes' }, 'LK-INPUT-002'],
  ['target', { target: 'a.b' }, 'LK-TF-040'],
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
