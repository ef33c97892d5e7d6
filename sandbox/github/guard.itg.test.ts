import { getOctokit } from '@actions/github';
import { githubClient } from '../../src/github/client.ts';
import { closeIssue, putIssue, type StickyIssue } from '../../src/github/issue.ts';
import type { GuardFinding } from '../../src/terraform/guards/finding.ts';
import { guardApply } from '../../src/terraform/guards/guard-apply.ts';
import type { Permissions } from './state.ts';
import { addToken, jobToken } from './tokens.ts';
import { startTrial, type Trial } from './trial.ts';

/** The guard's calls against the stand-in, which checks permissions and shapes as GitHub does. */
let trial: Trial;
const tokens = { ada: 'ghp_adaadaadaadaadaadaada', rob: 'ghp_robrobrobrobrobrobrob' };

beforeAll(async () => {
  trial = await startTrial();
  const { state } = trial.github;
  for (const [login, role] of [
    ['ada', 'admin'],
    ['rob', 'read'],
  ] as const) {
    addToken(state, tokens[login], { login, permissions: 'person', role, job: null });
    state.people[login] = role;
  }
});
afterAll(() => trial.close());

const repo = { owner: 'nova', repo: 'livekit' };
const octokit = (token: string) => getOctokit(token, { baseUrl: `${trial.config.addresses.github}/api/v3` }).rest;

let jobs = 0;
function jobClient(permissions: Permissions) {
  const token = `ghs_job${String(++jobs).padStart(25, '0')}`;
  addToken(trial.github.state, token, jobToken(permissions, jobs));
  const apiUrl = `${trial.config.addresses.github}/api/v3`;
  return { token, client: githubClient({ token, apiUrl, repository: { owner: 'nova', name: 'livekit' } }) };
}

async function openPull(branch: string) {
  trial.commit(branch, { [`${branch}.txt`]: 'one\n' }, `Add ${branch}`);
  const { data } = await octokit(tokens.ada).pulls.create({ ...repo, title: branch, head: branch, base: 'main' });
  return data;
}

const redis: GuardFinding = {
  kind: 'protected',
  address: 'google_redis_instance.main',
  message: 'would be destroyed',
  level: 'needs-label',
};
/** The stand-in's clock has seconds, so a plan of now could be of the label's second. */
const planned = () => new Date(Date.now() - 2000).toISOString();

function ask(pull: { number: number; head: { sha: string } }, plannedAt: string) {
  const { client } = jobClient({ 'pull-requests': 'read', metadata: 'read' });
  return guardApply({
    findings: [redis],
    label: 'allow-destroy',
    github: () => client,
    pullRequests: [{ number: pull.number, headSha: pull.head.sha, plannedAt }],
  });
}
const label = (token: string, number: number) =>
  octokit(token).issues.addLabels({ ...repo, issue_number: number, labels: ['allow-destroy'] });

describe('the label', () => {
  it('that an administrator puts on after the plan counts', async () => {
    const pull = await openPull('counts');
    const plannedAt = planned();
    await expect(ask(pull, plannedAt)).rejects.toMatchObject({ code: 'LK-TF-035' });
    await label(tokens.ada, pull.number);
    await expect(ask(pull, plannedAt)).resolves.toBeUndefined();
  });

  it('does not outlive a plan that is made after it', async () => {
    const pull = await openPull('older');
    await label(tokens.ada, pull.number);
    const later = new Date(Date.now() + 2000).toISOString();
    await expect(ask(pull, later)).rejects.toMatchObject({ code: 'LK-TF-036' });
  });

  it('is void with the next push', async () => {
    const pull = await openPull('pushed');
    await label(tokens.ada, pull.number);
    trial.commit('pushed', { 'pushed.txt': 'two\n' });
    await expect(ask(pull, planned())).rejects.toMatchObject({
      code: 'LK-TF-036',
      message: expect.stringContaining('was pushed after it was put on') as string,
    });
  });

  it('by a workflow does not count', async () => {
    const pull = await openPull('workflow');
    const { token } = jobClient({ 'pull-requests': 'write' });
    await label(token, pull.number);
    await expect(ask(pull, planned())).rejects.toMatchObject({
      code: 'LK-TF-036',
      message: expect.stringContaining('github-actions[bot], which is no person') as string,
    });
  });

  it('by someone who may write no more does not count', async () => {
    const pull = await openPull('reader');
    await label(tokens.ada, pull.number);
    trial.github.state.people['ada'] = 'read';
    await expect(ask(pull, planned())).rejects.toMatchObject({
      code: 'LK-TF-036',
      message: expect.stringContaining('may not write') as string,
    });
    trial.github.state.people['ada'] = 'admin';
  });
});

describe('the issue', () => {
  const issue: StickyIssue = { kind: 'drift', key: 'dev', label: 'drift' };
  const text = (fingerprint: string) => ({ title: 'Drift: dev', body: `plan ${fingerprint}`, fingerprint });

  it('is opened, updated, left alone and closed', async () => {
    const { client } = jobClient({ issues: 'write' });
    const opened = await putIssue(client, issue, text('one'), 1);
    expect(opened.change).toBe('opened');
    expect(await putIssue(client, issue, text('two'), 1)).toEqual({ ...opened, change: 'updated' });
    expect(await putIssue(client, issue, text('two'), 1)).toEqual({ ...opened, change: 'unchanged' });
    expect(await closeIssue(client, issue, 'No drift any more.')).toBe(opened.url);
    const { data } = await octokit(tokens.ada).issues.get({ ...repo, issue_number: opened.number });
    expect(data).toMatchObject({ state: 'closed', state_reason: 'completed', labels: [{ name: 'drift' }] });
    expect(await closeIssue(client, issue, 'Again.')).toBeUndefined();
  });

  it('stays one when two runs come at once', async () => {
    const each = await Promise.all(
      [1, 2].map(() => putIssue(jobClient({ issues: 'write' }).client, issue, text('x'), 50)),
    );
    expect(new Set(each.map(({ number }) => number)).size).toBe(1);
    const { data } = await octokit(tokens.ada).issues.listForRepo({ ...repo, labels: 'drift', state: 'open' });
    expect(data).toHaveLength(1);
  });

  it('needs the permission, which the message names', async () => {
    const { client } = jobClient({ issues: 'read' });
    await expect(putIssue(client, { ...issue, key: 'prd' }, text('x'), 1)).rejects.toMatchObject({
      code: 'LK-GITHUB-002',
      fix: expect.stringContaining('issues: write') as string,
    });
  });
});
