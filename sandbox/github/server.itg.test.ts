import { getOctokit } from '@actions/github';
import { startTrial, type Trial } from './trial.ts';
import { addToken, jobToken } from './tokens.ts';
import type { Permissions } from './state.ts';

let trial: Trial;
const PERSON = 'ghp_personpersonpersonperson';

beforeAll(async () => {
  trial = await startTrial();
  addToken(trial.github.state, PERSON, { login: 'ada', permissions: 'person', role: 'admin', job: null });
  trial.github.state.people['ada'] = 'admin';
});
afterAll(() => trial.close());

let jobs = 0;
function job(permissions: Permissions) {
  const token = `ghs_job${String(++jobs).padStart(25, '0')}`;
  addToken(trial.github.state, token, jobToken(permissions, jobs));
  return octokit(token);
}
const octokit = (token: string) => getOctokit(token, { baseUrl: `${trial.config.addresses.github}/api/v3` }).rest;
const repo = { owner: 'nova', repo: 'livekit' };

async function openPull(branch: string, files: Record<string, string | null> = { [`${branch}.txt`]: 'one\n' }) {
  trial.commit(branch, files, `Add ${branch}`);
  const { data } = await octokit(PERSON).pulls.create({ ...repo, title: `Add ${branch}`, head: branch, base: 'main' });
  return data;
}

describe('pull requests', () => {
  it('keeps refs/pull/N/head and refs/pull/N/merge up to date with what was pushed', async () => {
    const pull = await openPull('push');
    const { git } = trial.github;
    expect(git.commitOf(`refs/pull/${pull.number}/head`)).toBe(pull.head.sha);
    const first = git.commit(`refs/pull/${pull.number}/merge`);
    expect(first.parents).toEqual([pull.base.sha, pull.head.sha]);
    const pushed = trial.commit('push', { 'push.txt': 'two\n' });
    const { data } = await octokit(PERSON).pulls.get({ ...repo, pull_number: pull.number });
    expect(data.head.sha).toBe(pushed);
    expect(data.mergeable).toBe(true);
    expect(data.merge_commit_sha).toBe(git.commitOf(`refs/pull/${pull.number}/merge`));
    expect(git.commit(`refs/pull/${pull.number}/merge`).parents[1]).toBe(pushed);
  });

  it('says that a conflict cannot be merged', async () => {
    const pull = await openPull('conflict', { 'README.md': '# Other\n' });
    trial.commit('main', { 'README.md': '# Third\n' });
    const { data } = await octokit(PERSON).pulls.get({ ...repo, pull_number: pull.number });
    expect(data.mergeable).toBe(false);
    expect(data.mergeable_state).toBe('dirty');
    await expect(octokit(PERSON).pulls.merge({ ...repo, pull_number: pull.number })).rejects.toMatchObject({
      status: 405,
    });
  });

  it.each(['merge', 'squash', 'rebase'] as const)('merges by %s on the real repository', async (method) => {
    const pull = await openPull(`by-${method}`);
    const before = trial.github.git.commitOf('refs/heads/main');
    const { data } = await octokit(PERSON).pulls.merge({ ...repo, pull_number: pull.number, merge_method: method });
    expect(trial.github.git.commitOf('refs/heads/main')).toBe(data.sha);
    const commit = trial.github.git.commit(data.sha);
    expect(commit.parents).toEqual(method === 'merge' ? [before, pull.head.sha] : [before]);
    expect(trial.github.git.entries(data.sha, `by-${method}.txt`)?.entries).toHaveLength(1);
    const after = await octokit(PERSON).pulls.get({ ...repo, pull_number: pull.number });
    expect(after.data).toMatchObject({
      merged: true,
      state: 'closed',
      merge_commit_sha: data.sha,
      merged_by: { login: 'ada' },
    });
    const found = await octokit(PERSON).repos.listPullRequestsAssociatedWithCommit({ ...repo, commit_sha: data.sha });
    expect(found.data.map((each) => each.number)).toEqual([pull.number]);
    trial.commit('main-sync', { 'x.txt': String(Math.random()) }, 'x', 'main');
  });

  it('lists changed files with their patches', async () => {
    const pull = await openPull('files', { 'terraform/main.tf': 'a = 1\n', 'empty.txt': '' });
    const { data } = await octokit(PERSON).pulls.listFiles({ ...repo, pull_number: pull.number });
    expect(data.map((file) => [file.filename, file.status, file.additions])).toEqual([
      ['empty.txt', 'added', 0],
      ['terraform/main.tf', 'added', 1],
    ]);
    expect(data[1]?.patch).toBe('@@ -0,0 +1 @@\n+a = 1');
  });
});

describe('the history of a pull request', () => {
  const timeline = async (number: number) =>
    (await octokit(PERSON).issues.listEventsForTimeline({ ...repo, issue_number: number, per_page: 100 })).data.map(
      (each) => {
        const { event, sha, commit_id, label } = each as {
          event: string;
          sha?: string;
          commit_id?: string | null;
          label?: { name: string };
        };
        return [event, sha ?? label?.name ?? commit_id ?? ''].join(' ').trim();
      },
    );

  it('places a commit where it was pushed, whatever its own date, and tells a rewritten branch', async () => {
    const pull = await openPull('pushes');
    const at = { ...repo, issue_number: pull.number };
    await octokit(PERSON).issues.addLabels({ ...at, labels: ['allow'] });
    const second = trial.commit('pushes', { 'pushes.txt': 'two\n' });
    const forced = trial.github.git.commitTree(
      trial.github.git.commit(second).tree,
      [pull.base.sha],
      'Rewritten',
      { name: 'Ada', email: 'ada@example.com' },
      '2020-01-01T00:00:00Z',
    );
    expect(await timeline(pull.number)).toEqual([`committed ${pull.head.sha}`, 'labeled allow', `committed ${second}`]);
    trial.github.git.setRef('refs/heads/pushes', forced);
    expect(await timeline(pull.number)).toEqual([
      'labeled allow',
      `head_ref_force_pushed ${forced}`,
      `committed ${forced}`,
    ]);
  });

  it('tells of labels that an update takes away and puts on, and of none that stay', async () => {
    const pull = await openPull('relabel');
    const at = { ...repo, issue_number: pull.number };
    await octokit(PERSON).issues.update({ ...at, labels: ['one', 'two'] });
    await octokit(PERSON).issues.update({ ...at, labels: ['two', 'three'] });
    expect((await timeline(pull.number)).slice(1)).toEqual([
      'labeled one',
      'labeled two',
      'unlabeled one',
      'labeled three',
    ]);
  });

  it('knows every commit of a rebase as its own', async () => {
    await openPull('steps');
    trial.commit('steps', { 'steps.txt': 'two\n' }, 'Second step');
    const { data: pulls } = await octokit(PERSON).pulls.list({ ...repo, head: 'nova:steps' });
    const number = pulls[0]?.number ?? 0;
    const { data } = await octokit(PERSON).pulls.merge({ ...repo, pull_number: number, merge_method: 'rebase' });
    const first = trial.github.git.commit(data.sha).parents[0] ?? '';
    expect(trial.github.git.commit(first).message).toBe('Add steps');
    const found = await octokit(PERSON).repos.listPullRequestsAssociatedWithCommit({ ...repo, commit_sha: first });
    expect(found.data.map((each) => each.number)).toEqual([number]);
  });

  it('gives a comparison by pages, its files with the first', async () => {
    const base = trial.commit('compared', { 'compared.txt': '0' });
    for (const text of ['1', '2', '3']) trial.commit('compared', { 'compared.txt': text }, `Number ${text}`);
    const compare = async (page: number) =>
      (
        await octokit(PERSON).repos.compareCommitsWithBasehead({
          ...repo,
          basehead: `${base}...compared`,
          per_page: 2,
          page,
        })
      ).data;
    const [first, second] = [await compare(1), await compare(2)];
    expect([first, second].map((each) => each.commits.map((one) => one.commit.message))).toEqual([
      ['Number 1', 'Number 2'],
      ['Number 3'],
    ]);
    expect([first.total_commits, first.files?.length, second.files]).toEqual([3, 1, undefined]);
  });
});

describe('the merge queue', () => {
  const launcher = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${trial.config.addresses.github}/_launcher${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };

  it('builds each entry on the one before it, and merges them by one push', async () => {
    const before = trial.github.git.commitOf('refs/heads/main');
    const [one, two] = [await openPull('queued-1'), await openPull('queued-2')];
    const queued = await launcher('POST', '/queue', { pulls: [one.number, two.number], by: 'ada', method: 'squash' });
    const [first, second] = queued.body as { ref: string; headSha: string; baseSha: string }[];
    expect(first).toMatchObject({
      ref: `refs/heads/gh-readonly-queue/main/pr-${one.number}-${before}`,
      baseSha: before,
    });
    expect(second?.baseSha).toBe(first?.headSha);
    expect(trial.github.git.entries(second?.headSha ?? '', 'queued-1.txt')?.entries).toHaveLength(1);
    expect((await launcher('POST', '/queue/merge')).body).toEqual({ sha: second?.headSha });
    expect(trial.github.git.commitOf('refs/heads/main')).toBe(second?.headSha);
    expect(trial.github.git.commitOf(second?.ref ?? '')).toBeUndefined();
    for (const [pull, entry] of [
      [one, first],
      [two, second],
    ] as const) {
      const { data } = await octokit(PERSON).pulls.get({ ...repo, pull_number: pull.number });
      expect(data).toMatchObject({ merged: true, merge_commit_sha: entry?.headSha });
      const found = await octokit(PERSON).repos.listPullRequestsAssociatedWithCommit({
        ...repo,
        commit_sha: entry?.headSha ?? '',
      });
      expect(found.data.map((each) => each.number)).toEqual([pull.number]);
    }
  });

  it('takes out what failed with all that was built on it', async () => {
    const pulls = [await openPull('fails-1'), await openPull('fails-2'), await openPull('fails-3')];
    const numbers = pulls.map((pull) => pull.number);
    await launcher('POST', '/queue', { pulls: numbers, by: 'ada' });
    expect((await launcher('DELETE', `/queue/${numbers[1]}`)).body).toMatchObject([{ number: numbers[0] }]);
    expect((await launcher('DELETE', `/queue/${numbers[0]}`)).body).toEqual([]);
  });

  it.each([
    [
      'what is already in it',
      'queued-twice',
      async (number: number) => launcher('POST', '/queue', { pulls: [number, number], by: 'ada' }),
    ],
    ['what does not exist', undefined, () => launcher('POST', '/queue', { pulls: [9999], by: 'ada' })],
    [
      'an unknown way to merge',
      undefined,
      () => launcher('POST', '/queue', { pulls: [], by: 'ada', method: 'rebase' }),
    ],
    ['taking out what is not in it', undefined, () => launcher('DELETE', '/queue/9999')],
  ] as const)('refuses %s', async (_, branch, ask) => {
    const number = branch === undefined ? 0 : (await openPull(branch)).number;
    expect((await ask(number)).status).toBe(400);
    trial.github.state.queue = [];
  });

  it('refuses to merge when it is empty, and when the base branch has moved', async () => {
    expect((await launcher('POST', '/queue/merge')).status).toBe(400);
    const pull = await openPull('overtaken');
    await launcher('POST', '/queue', { pulls: [pull.number], by: 'ada' });
    const main = trial.github.git.commitOf('refs/heads/main') ?? '';
    const { tree } = trial.github.git.commit(main);
    const author = { name: 'Ada', email: 'ada@example.com' };
    trial.github.git.setRef('refs/heads/main', trial.github.git.commitTree(tree, [main], 'Meanwhile', author));
    expect((await launcher('POST', '/queue/merge')).status).toBe(400);
  });
});

describe('comments', () => {
  it('pages through them with a Link header', async () => {
    const pull = await openPull('comments');
    const bot = getOctokit('ghs_pagespagespagespagespages', { baseUrl: `${trial.config.addresses.github}/api/v3` });
    addToken(trial.github.state, 'ghs_pagespagespagespagespages', jobToken({ 'pull-requests': 'write' }, 9000));
    for (let i = 0; i < 5; i++)
      await bot.rest.issues.createComment({ ...repo, issue_number: pull.number, body: `n${i}` });
    const all = await bot.paginate(bot.rest.issues.listComments, { ...repo, issue_number: pull.number, per_page: 2 });
    expect(all.map((comment) => comment.body)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(all[0]?.user?.login).toBe('github-actions[bot]');
  });

  it('refuses a body of more than 65,536 characters, and takes one of exactly that', async () => {
    const pull = await openPull('long');
    const api = job({ 'pull-requests': 'write' });
    const at = { ...repo, issue_number: pull.number };
    await expect(api.issues.createComment({ ...at, body: 'x'.repeat(65_537) })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('maximum is 65536 characters') as string,
    });
    const { data } = await api.issues.createComment({ ...at, body: 'x'.repeat(65_536) });
    const update = { ...repo, comment_id: data.id };
    await expect(api.issues.updateComment({ ...update, body: 'x'.repeat(65_537) })).rejects.toMatchObject({
      status: 422,
    });
    expect((await api.issues.updateComment({ ...update, body: 'new' })).data.body).toBe('new');
    await api.issues.deleteComment(update);
    await expect(api.issues.getComment(update)).rejects.toMatchObject({ status: 404 });
  });
});

describe('everything else that a suite of actions calls', () => {
  it('answers in the shapes that GitHub publishes', async () => {
    const pull = await openPull('shapes');
    const sha = pull.head.sha;
    const api = octokit(PERSON);
    const at = { ...repo, issue_number: pull.number };
    const { data: issue } = await api.issues.create({ ...repo, title: 'Drift', body: 'b', labels: ['drift'] });
    expect((await api.issues.listForRepo({ ...repo, labels: 'drift' })).data.map((each) => each.number)).toEqual([
      issue.number,
    ]);
    expect((await api.issues.update({ ...repo, issue_number: issue.number, state: 'closed' })).data.state_reason).toBe(
      'completed',
    );
    await api.issues.createLabel({ ...repo, name: 'ok', color: '00ff00', description: 'fine' });
    await api.issues.addLabels({ ...at, labels: ['ok', 'new'] });
    // A label without a description, as GitHub makes one that is new.
    const labelled = await api.repos.listPullRequestsAssociatedWithCommit({ ...repo, commit_sha: sha });
    expect(labelled.data[0]?.labels.map(({ name, description }) => [name, description])).toEqual([
      ['ok', 'fine'],
      ['new', null],
    ]);
    await api.issues.removeLabel({ ...at, name: 'new' });
    expect((await api.issues.listLabelsOnIssue(at)).data.map((label) => label.name)).toEqual(['ok']);
    await api.issues.createComment({ ...at, body: 'hello' });
    const events = (await api.issues.listEventsForTimeline(at)).data.map((event) => event.event);
    expect(events).toEqual(
      ['committed', 'commented', 'labeled', 'labeled', 'unlabeled'].sort(
        (a, b) => events.indexOf(a) - events.indexOf(b),
      ),
    );
    const { data: check } = await api.checks.create({ ...repo, name: 'plan', head_sha: sha, status: 'in_progress' });
    const done = await api.checks.update({
      ...repo,
      check_run_id: check.id,
      conclusion: 'success',
      output: { summary: 's' },
    });
    expect(done.data).toMatchObject({ status: 'completed', conclusion: 'success' });
    expect((await api.checks.listForRef({ ...repo, ref: 'shapes' })).data.total_count).toBe(1);
    await api.repos.createCommitStatus({ ...repo, sha, state: 'success', context: 'plan' });
    expect((await api.repos.getCombinedStatusForRef({ ...repo, ref: sha })).data.state).toBe('success');
    const made = await api.repos.createDeployment({
      ...repo,
      ref: 'shapes',
      environment: 'dev',
      required_contexts: [],
    });
    const deployment = { ...repo, deployment_id: (made.data as { id: number }).id };
    await api.repos.createDeploymentStatus({ ...deployment, state: 'success', environment_url: 'https://x.example' });
    expect((await api.repos.listDeploymentStatuses(deployment)).data[0]?.state).toBe('success');
    expect((await api.repos.listDeployments({ ...repo, environment: 'dev' })).data).toHaveLength(1);
    expect((await api.repos.getCollaboratorPermissionLevel({ ...repo, username: 'ada' })).data.permission).toBe(
      'admin',
    );
    expect((await api.repos.getCommit({ ...repo, ref: 'shapes' })).data.files?.[0]?.filename).toBe('shapes.txt');
    expect((await api.repos.compareCommitsWithBasehead({ ...repo, basehead: 'main...shapes' })).data.ahead_by).toBe(1);
    expect((await api.repos.getContent({ ...repo, path: 'shapes.txt', ref: sha })).data).toMatchObject({
      content: 'b25lCg==',
    });
    expect((await api.repos.getContent({ ...repo, path: '' })).data).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'README.md' })]),
    );
    expect((await api.repos.getBranch({ ...repo, branch: 'shapes' })).data.commit.sha).toBe(sha);
    expect((await api.git.getRef({ ...repo, ref: 'heads/shapes' })).data.object.sha).toBe(sha);
    expect((await api.repos.get(repo)).data.id).toBe(900100);
    expect((await api.rateLimit.get()).data.rate.limit).toBe(1000);
    expect((await api.pulls.listCommits({ ...repo, pull_number: pull.number })).data).toHaveLength(1);
    expect((await api.pulls.list({ ...repo, head: 'nova:shapes' })).data[0]?.number).toBe(pull.number);
  });
});
