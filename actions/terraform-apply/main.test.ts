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
const findReviewedPlan = jest.fn();
jest.unstable_mockModule('../../src/terraform/reviewed-plan.ts', () => ({ findReviewedPlan }));
const applyPlan = jest.fn();
const publishEnvironment = jest.fn();
jest.unstable_mockModule('../../src/terraform/apply-plan.ts', () => ({ applyPlan, publishEnvironment }));
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
const applied = (kind: string, failure?: unknown) => ({
  kind,
  model: planModel(parsePlan(fixture), (text) => text),
  warnings: [],
  durationSeconds: 3,
  failure,
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
  findReviewedPlan.mockReset().mockImplementation((...args: unknown[]) => {
    (args[3] as (number: number) => void)(7);
    return Promise.resolve({
      pullRequest: { number: 7 },
      stored: { path: 'livekit/dev/plans/x/42-1', envelope: envelopeOf() },
    });
  });
  applyPlan.mockReset().mockImplementation(() => Promise.resolve(applied('applied')));
  publishEnvironment
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
  expect(findReviewedPlan.mock.calls[0]?.[2]).toEqual({ environment: 'dev', commit: 'f'.repeat(40) });
  expect(publishEnvironment).toHaveBeenCalledWith(expect.anything(), 'f'.repeat(40));
  expect(outputs).toMatchObject({
    applied: 'true',
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
  expect(publishEnvironment).toHaveBeenCalled();
  expect(outputs['applied']).toBe('false');
});

test('the secrets are masked, and no output or summary has them', async () => {
  await run();
  expect(setSecret).toHaveBeenCalledWith('swordfish-swordfish-swordfish-32');
  expect(JSON.stringify(outputs) + summary()).not.toContain('swordfish');
  expect(applyPlan.mock.calls[0]?.[2]).toMatchObject({ haveSecrets: true });
});

test('outputs that could not be published are told as such: the plan is applied', async () => {
  publishEnvironment.mockImplementation(() =>
    Promise.reject(terraformFailures.failure('output', { what: 'terraform output failed: x.' })),
  );
  await expect(run()).rejects.toMatchObject({
    code: 'LK-TF-024',
    message: 'terraform output failed: x. The plan itself is done: nothing of it is left to apply.',
  });
  expect(outputs['applied']).toBe('true');
});

test('a failed apply is told once, publishes nothing, and fails the step', async () => {
  const failure = terraformFailures.failure('apply', { what: 'Quota is used up.' });
  applyPlan.mockImplementation(() => Promise.resolve(applied('failed', failure)));
  await expect(run()).rejects.toBe(failure);
  expect(publishEnvironment).not.toHaveBeenCalled();
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
  findReviewedPlan.mockImplementation(() =>
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
