import { readFileSync } from 'node:fs';
import { ISSUE_BODY_LIMIT } from '../github/issue.ts';
import type { GitHubClient, Octokit } from '../github/client.ts';
import { DRIFT_LABEL, driftBody, hasDrift, tellDrift } from './drift-issue.ts';
import { parsePlan } from './plan-json.ts';
import { planModel } from './plan-model.ts';
import type { PlanReport } from './render/report.ts';

function reportOf(fixture: string, more: Partial<PlanReport['origin']> = {}): PlanReport {
  const text = readFileSync(new URL(`./fixtures/${fixture}.json`, import.meta.url), 'utf8');
  return {
    environment: 'dev',
    model: planModel(parsePlan(text), (known) => known),
    warnings: [],
    repositoryPath: 'terraform/environments/dev',
    mode: 'drift',
    origin: {
      commit: 'c'.repeat(40),
      commitUrl: 'https://x/commit',
      engine: 'Terraform 1.11.4',
      stateSerial: 7,
      digest: 'd'.repeat(64),
      planUri: undefined,
      runUrl: 'https://x/run/1',
      ...more,
    },
  };
}

interface Issue {
  number: number;
  html_url: string;
  title: string;
  body: string;
  state: string;
  labels: { name: string }[];
  user: { type: string };
}

function fakeGitHub() {
  const issues: Issue[] = [];
  const comments: string[] = [];
  let writes = 0;
  const octokit = {
    rest: {
      issues: {
        create: ({ title, body, labels }: { title: string; body: string; labels: string[] }) => {
          writes++;
          const number = issues.length + 1;
          const issue = { number, html_url: `https://x/${number}`, title, body, state: 'open', user: { type: 'Bot' } };
          issues.push({ ...issue, labels: labels.map((name) => ({ name })) });
          return Promise.resolve({ data: issues.at(-1) });
        },
        update: ({ issue_number, ...more }: { issue_number: number }) => {
          writes++;
          return Promise.resolve({ data: Object.assign(issues[issue_number - 1] as Issue, more) });
        },
        createComment: ({ body }: { body: string }) => Promise.resolve({ data: { id: comments.push(body) } }),
      },
    },
    paginate: () => Promise.resolve(issues.filter(({ state }) => state === 'open').map((issue) => ({ ...issue }))),
  };
  const client: GitHubClient = {
    repository: { owner: 'nova', name: 'livekit' },
    call: (_subject, work) => work(octokit as unknown as Octokit, { owner: 'nova', repo: 'livekit' }),
  };
  return { client, issues, comments, writes: () => writes };
}

describe('drift', () => {
  test.each([
    ['google', true],
    ['outputs-only', true],
    ['nothing', false],
  ])('%s: %s', (fixture, expected) => expect(hasDrift(reportOf(fixture))).toBe(expected));

  test('is told in one issue, which is left alone until something else differs, and closed when nothing does', async () => {
    const github = fakeGitHub();
    expect(await tellDrift(github.client, reportOf('google'))).toBe('https://x/1');
    expect(github.issues).toMatchObject([
      { title: 'Drift: dev is not as its configuration says', labels: [{ name: DRIFT_LABEL }], state: 'open' },
    ]);
    expect(github.issues[0]?.body).toContain('1 to destroy, 1 to replace');

    const writes = github.writes();
    const later = { commit: 'e'.repeat(40), digest: 'f'.repeat(64), runUrl: 'https://x/run/2', stateSerial: 8 };
    await tellDrift(github.client, reportOf('google', later));
    expect(github.writes()).toBe(writes);

    await tellDrift(github.client, reportOf('outputs-only', later));
    expect(github.issues).toHaveLength(1);
    expect(github.issues[0]?.body).toContain('only outputs change');

    expect(await tellDrift(github.client, reportOf('nothing', later))).toBe('https://x/1');
    expect(github.issues[0]?.state).toBe('closed');
    expect(github.comments).toEqual([
      '[This run](https://x/run/2) found no drift any more: dev is as its configuration says.',
    ]);
    expect(await tellDrift(github.client, reportOf('nothing', later))).toBeUndefined();
  });

  test('of any size fits into an issue', () => {
    const report = reportOf('google');
    const [resource] = report.model.resources;
    const resources = Array.from({ length: 3_000 }, (_, index) => ({ ...resource, address: `google_x.y[${index}]` }));
    const body = driftBody({ ...report, model: { ...report.model, resources } as PlanReport['model'] });
    expect(body.length).toBeLessThanOrEqual(ISSUE_BODY_LIMIT);
    expect(body).toContain('Something changed **dev** outside of Terraform');
    expect(body).toContain('### ');
  });
});
