import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { ApplyGuard } from './guards/guard-apply.ts';
import type { CoveredPlan } from './plan-anew.ts';

const guardApply = jest.fn<(guard: ApplyGuard) => Promise<void>>();
jest.unstable_mockModule('./guards/guard-apply.ts', () => ({ guardApply, DEFAULT_LABEL: 'allow-destroy' }));
const { askGuards } = await import('./ask-guards.ts');
const { parsePlan } = await import('./plan-json.ts');
const { planModel } = await import('./plan-model.ts');
const { envelopeOf } = await import('./test-bench.ts');

const shown = (name: string) => {
  const plan = parsePlan(readFileSync(new URL(`./fixtures/comparison/${name}.json`, import.meta.url), 'utf8'));
  return { plan, model: planModel(plan, (text) => text) };
};
const covered = (number: number | undefined, name: string): CoveredPlan => ({
  ...shown(name),
  pullRequest:
    number === undefined
      ? undefined
      : { number, url: 'u', headSha: '1'.repeat(40), baseRef: 'main', mergedAt: '', fork: false },
  stored: { path: 'x', envelope: envelopeOf() },
  content: Buffer.from(''),
});

let workspace: string;
const gitHubEnvironment = jest.fn<() => Promise<string | undefined>>();
const ask = (more: object = {}) =>
  askGuards({
    workspace,
    policy: undefined,
    protectedTypes: ['terraform_data'],
    maxDestroy: undefined,
    label: undefined,
    github: () => ({}) as never,
    allowDestroy: true,
    gitHubEnvironment,
    ...more,
  });

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'ask-guards-'));
  guardApply.mockReset().mockResolvedValue(undefined);
  gitHubEnvironment.mockReset().mockResolvedValue('prd');
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

test('what is found in the final plan is asked about, with the pull request that it comes from', async () => {
  const found = await (await ask())(shown('delete'), [covered(7, 'delete')]);
  expect(found).toMatchObject([{ kind: 'protected', address: 'terraform_data.address', level: 'needs-label' }]);
  expect(guardApply.mock.calls[0]?.[0]).toMatchObject({
    findings: found,
    label: 'allow-destroy',
    pullRequests: [{ number: 7, headSha: '1'.repeat(40), plannedAt: envelopeOf().createdAt }],
  });
  // A single pull request answers for everything.
  expect(guardApply.mock.calls[0]?.[0].pullRequests[0]?.plan).toBeUndefined();
  expect(gitHubEnvironment).not.toHaveBeenCalled();
});

test('of several pull requests each answers for what its own plan does', async () => {
  await (
    await ask()
  )(shown('delete'), [covered(7, 'delete'), covered(8, 'create-dns')]);
  const plans = guardApply.mock.calls[0]?.[0].pullRequests.map(({ plan }) => plan?.findings.length);
  expect(plans).toEqual([1, 0]);
});

test('a plan of the same run has no label: the input and the GitHub environment of the job stand for it', async () => {
  await (
    await ask()
  )(shown('delete'), [covered(undefined, 'delete')]);
  expect(guardApply.mock.calls[0]?.[0]).toMatchObject({
    pullRequests: [],
    run: { allowDestroy: true, environment: 'prd' },
  });
});

test('when nothing is found, GitHub is not asked for the job’s environment', async () => {
  await (
    await ask()
  )(shown('create-dns'), [covered(undefined, 'create-dns')]);
  expect(gitHubEnvironment).not.toHaveBeenCalled();
});

test('a refusal ends it', async () => {
  guardApply.mockRejectedValue(new Error('not allowed'));
  await expect((await ask())(shown('delete'), [covered(7, 'delete')])).rejects.toThrow('not allowed');
});

test('a policy file that is named but not there is refused at once', async () => {
  await expect(ask({ policy: 'rules.yaml' })).rejects.toMatchObject({ code: 'LK-TF-038' });
  writeFileSync(join(workspace, 'rules.yaml'), 'rules: []\n');
  await expect(ask({ policy: 'rules.yaml' })).resolves.toBeInstanceOf(Function);
});
