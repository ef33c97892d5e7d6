import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startTrial, type Trial } from '../github/trial.ts';
import { dispatchEvent, pullRequestEvent, pushEvent } from './event.ts';
import { Person } from './github.ts';
import { runWorkflow, startedBy, type RunOptions, type RunResult } from './run.ts';

/** Runs act: `ACT` names it, else it is the one that the sandbox keeps. */
const ACT = process.env['ACT'] ?? '/var/lib/livekit-gke-sandbox/bin/act';

let trial: Trial;
let ada: Person;
let suite: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const ACTION = `
name: Probe
description: Says what a step sees.
inputs:
  word: { description: A word., required: true }
  token: { description: A token., default: '\${{ github.token }}' }
outputs:
  said: { description: What it said. }
runs: { using: node24, main: ../../dist/probe.js, post: ../../dist/probe-post.js }
`;

const MAIN = `
import fs from 'node:fs';
const e = process.env;
console.log('node', process.versions.node.split('.')[0], 'files', fs.readdirSync('.').filter((f) => f !== '.git').sort().join(' '));
console.log('ref', e.GITHUB_REF, 'sha', e.GITHUB_SHA, 'repository', e.GITHUB_REPOSITORY_ID, 'owner', e.GITHUB_REPOSITORY_OWNER_ID);
console.log('workflow', e.GITHUB_WORKFLOW, e.GITHUB_WORKFLOW_REF, 'given', e.GIVEN ?? '-', 'key', e.KEY ?? '-');
console.log('identity', e.ACTIONS_ID_TOKEN_REQUEST_URL ? 'yes' : 'no');
if (e.ACTIONS_ID_TOKEN_REQUEST_URL) {
  const answer = await fetch(e.ACTIONS_ID_TOKEN_REQUEST_URL + '&audience=x', { headers: { authorization: 'bearer ' + e.ACTIONS_ID_TOKEN_REQUEST_TOKEN } });
  const { value } = await answer.json();
  const claims = JSON.parse(Buffer.from(value.split('.')[1], 'base64url'));
  console.log('claims', claims.sub, claims.job_workflow_ref, claims.environment ?? '-', claims.aud);
}
const call = (method, path, body) => fetch(e.GITHUB_API_URL + '/repos/' + e.GITHUB_REPOSITORY + path, { method, body: JSON.stringify(body), headers: { authorization: 'token ' + e.INPUT_TOKEN, 'user-agent': 'probe' } });
console.log('issue', (await call('POST', '/issues', { title: 'x' })).status);
console.log('::add-mask::made-up-secret');
console.log('masked made-up-secret ' + e.KEY);
console.log('::warning title=Careful,file=a.tf,line=3::50%25 of a%0Ab');
fs.appendFileSync(e.GITHUB_STEP_SUMMARY, '## ' + e.INPUT_WORD + ' made-up-secret\\n');
fs.appendFileSync(e.GITHUB_OUTPUT, 'said=said ' + e.INPUT_WORD + '\\nsecret=made-up-secret\\n');
fs.appendFileSync(e.GITHUB_STATE, 'kept=42\\n');
`;

const POST = `
import fs from 'node:fs';
console.log('post', process.env.STATE_kept, process.env.INPUT_WORD);
fs.appendFileSync(process.env.GITHUB_STEP_SUMMARY, 'after\\n');
`;

const CALLED = `
on:
  workflow_call:
    inputs: { environment: { type: string, required: true }, loud: { type: boolean, default: false } }
    outputs: { word: { value: '\${{ jobs.inner.outputs.word }}' } }
jobs:
  inner:
    runs-on: ubuntu-latest
    environment: \${{ inputs.environment }}
    permissions: { contents: read, id-token: write }
    outputs: { word: '\${{ steps.probe.outputs.said }}', secret: '\${{ steps.probe.outputs.secret }}' }
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      - id: probe
        uses: org/livekit-gke/actions/probe@v1
        with: { word: '\${{ inputs.environment }} \${{ inputs.loud }}' }
        env: { KEY: '\${{ secrets.KEY }}' }
`;

const PLAN = `
name: Plan
on: { pull_request: { paths: ['terraform/**'] } }
permissions: {}
jobs:
  list:
    runs-on: ubuntu-24.04
    permissions: { contents: read, issues: write }
    outputs: { environments: '\${{ steps.list.outputs.all }}' }
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0 }
      - id: list
        run: |
          git log --oneline | wc -l
          echo 'all=["dev","stg"]' >> "$GITHUB_OUTPUT"
      - uses: org/livekit-gke/actions/probe@v1
        with: { word: listed }
  plan:
    needs: list
    name: Plan \${{ matrix.environment }}
    permissions: { contents: read, id-token: write }
    strategy: { matrix: { environment: '\${{ fromJSON(needs.list.outputs.environments) }}' } }
    uses: org/livekit-gke/.github/workflows/called.yml@v1
    with: { environment: '\${{ matrix.environment }}', loud: true }
    secrets: { KEY: '\${{ secrets.KEY }}' }
  after:
    needs: [list, plan]
    if: always()
    runs-on: ubuntu-latest
    steps:
      - run: echo "plan was \${{ needs.plan.result }}, said \${{ needs.plan.outputs.word }}"
      - run: exit 3
  never:
    needs: after
    runs-on: ubuntu-latest
    steps: [{ run: echo never }]
`;

const DISPATCH = `
name: Deploy
on:
  workflow_dispatch:
    inputs: { environment: { type: choice, options: [dev, prd], required: true } }
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: { name: '\${{ inputs.environment }}', url: 'https://\${{ steps.where.outputs.host }}' }
    permissions: { contents: read }
    steps:
      - id: where
        run: echo "host=\${{ inputs.environment }}.example.com" >> "$GITHUB_OUTPUT"
      - run: sleep 60
        if: inputs.environment == 'prd'
`;

const LOCAL = `
on: workflow_dispatch
jobs:
  probe:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1
        with: { persist-credentials: false }
      - uses: ./actions/probe
        with: { word: own }
`;

beforeAll(async () => {
  trial = await startTrial();
  mkdirSync(trial.config.bin, { recursive: true });
  symlinkSync(ACT, join(trial.config.bin, 'act'));
  suite = join(trial.directory, 'suite-source');
  write(join(suite, 'package.json'), '{"type":"module"}');
  write(join(suite, 'actions/probe/action.yml'), ACTION);
  write(join(suite, 'dist/probe.js'), MAIN);
  write(join(suite, 'dist/probe-post.js'), POST);
  write(join(suite, '.github/workflows/called.yml'), CALLED);
  trial.commit('main', {
    '.github/workflows/plan.yml': PLAN,
    '.github/workflows/deploy.yml': DISPATCH,
    'terraform/main.tf': 'a = 1\n',
  });
  ada = await Person.signIn(trial.config, 'ada', 'admin');
});
afterAll(() => trial.close());

function run(workflow: string, event: RunOptions['event'], more: Partial<RunOptions> = {}): Promise<RunResult> {
  return runWorkflow({
    config: trial.config,
    workflow: `.github/workflows/${workflow}.yml`,
    event,
    suiteDirectory: suite,
    secrets: { KEY: 'canary-secret' },
    environments: { dev: { variables: { V: 'd' } }, stg: {}, prd: { branches: ['release/*', 'main'] } },
    env: { GIVEN: '{"a":"b c"}' },
    ...more,
  });
}

describe('a pull request', () => {
  let result: RunResult;
  let log: string;
  let merge: string | undefined;

  beforeAll(async () => {
    trial.commit('feature', { 'terraform/main.tf': 'a = 2\n', 'new.txt': '' });
    const pull = await ada.openPullRequest({ title: 'Two', head: 'feature' });
    const event = await pullRequestEvent(ada, pull.number, 'opened');
    merge = trial.github.git.commitOf(`refs/pull/${pull.number}/merge`);
    expect(startedBy(trial.config, event).filter((each) => each.reason === undefined)).toEqual([
      { path: '.github/workflows/plan.yml', reason: undefined },
    ]);
    result = await run('plan', event);
    log = readFileSync(result.logFile, 'utf8');
  }, 60_000);

  it('gives every job its conclusion', () => {
    expect(result.jobs.map((job) => [job.name, job.conclusion])).toEqual(
      expect.arrayContaining([
        ['list', 'success'],
        ['Plan dev / inner', 'success'],
        ['Plan stg / inner', 'success'],
        ['after', 'failure'],
        ['never', 'skipped'],
      ]),
    );
    expect(result.conclusion).toBe('failure');
  });

  it('checks out the merge with the base, by the real node 24', () => {
    expect(log).toMatch(/node 24 files .github README.md new.txt terraform/);
    expect(log).toContain(`sha ${merge}`);
    expect(log).toMatch(/ref refs\/pull\/\d+\/merge/);
  });

  it('gives each job its own permissions and identity', () => {
    expect(log).toMatch(/\[list \/ .*\] issue 201/);
    expect(log).toMatch(/\[list \/ .*\] identity no/);
    expect(log).toMatch(/\[Plan dev \/ inner \/ .*\] issue 403/);
    expect(log).toContain(
      'claims repo:nova/livekit:environment:dev org/livekit-gke/.github/workflows/called.yml@refs/tags/v1 dev x',
    );
  });

  it('hands outputs over, of steps, jobs and reusable workflows', () => {
    expect(log).toContain('plan was success, said said stg true');
    expect(result.jobs.find((job) => job.name === 'Plan dev / inner')?.outputs).toEqual({ word: 'said dev true' });
  });

  it('keeps secrets out of log, summary and state', () => {
    const state = readFileSync(join(trial.directory, 'github/state.json'), 'utf8');
    const summaries = result.summaryFiles.map((file) => readFileSync(file, 'utf8')).join('\n');
    expect(log).toContain('masked *** ***');
    expect(summaries).toContain('## dev true ***');
    expect(summaries).toContain('after');
    for (const text of [log, summaries, state]) expect(text).not.toMatch(/canary-secret|made-up-secret|ghs_/);
  });

  it('keeps state from main to post, annotations, and what was given', () => {
    expect(log).toContain('post 42 dev true');
    expect(log).toContain('given {"a":"b c"}');
    const annotation = result.jobs.find((job) => job.name === 'Plan dev / inner')?.annotations[0];
    expect(annotation).toEqual({ level: 'warning', title: 'Careful', message: '50% of a\nb', file: 'a.tf', line: 3 });
  });
});

it('gives a pull request from a fork neither secrets nor identity nor what writes', async () => {
  const sha = trial.commit('from-fork', { 'terraform/x.tf': 'b = 1\n' });
  trial.github.git.setRef('refs/forks/mallory/heads/from-fork', sha);
  const mallory = await Person.signIn(trial.config, 'mallory', 'read');
  const pull = await ada.openPullRequest({ title: 'Fork', head: 'mallory:from-fork' });
  const result = await run('plan', await pullRequestEvent(mallory, pull.number, 'opened'));
  const log = readFileSync(result.logFile, 'utf8');
  expect(log).toMatch(/\[list \/ .*\] issue 403/);
  expect(log).toMatch(/\[Plan dev \/ inner \/ .*\] identity no/);
  expect(log).toMatch(/\[Plan dev .* key $/m);
}, 60_000);

it('refuses an input that is not among the choices, and a workflow that the event does not start', async () => {
  await expect(run('deploy', await dispatchEvent(ada, { environment: 'stg' }))).rejects.toThrow(
    "Provided value 'stg' for input 'environment' not in the list of allowed values",
  );
  const before = trial.github.git.commitOf('refs/heads/main') ?? '';
  trial.commit('main', { 'docs.md': 'x' });
  await expect(run('plan', await pushEvent(ada, 'main', before))).rejects.toThrow('it is not started by push');
});

it("runs the repository's own actions from the checked-out tree, with what they share beside them", async () => {
  trial.commit('main', {
    '.github/workflows/local.yml': LOCAL,
    'actions/probe/action.yml': ACTION,
    'dist/probe.js': MAIN,
    'dist/probe-post.js': POST,
    'package.json': '{"type":"module"}',
  });
  const result = await run('local', await dispatchEvent(ada, {}));
  const log = readFileSync(result.logFile, 'utf8');
  expect(result.conclusion).toBe('success');
  expect(log).toContain('[probe / Run ./actions/probe] ref refs/heads/main');
  expect(log).toContain('[probe / Post Run ./actions/probe] post 42 own');
}, 30_000);

it('tells the environment and its address as a deployment', async () => {
  const result = await run('deploy', await dispatchEvent(ada, { environment: 'dev' }));
  expect(result.conclusion).toBe('success');
  const [deployment] = await ada.call<{ id: number }[]>('GET', '/deployments?environment=dev');
  const statuses = await ada.call<{ state: string; environment_url: string }[]>(
    'GET',
    `/deployments/${deployment?.id}/statuses`,
  );
  expect(statuses[0]).toMatchObject({ state: 'success', environment_url: 'https://dev.example.com' });
}, 30_000);

it('ends act when it is told to', async () => {
  const stop = new AbortController();
  const event = await dispatchEvent(ada, { environment: 'prd' });
  const started = Date.now();
  const running = run('deploy', event, { signal: stop.signal, onLine: () => undefined });
  setTimeout(() => stop.abort(), 2000);
  const result = await running;
  expect(result.conclusion).toBe('cancelled');
  expect(Date.now() - started).toBeLessThan(20_000);
}, 40_000);
