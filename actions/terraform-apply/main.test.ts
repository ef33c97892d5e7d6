import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jest } from '@jest/globals';

const outputs: Record<string, unknown> = {};
const states: Record<string, string> = {};
let inputs: Record<string, string> = {};
const setSecret = jest.fn();
jest.unstable_mockModule('@actions/core', () => ({
  getInput: (name: string) => inputs[name] ?? '',
  setOutput: (name: string, value: unknown) => (outputs[name] = value),
  saveState: (name: string, value: string) => (states[name] = value),
  getState: (name: string) => states[name] ?? '',
  setSecret,
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
const findReviewed = jest.fn();
const findRunPlan = jest.fn();
const checkRunPlanEvent = jest.fn();
jest.unstable_mockModule('../../src/terraform/reviewed-plan.ts', () => ({
  findReviewed,
  findRunPlan,
  checkRunPlanEvent,
}));
const applyPlan = jest.fn();
jest.unstable_mockModule('../../src/terraform/apply-plan.ts', () => ({ applyPlan }));
const publishResult = jest.fn();
jest.unstable_mockModule('../../src/terraform/publish-environment.ts', () => ({ publishResult }));
const askGuards = jest.fn();
jest.unstable_mockModule('../../src/terraform/ask-guards.ts', () => ({ askGuards }));
const environmentOfJob = jest.fn<() => Promise<string | undefined>>();
jest.unstable_mockModule('../../src/github/job-token.ts', () => ({ environmentOfJob }));
const commentReport = jest.fn();
jest.unstable_mockModule('../../src/terraform/comment-report.ts', () => ({ commentReport }));
const awaitApply = jest.fn();
jest.unstable_mockModule('../../src/terraform/interrupted-apply.ts', () => ({ awaitApply }));

const { action } = await import('./main.ts');
const { forgetSecrets } = await import('../../src/runner/mask.ts');
const { envelopeOf } = await import('../../src/terraform/test-bench.ts');
const { parsePlan } = await import('../../src/terraform/plan-json.ts');
const { planModel } = await import('../../src/terraform/plan-model.ts');
const { terraformFailures } = await import('../../src/terraform/failures.ts');

const fixture = readFileSync(new URL('../../src/terraform/fixtures/google.json', import.meta.url), 'utf8');
const stored = { path: 'livekit/dev/plans/x/42-1', envelope: envelopeOf() };
const reviewed = { source: 'pull-request', plan: { pullRequest: { number: 7 }, stored }, others: jest.fn() };
const applied = (kind: string, failure?: unknown, more: object = {}) => ({
  kind,
  replanned: false,
  reasons: [],
  digest: 'a'.repeat(64),
  stateSerial: 7,
  covered: [],
  differences: [],
  findings: [],
  model: planModel(parsePlan(fixture), (text) => text),
  warnings: [],
  durationSeconds: 3,
  failure,
  ...more,
});

let directory: string;
const before = { ...process.env };
const run = () => action.main(new AbortController().signal);
const summary = () => readFileSync(join(directory, 'summary.md'), 'utf8');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'apply-action-'));
  for (const each of [outputs, states]) for (const name of Object.keys(each)) delete each[name];
  Object.assign(process.env, {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REPOSITORY: 'nova/livekit',
    GITHUB_SHA: 'f'.repeat(40),
    GITHUB_REF: 'refs/heads/main',
    GITHUB_STEP_SUMMARY: join(directory, 'summary.md'),
    RUNNER_TEMP: directory,
  });
  inputs = {
    environment: 'dev',
    bucket: 'state',
    'github-token': 'ghs_token',
    'livekit-api-key': 'APIkey',
    'livekit-api-secret': 'swordfish-swordfish-swordfish-32',
  };
  openWorkplace.mockReset().mockImplementation(() =>
    Promise.resolve({
      environment: 'dev',
      bucket: { name: 'state' },
      repositoryPath: 'terraform/environments/dev',
      engine: { name: 'terraform' },
      identity: {},
    }),
  );
  findReviewed.mockReset().mockImplementation((...args: unknown[]) => {
    (args[3] as (number: number) => void)(7);
    return Promise.resolve(reviewed);
  });
  findRunPlan
    .mockReset()
    .mockImplementation(() =>
      Promise.resolve({ ...reviewed, source: 'run', plan: { ...reviewed.plan, pullRequest: undefined } }),
    );
  checkRunPlanEvent.mockReset();
  askGuards.mockReset().mockImplementation(() => Promise.resolve('the guard'));
  environmentOfJob.mockReset().mockResolvedValue('prd');
  applyPlan.mockReset().mockImplementation(() => Promise.resolve(applied('applied')));
  publishResult
    .mockReset()
    .mockImplementation(() => Promise.resolve({ uri: 'gs://state/livekit/dev/outputs.json', generation: '5' }));
  commentReport.mockReset().mockImplementation(() => Promise.resolve({ url: 'https://x/comment', changed: true }));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  process.env = { ...before };
});

test('applies the reviewed plan of the merged commit, publishes, and tells it', async () => {
  await run();
  expect(findReviewed.mock.calls[0]?.[2]).toEqual({
    environment: 'dev',
    commit: 'f'.repeat(40),
    branch: 'main',
    maxAgeHours: 168,
  });
  expect(applyPlan.mock.calls[0]?.slice(1)).toEqual([
    reviewed,
    expect.objectContaining({ compare: 'always', maxAgeHours: 168, commit: 'f'.repeat(40), guard: 'the guard' }),
  ]);
  expect(publishResult).toHaveBeenCalledWith(expect.anything(), 'f'.repeat(40), 'apply');
  expect(outputs).toMatchObject({
    applied: 'true',
    source: 'pull-request',
    replanned: 'false',
    'plan-digest': 'a'.repeat(64),
    'plan-path': 'gs://state/livekit/dev/plans/x/42-1.tfplan',
    add: '1',
    'outputs-path': 'gs://state/livekit/dev/outputs.json',
    'outputs-generation': '5',
    'comment-url': 'https://x/comment',
  });
  expect(commentReport.mock.calls[0]?.slice(1, 3)).toEqual([7, 'dev']);
  expect(summary()).toContain('### ✅ dev: applied');
});

test.each(['nothing', 'again'])('with the result %s, publishes the outputs without having applied', async (kind) => {
  applyPlan.mockImplementation(() => Promise.resolve(applied(kind)));
  await run();
  expect(publishResult).toHaveBeenCalled();
  expect(outputs['applied']).toBe('false');
});

test('the secrets are masked, and no output or summary has them', async () => {
  await run();
  expect(setSecret).toHaveBeenCalledWith('swordfish-swordfish-swordfish-32');
  expect(JSON.stringify(outputs) + summary()).not.toContain('swordfish');
  expect(applyPlan.mock.calls[0]?.[2]).toMatchObject({ haveSecrets: true });
});

test('outputs that could not be published fail the step after the outputs of the apply are set', async () => {
  const failure = terraformFailures.failure('output', { what: 'terraform output failed: x.' });
  publishResult.mockImplementation(() => Promise.reject(failure));
  await expect(run()).rejects.toBe(failure);
  expect(outputs['applied']).toBe('true');
});

test('what would be done now and was not reviewed is told with its values, and nothing is published', async () => {
  const failure = terraformFailures.failure('planDiffers', { what: '1 of the 2 changes differ.' });
  const value = (number: number) => ({ kind: 'value', value: number });
  const side = (after: number) => ({ before: value(1), after: value(after) });
  const attributes = [{ path: 'memory_gb', reviewed: side(2), now: side(3) }];
  const differences = [{ address: 'google_redis_instance.main', now: 'update', reviewed: ['update'], attributes }];
  applyPlan.mockImplementation(() => Promise.resolve(applied('differs', failure, { replanned: true, differences })));
  await expect(run()).rejects.toBe(failure);
  expect(publishResult).not.toHaveBeenCalled();
  expect(outputs).toMatchObject({ applied: 'false', replanned: 'true' });
  expect(commentReport).toHaveBeenCalledTimes(1);
  expect(summary()).toContain('### ⛔ dev: not applied');
  expect(summary()).toContain('+ memory_gb: now 1 → 3');
});

test('a new plan in place of the stored one says by what it was proven', async () => {
  const more = { replanned: true, reasons: ['The state went on.'], covered: [{ pullRequest: { number: 7 } }] };
  applyPlan.mockImplementation(() => Promise.resolve(applied('applied', undefined, more)));
  await run();
  expect(summary()).toContain('all of it was reviewed in pull request 7. The state went on.');
});

describe('the input `plan`', () => {
  beforeEach(() => (inputs['plan'] = 'gs://state/livekit/dev/plans/x/42-1.tfplan'));

  test('applies the plan of the same run, without a pull request', async () => {
    process.env['GITHUB_RUN_ID'] = '42';
    await run();
    expect(findReviewed).not.toHaveBeenCalled();
    expect(findRunPlan.mock.calls[0]?.slice(1)).toEqual([
      inputs['plan'],
      { environment: 'dev', repository: 'nova/livekit', commit: 'f'.repeat(40), runId: '42' },
    ]);
    expect(outputs).toMatchObject({ source: 'run', 'comment-url': '' });
    expect(commentReport).not.toHaveBeenCalled();
  });

  test('is refused for a run that may not', async () => {
    checkRunPlanEvent.mockImplementation(() => {
      throw terraformFailures.failure('runPlanRefused', { what: 'It was a push.' });
    });
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-031' });
    expect(findRunPlan).not.toHaveBeenCalled();
  });

  test('takes the outputs document away after a destroy', async () => {
    const envelope = { ...envelopeOf(), mode: 'destroy' };
    findRunPlan.mockImplementation(() =>
      Promise.resolve({ source: 'run', plan: { stored: { ...stored, envelope } }, others: jest.fn() }),
    );
    publishResult.mockImplementation(() => Promise.resolve(undefined));
    await run();
    expect(publishResult).toHaveBeenCalledWith(expect.anything(), expect.anything(), 'destroy');
    expect(outputs['outputs-path']).toBe('');
  });
});

describe('a protected environment', () => {
  test.each([
    ['prd', undefined],
    ['dev', 'dev stg'],
  ])('%s (protected-environments: %s) is applied only in the GitHub environment of its name', async (name, names) => {
    inputs['environment'] = name;
    if (names !== undefined) inputs['protected-environments'] = names;
    environmentOfJob.mockResolvedValue(undefined);
    await expect(run()).rejects.toMatchObject({ code: 'LK-TF-039' });
    expect(openWorkplace).not.toHaveBeenCalled();
    environmentOfJob.mockResolvedValue(name);
    await expect(run()).resolves.toBeUndefined();
  });

  test('is none with `none`, and GitHub is not even asked', async () => {
    inputs = { ...inputs, environment: 'prd', 'protected-environments': 'none' };
    await run();
    expect(environmentOfJob).not.toHaveBeenCalled();
  });
});

test('the guards get the inputs about them, and the step’s variables are known by name', async () => {
  Object.assign(inputs, {
    'protected-types': 'google_redis_instance, google_container_cluster',
    'max-destroy': '2',
    'allow-destroy-label': 'yes-destroy',
    'allow-destroy': 'true',
    policy: 'rules.yaml',
    variables: 'project_id=nova\nregion=x',
  });
  process.env['TF_VAR_domain'] = 'livekit.example';
  await run();
  expect(askGuards.mock.calls[0]?.[0]).toMatchObject({
    protectedTypes: ['google_redis_instance', 'google_container_cluster'],
    maxDestroy: 2,
    label: 'yes-destroy',
    allowDestroy: true,
    policy: 'rules.yaml',
  });
  const { givenVariables } = applyPlan.mock.calls[0]?.[2] as { givenVariables: string[] };
  expect(givenVariables).toEqual(expect.arrayContaining(['project_id', 'region', 'domain']));
  expect(openWorkplace.mock.calls[0]?.[0]).toMatchObject({ variables: { project_id: 'nova', region: 'x' } });
});

test('a failed apply is told once, publishes nothing, and fails the step', async () => {
  const failure = terraformFailures.failure('apply', { what: 'Quota is used up.' });
  applyPlan.mockImplementation(() => Promise.resolve(applied('failed', failure)));
  await expect(run()).rejects.toBe(failure);
  expect(publishResult).not.toHaveBeenCalled();
  expect(commentReport).toHaveBeenCalledTimes(1);
  expect(outputs['applied']).toBe('false');
});

test('a refusal is told on the pull request', async () => {
  applyPlan.mockImplementation(() =>
    Promise.reject(terraformFailures.failure('planDamaged', { what: 'The plan is damaged.' })),
  );
  await expect(run()).rejects.toMatchObject({ code: 'LK-TF-012' });
  expect(commentReport.mock.calls[0]?.[1]).toBe(7);
  expect(summary()).toContain('LK-TF-012');
});

test('a commit without a pull request has no place for a comment; the summary has the refusal', async () => {
  findReviewed.mockImplementation(() =>
    Promise.reject(terraformFailures.failure('noPullRequest', { what: 'It was pushed.' })),
  );
  await expect(run()).rejects.toMatchObject({ code: 'LK-TF-010' });
  expect(commentReport).not.toHaveBeenCalled();
  expect(summary()).toContain('LK-TF-010');
});

test('plan and log lie where only their owner can read them, and post takes them away', async () => {
  await run();
  const { file, logFile } = applyPlan.mock.calls[0]?.[2] as { file: string; logFile: string };
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  expect(dirname(logFile)).toBe(dirname(file));
  await action.post?.(new AbortController().signal);
  expect(existsSync(dirname(file))).toBe(false);
});

describe('post', () => {
  test('knows the secrets again, so that no quoted word shows them', async () => {
    setSecret.mockClear();
    forgetSecrets();
    await action.post?.(new AbortController().signal);
    expect(setSecret).toHaveBeenCalledWith('swordfish-swordfish-swordfish-32');
  });

  test('waits for an apply that was left running before it takes its credentials away', async () => {
    const file = join(directory, 'credentials.json');
    writeFileSync(file, 'x');
    Object.assign(states, {
      'credentials-file': file,
      'running-apply': JSON.stringify({ child: { id: 1, startedAt: '' }, environment: 'dev' }),
    });
    awaitApply.mockImplementation(() => {
      const what = `credentials are there: ${readFileSync(file, 'utf8')}`;
      return Promise.resolve(terraformFailures.failure('interrupted', { what }));
    });
    await action.post?.(new AbortController().signal);
    expect(awaitApply).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ unlock: 'never' }));
    expect(summary()).toContain('credentials are there: x');
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  test('has nothing to wait for after an apply that ended', async () => {
    awaitApply.mockClear();
    await action.post?.(new AbortController().signal);
    expect(awaitApply).not.toHaveBeenCalled();
  });
});
