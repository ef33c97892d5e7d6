import { readFileSync } from 'node:fs';
import type { GitHubClient, Octokit } from '../../github/client.ts';
import { githubFailures } from '../../github/failures.ts';
import { parsePlan } from '../plan-json.ts';
import { type PlanModel, planModel } from '../plan-model.ts';
import type { GuardFinding } from './finding.ts';
import { type ApplyGuard, guardApply } from './guard-apply.ts';

const PLANNED = '2026-11-20T10:00:00.000Z';
const headOf = (number: number) => String(number).repeat(40).slice(0, 40);

interface World {
  /** Who labelled which pull request when. */
  readonly labels: Record<number, { by: string; at: string }>;
  readonly permissions?: Record<string, string>;
}

/** GitHub as far as the guard asks it. */
function githubWith({ labels, permissions = { mika: 'write' } }: World) {
  const asked: string[] = [];
  const octokit = {
    rest: {
      issues: { listEventsForTimeline: 'timeline' },
      repos: {
        getCollaboratorPermissionLevel: ({ username }: { username: string }) => {
          asked.push(`permission ${username}`);
          const permission = permissions[username];
          if (permission === undefined) throw githubFailures.failure('notFound', { what: 'No such collaborator.' });
          return Promise.resolve({ data: { permission, role_name: permission } });
        },
      },
    },
    paginate: (_route: string, { issue_number }: { issue_number: number }) => {
      asked.push(`timeline ${issue_number}`);
      const label = labels[issue_number];
      const events = [{ event: 'committed', sha: headOf(issue_number) }];
      const labeled = label && {
        event: 'labeled',
        created_at: label.at,
        label: { name: 'allow-destroy' },
        actor: { login: label.by, type: 'User' },
      };
      return Promise.resolve(labeled ? [...events, labeled] : events);
    },
  };
  const client: GitHubClient = {
    repository: { owner: 'nova', name: 'livekit' },
    call: (_subject, work) => work(octokit as unknown as Octokit, { owner: 'nova', repo: 'livekit' }),
  };
  return { client, asked };
}

const redis: GuardFinding = {
  kind: 'protected',
  address: 'google_redis_instance.main',
  message: 'would be destroyed, and google_redis_instance is a protected type',
  level: 'needs-label',
};
const bucket: GuardFinding = { ...redis, address: 'google_storage_bucket.logs', message: 'would be destroyed' };
const block: GuardFinding = { kind: 'policy', address: 'x.y', message: 'Never (rule z)', level: 'block' };
const warn: GuardFinding = { ...block, level: 'warn' };
const LATER = '2026-11-20T11:00:00Z';
const pullRequest = (number: number, plan?: { model: PlanModel; findings: readonly GuardFinding[] }) => ({
  number,
  headSha: headOf(number),
  plannedAt: PLANNED,
  plan,
});

function ask(world: World, guard: Partial<ApplyGuard>) {
  const { client, asked } = githubWith(world);
  const work = guardApply({
    findings: [redis],
    label: 'allow-destroy',
    github: () => client,
    pullRequests: [pullRequest(7)],
    ...guard,
  });
  return { work, asked };
}

const nobody: World = { labels: {} };
const labelled = (...numbers: number[]): World => ({
  labels: Object.fromEntries(numbers.map((number) => [number, { by: 'mika', at: LATER }])),
});

describe('an apply', () => {
  test.each<[string, World, Partial<ApplyGuard>]>([
    ['in which nothing was found', nobody, { findings: [] }],
    ['of which something is only told', nobody, { findings: [warn] }],
    ['whose pull request has the label', labelled(7), {}],
    ['with the label by an administrator', { ...labelled(7), permissions: { mika: 'admin' } }, {}],
  ])('%s goes on', async (_what, world, guard) => {
    await expect(ask(world, guard).work).resolves.toBeUndefined();
  });

  test.each<[string, World, Partial<ApplyGuard>, string, RegExp]>([
    [
      'without the label',
      nobody,
      {},
      'LK-TF-035',
      /^Pull request 7 needs the label allow-destroy, because google_redis/,
    ],
    ['with a label by a reader', { ...labelled(7), permissions: { mika: 'read' } }, {}, 'LK-TF-036', /may not write/],
    ['with a label by a stranger', { ...labelled(7), permissions: {} }, {}, 'LK-TF-036', /mika, who may not write/],
    [
      'with a label from before the plan',
      { labels: { 7: { by: 'mika', at: '2026-11-20T09:00:00Z' } } },
      {},
      'LK-TF-036',
      /before the plan was made/,
    ],
    ['of what a rule forbids, label or not', labelled(7), { findings: [redis, block] }, 'LK-TF-037', /x\.y Never/],
  ])('%s is refused', async (_what, world, guard, code, message) => {
    await expect(ask(world, guard).work).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  test('asks GitHub nothing when nothing needs the label', async () => {
    const { work, asked } = ask(nobody, { findings: [warn] });
    await work;
    expect(asked).toEqual([]);
  });
});

describe('several pull requests applied at once', () => {
  const model = modelOf('google');
  const of = (...findings: GuardFinding[]) => ({ model, findings });
  const two = [pullRequest(7, of(redis)), pullRequest(8, of(bucket))];

  test('need each its own label', async () => {
    const findings = [redis, bucket];
    await expect(ask(labelled(7), { findings, pullRequests: two }).work).rejects.toMatchObject({
      code: 'LK-TF-035',
      message: expect.stringMatching(/^Pull request 8 needs/) as string,
    });
    await expect(ask(labelled(7, 8), { findings, pullRequests: two }).work).resolves.toBeUndefined();
  });

  test('do not ask for the label of one whose plan does nothing of the kind', async () => {
    const { work, asked } = ask(labelled(7), { findings: [redis], pullRequests: two });
    await work;
    expect(asked).toEqual(['timeline 7', 'permission mika']);
  });

  test('a label of one does not count for what only another one does', async () => {
    const { work } = ask(labelled(8), { findings: [redis], pullRequests: two });
    await expect(work).rejects.toMatchObject({ code: 'LK-TF-035' });
  });

  test('what is in no one’s own plan is asked of all', async () => {
    const { work } = ask(labelled(7, 8), { findings: [{ ...redis, address: 'else' }], pullRequests: two });
    await expect(work).rejects.toMatchObject({
      message: expect.stringMatching(/^Pull request 7 and 8 needs/) as string,
    });
  });

  test('the limit counts what no label covers', async () => {
    const gone = model.resources.filter(({ action }) => action === 'delete' || action === 'replace');
    const addresses = [...gone.map(({ address }) => address), 'other.a', 'other.b'];
    const limit = (most: number): GuardFinding => ({
      kind: 'max-destroy',
      address: undefined,
      message: 'too many',
      level: 'needs-label',
      destroys: { most, addresses },
    });
    const pullRequests = [pullRequest(7, of())];
    await expect(ask(labelled(7), { findings: [limit(2)], pullRequests }).work).resolves.toBeUndefined();
    await expect(ask(labelled(7), { findings: [limit(1)], pullRequests }).work).rejects.toMatchObject({
      code: 'LK-TF-035',
    });
  });
});

describe('a plan of the same run', () => {
  const run = (allowDestroy: boolean, environment: string | undefined) => ({
    pullRequests: [],
    run: { allowDestroy, environment },
  });
  test('is applied in a GitHub environment when the input allows it', async () => {
    await expect(ask(nobody, run(true, 'dev')).work).resolves.toBeUndefined();
  });
  test.each([
    ['without the input', run(false, 'dev')],
    ['outside of a GitHub environment', run(true, undefined)],
    ['of which nothing is said', { pullRequests: [] }],
  ])('is refused %s', async (_what, guard) => {
    await expect(ask(nobody, guard).work).rejects.toMatchObject({ code: 'LK-TF-041' });
  });
});

function modelOf(fixture: string): PlanModel {
  const text = readFileSync(new URL(`../fixtures/${fixture}.json`, import.meta.url), 'utf8');
  return planModel(parsePlan(text), (known) => known);
}
