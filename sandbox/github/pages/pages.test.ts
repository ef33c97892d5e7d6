import { startTrial, type Trial } from '../trial.ts';
import { createPull } from '../pull.ts';
import { now } from '../state.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  trial.commit('feature', { 'a.txt': '<b>\n' }, 'Add <a>');
  const pull = createPull(trial.github, 'ada', {
    title: 'A <title>',
    head: 'feature',
    base: 'main',
    body: 'the **body**',
  });
  const { state } = trial.github;
  const at = { createdAt: now(), updatedAt: now() };
  state.comments.push({ id: 41, number: 1, author: 'github-actions[bot]', body: '| a |\n|---|\n| cell |', ...at });
  state.runs.push({
    ...{
      id: 77,
      number: 1,
      attempt: 1,
      workflow: 'Plan',
      path: 'p.yml',
      event: 'pull_request',
      title: 'A <title>',
      actor: 'ada',
    },
    ...{ headBranch: 'feature', headSha: pull.headSha, pulls: [1], status: 'completed', conclusion: 'failure', ...at },
    jobs: [
      {
        ...{
          id: 78,
          name: 'plan (dev)',
          status: 'completed',
          conclusion: 'failure',
          environment: 'dev',
          permissions: { contents: 'read' },
        },
        ...{ startedAt: now(), completedAt: now(), summary: '## Summary\n`x`' },
        annotations: [{ level: 'error', title: 'LK-1', message: 'No <bucket>', file: 'a.tf', line: 3 }],
        steps: [
          {
            name: 'Run it',
            number: 1,
            conclusion: 'failure',
            seconds: 2,
            log: '##[group]more <i>\ninside\n##[endgroup]\n##[error]bad\n\u001b[31mred\u001b[0m',
          },
        ],
      },
    ],
  });
});
afterAll(() => trial.close());

async function page(path: string) {
  const response = await fetch(trial.config.addresses.github + path);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    policy: response.headers.get('content-security-policy'),
    text: await response.text(),
  };
}

it('shows a pull request with its commits, comments, checks and changes, everything escaped', async () => {
  const { status, text, policy } = await page('/nova/livekit/pull/1');
  expect(status).toBe(200);
  expect(policy).toContain("default-src 'none'");
  for (const part of [
    'A &#60;title&#62;',
    'the <strong>body</strong>',
    'Add &#60;a&#62;',
    '<td>cell</td>',
    'Plan / plan (dev)',
    '+&lt;b&gt;',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toMatch(/https?:\/\/(?!127\.0\.0\.1)/);
});

it('shows a run with jobs, annotations, summary, and steps with groups folded', async () => {
  const { text } = await page('/nova/livekit/actions/runs/77');
  for (const part of [
    'LK-1',
    'No &#60;bucket&#62;',
    'a.tf#L3',
    '<h2>Summary</h2>',
    '<summary>more &#60;i&#62;</summary>',
    '<p class="error">Error: bad</p>',
    '<p class="">red</p>',
  ]) {
    expect(text).toContain(part);
  }
});

it('has a front page, a page for what is not there, and every asset that its pages name', async () => {
  expect((await page('/')).text).toContain('A &#60;title&#62;');
  expect((await page('/nova/livekit/pull/99')).status).toBe(404);
  for (const asset of ['style.css', 'page.js', 'mermaid.js'])
    expect((await page(`/_assets/${asset}`)).status).toBe(200);
  expect(await page('/_assets/other.js')).toMatchObject({ status: 404 });
  expect(await page('/_avatars/ada.svg')).toMatchObject({ type: 'image/svg+xml' });
});

it('leaves the addresses of the REST API alone', async () => {
  expect((await page('/repos/nova/livekit')).status).toBe(401);
});
