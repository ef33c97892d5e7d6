import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { settingsOf } from '../demo/settings.ts';
import { startTrial, type Trial } from '../github/trial.ts';
import { seedIdentities } from '../google/identities.ts';
import { startBench, type Bench } from '../google/test-bench.ts';
import { dispatchEvent, mergeGroupEvent, pullRequestEvent, pushEvent, scheduleEvent } from './event.ts';
import { Person } from './github.ts';
import { runWorkflow, type RunOptions, type RunResult } from './run.ts';

jest.setTimeout(120_000);

/** The templates as they are, run by act. Of the suite, `affected` is real; the other actions only sign in, and say as whom. */
const ACT = process.env['ACT'] ?? '/var/lib/livekit-gke-sandbox/bin/act';
const SUITE = fileURLToPath(new URL('../..', import.meta.url));
const CALLED = 'org/livekit-gke/.github/workflows/plan.yml@refs/tags/v1';

let trial: Trial;
let bench: Bench;
let ada: Person;
let suite: string;

const SIGN_IN = `
const { appendFileSync, existsSync } = await import('node:fs');
const { signIn } = await import('${SUITE}src/google/identity.ts');
const e = process.env;
appendFileSync(e.GITHUB_STATE, 'done=yes\\n');
const input = (name) => e['INPUT_' + name.toUpperCase()] || undefined;
console.log('inputs', input('environment'), input('mode') ?? '-', input('plan') ?? '-', input('allow-destroy') ?? '-');
console.log('deploy', input('revision') ?? '-', input('previous-keys-version') ?? '-', input('on-failure') ?? '-');
const call = (path, body) => fetch(e.GITHUB_API_URL + '/repos/' + e.GITHUB_REPOSITORY + path, {
  method: 'POST', body: JSON.stringify(body), headers: { authorization: 'token ' + input('github-token'), 'user-agent': 'x' } });
console.log('issue', (await call('/issues', { title: 'x' })).status);
const requestUrl = e.ACTIONS_ID_TOKEN_REQUEST_URL;
if (!requestUrl) console.log('no identity');
else {
  const idToken = { requestUrl, requestToken: e.ACTIONS_ID_TOKEN_REQUEST_TOKEN };
  const answer = await fetch(requestUrl + '&audience=x', { headers: { authorization: 'bearer ' + idToken.requestToken } });
  const claims = JSON.parse(Buffer.from((await answer.json()).value.split('.')[1], 'base64url'));
  console.log('claims', claims.job_workflow_ref, claims.workflow_ref, claims.environment ?? '-');
  try {
    const identity = await signIn({
      workloadIdentityProvider: input('workload_identity_provider'), serviceAccount: input('service_account'), idToken,
      existingCredentialsFile: undefined, temporaryDirectory: e.RUNNER_TEMP, endpoints: JSON.parse(e.LIVEKIT_GKE_ENDPOINTS) });
    console.log('signed in as', identity.serviceAccount);
  } catch (error) {
    console.log('::error::' + error.code + ' ' + error.message);
    process.exit(1);
  }
}
if (e.FAILING === input('environment')) process.exit(1);
while (e.HOLD && !existsSync(e.HOLD)) await new Promise((resolve) => setTimeout(resolve, 100));
appendFileSync(e.GITHUB_OUTPUT, 'has-changes=true\\nplan-path=gs://bucket/plans/' + input('environment') + '\\napplied=true\\n');
`;

/** Main and post are one file, as in the suite's own bundle. */
const PROBE = `if (!process.env.STATE_done) {${SIGN_IN}}\n`;
/** Leaves a page and a check run as verify does, then fails or not. */
const VERIFIER = `if (!process.env.STATE_done) {
const { appendFileSync: append, writeFileSync } = await import('node:fs');
const page = process.env.RUNNER_TEMP + '/page.html';
writeFileSync(page, 'page');
append(process.env.GITHUB_OUTPUT, 'page=' + page + '\\n');
const checked = await fetch(process.env.GITHUB_API_URL + '/repos/' + process.env.GITHUB_REPOSITORY + '/check-runs', {
  method: 'POST', body: JSON.stringify({ name: 'verify', head_sha: process.env.GITHUB_SHA }),
  headers: { authorization: 'token ' + process.env['INPUT_GITHUB-TOKEN'], 'user-agent': 'x' } });
console.log('check run', checked.status);
${SIGN_IN}}\n`;

const MODULE = 'module "all" {\n  source = "../../modules/all"\n}\n';

/** A workflow that a branch writes for itself, to be the plan identity. */
const OWN = `
name: own
on: pull_request
jobs:
  direct:
    runs-on: ubuntu-latest
    permissions: { contents: read, id-token: write }
    steps:
      - uses: org/livekit-gke/actions/terraform-plan@v1
        with:
          environment: prd
          bucket: b
          workload_identity_provider: \${{ vars.GCP_WORKLOAD_IDENTITY_PROVIDER }}
          service_account: \${{ vars.GCP_PLAN_SERVICE_ACCOUNT }}
  copy:
    permissions: { contents: read, id-token: write, issues: write }
    uses: ./.github/workflows/plan.yml
    with: { environment: prd }
  apply:
    runs-on: ubuntu-latest
    permissions: { contents: read, id-token: write }
    steps:
      - uses: org/livekit-gke/actions/terraform-apply@v1
        with:
          environment: prd
          bucket: b
          workload_identity_provider: \${{ vars.GCP_WORKLOAD_IDENTITY_PROVIDER }}
          service_account: \${{ vars.GCP_SERVICE_ACCOUNT }}
`;

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

beforeAll(async () => {
  trial = await startTrial();
  const { project, repository } = trial.config;
  const config = { ...trial.config, bucket: `${project.id}-terraform-state`, repository };
  bench = await startBench({ seed: seedIdentities(config) });
  mkdirSync(trial.config.bin, { recursive: true });
  symlinkSync(ACT, join(trial.config.bin, 'act'));
  suite = join(trial.directory, 'suite-source');
  for (const name of readdirSync(join(SUITE, 'actions'))) {
    cpSync(join(SUITE, 'actions', name), join(suite, 'actions', name), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts'),
    });
  }
  cpSync(join(SUITE, '.github'), join(suite, '.github'), { recursive: true });
  write(join(suite, 'package.json'), '{"type":"module"}');
  write(
    join(suite, 'dist/affected.js'),
    `import { start } from '${SUITE}actions/index.ts';\nawait start('affected');\n`,
  );
  for (const name of ['terraform-plan', 'terraform-apply', 'helm-deploy', 'turn-cert'])
    write(join(suite, 'dist', `${name}.js`), PROBE);
  write(join(suite, 'dist', 'verify.js'), VERIFIER);
  trial.commit('main', {
    ...Object.fromEntries(
      readdirSync(join(SUITE, 'workflows-templates'))
        .filter((file) => file.endsWith('.yml'))
        .map((file) => [`.github/workflows/${file}`, readFileSync(join(SUITE, 'workflows-templates', file), 'utf8')]),
    ),
    ...Object.fromEntries(['dev', 'stg', 'prd'].map((name) => [`terraform/environments/${name}/main.tf`, MODULE])),
    'terraform/modules/all/main.tf': 'locals {}\n',
    ...Object.fromEntries(
      ['common', 'dev', 'stg', 'prd'].map((name) => [`helm/values/${name}.yaml`, 'replicaCount: 1\n']),
    ),
  });
  ada = await Person.signIn(trial.config, 'ada', 'admin');
});
afterAll(async () => {
  await trial.close();
  await bench.close();
});

async function run(
  workflow: string,
  event: RunOptions['event'],
  env: Record<string, string> = {},
  onLine: RunOptions['onLine'] = () => undefined,
  ofPrd: Record<string, string> = {},
) {
  const { variables, environments } = settingsOf(trial.config, {
    key: 'APIkey',
    secret: 'a-secret-that-is-long-enough',
  });
  const result = await runWorkflow({
    config: trial.config,
    workflow: `.github/workflows/${workflow}.yml`,
    event,
    suiteDirectory: suite,
    variables,
    environments: { ...environments, prd: { ...environments['prd'], variables: ofPrd } },
    env: { LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: bench.google }), ...env },
    onLine,
  });
  return { ...result, log: readFileSync(result.logFile, 'utf8') };
}

/** A run that has come to where its log says the words. */
function begun(workflow: string, event: RunOptions['event'], words: string, env: Record<string, string> = {}) {
  return new Promise<{ result: ReturnType<typeof run> }>((resolve, reject) => {
    const result = run(workflow, event, env, ({ text }) => {
      if (text.includes(words)) resolve({ result });
    });
    result.then(() => reject(new Error(`it ended without ${words}`)), reject);
  });
}

const conclusions = ({ jobs }: RunResult) => Object.fromEntries(jobs.map((job) => [job.name, job.conclusion]));
const account = (name: string) => `${name}@nova-livekit-dev.iam.gserviceaccount.com`;

async function pullRequest(branch: string, files: Record<string, string>) {
  trial.commit(branch, files, `Change ${branch}`);
  return ada.openPullRequest({ title: `Change ${branch}`, head: branch });
}

describe('terraform-plan', () => {
  it('plans the environment that is touched, and only that, as the plan identity', async () => {
    const pull = await pullRequest('stg-only', { 'terraform/environments/stg/stg.auto.tfvars': 'a = 1\n' });
    const result = await run('terraform-plan', await pullRequestEvent(ada, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'success', 'plan stg / plan': 'success', 'plan done': 'success' });
    expect(result.log).toContain(`signed in as ${account('livekit-plan')}`);
    expect(result.log).toContain(
      `claims ${CALLED} nova/livekit/.github/workflows/terraform-plan.yml@refs/pull/${pull.number}/merge -`,
    );
    expect(result.log).toMatch(/inputs stg plan/);
  });

  it('plans all that use a module which is touched', async () => {
    const pull = await pullRequest('module', { 'terraform/modules/all/main.tf': 'locals { a = 1 }\n' });
    const result = await run('terraform-plan', await pullRequestEvent(ada, pull.number, 'opened'));
    expect(
      Object.keys(conclusions(result))
        .filter((name) => name.startsWith('plan '))
        .sort(),
    ).toEqual(['plan dev / plan', 'plan done', 'plan prd / plan', 'plan stg / plan']);
    expect(result.conclusion).toBe('success');
  });

  it('plans none where nothing of it is touched, and the required check is there all the same', async () => {
    const pull = await pullRequest('docs', { 'README.md': 'More\n' });
    const result = await run('terraform-plan', await pullRequestEvent(ada, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({
      affected: 'success',
      plan: 'skipped',
      'plan done': 'success',
    });
  });

  it('fails the required check when one plan fails, and plans the others', async () => {
    const pull = await pullRequest('module-2', { 'terraform/modules/all/main.tf': 'locals { a = 2 }\n' });
    const event = await pullRequestEvent(ada, pull.number, 'opened');
    const result = await run('terraform-plan', event, { FAILING: 'dev' });
    expect(conclusions(result)).toMatchObject({
      'plan dev / plan': 'failure',
      'plan stg / plan': 'success',
      'plan prd / plan': 'success',
      'plan done': 'failure',
    });
  });

  it('gives a fork neither identity nor what writes', async () => {
    const sha = trial.commit('from-fork', { 'terraform/environments/dev/x.tf': '' });
    trial.github.git.setRef('refs/forks/mallory/heads/from-fork', sha);
    const mallory = await Person.signIn(trial.config, 'mallory', 'read');
    const pull = await ada.openPullRequest({ title: 'Fork', head: 'mallory:from-fork' });
    const result = await run('terraform-plan', await pullRequestEvent(mallory, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'success', 'plan dev / plan': 'success', 'plan done': 'success' });
    expect(result.log).toContain('no identity');
    expect(result.log).not.toContain('signed in');
  });

  it('plans what the merge queue would merge, each entry with what is before it', async () => {
    const one = await pullRequest('queued-dev', { 'terraform/environments/dev/dev.auto.tfvars': 'q = 1\n' });
    const two = await pullRequest('queued-prd', { 'terraform/environments/prd/prd.auto.tfvars': 'q = 1\n' });
    const before = trial.github.git.commitOf('refs/heads/main') ?? '';
    const entries = await ada.queuePullRequests([one.number, two.number], 'squash');
    for (const [entry, name] of [
      [entries[0], 'plan dev / plan'],
      [entries[1], 'plan prd / plan'],
    ] as const) {
      if (!entry) throw new Error('not queued');
      const result = await run('terraform-plan', await mergeGroupEvent(ada, entry));
      expect(conclusions(result)).toEqual({ affected: 'success', [name]: 'success', 'plan done': 'success' });
      expect(result.log).toContain(`signed in as ${account('livekit-plan')}`);
    }
    await ada.mergeQueue();
    const applied = await run('terraform-apply', await pushEvent(ada, 'main', before));
    expect(conclusions(applied)).toEqual({ affected: 'success', 'apply dev': 'success', 'apply prd': 'success' });
  });
});

it('refuses the plan identity to a branch that edits its own workflows, and every other one', async () => {
  const copy = readFileSync(join(SUITE, '.github/workflows/plan.yml'), 'utf8');
  const pull = await pullRequest('own-workflow', {
    '.github/workflows/own.yml': OWN,
    '.github/workflows/plan.yml': copy,
  });
  const result = await run('own', await pullRequestEvent(ada, pull.number, 'opened'));
  expect(conclusions(result)).toEqual({ direct: 'failure', 'copy / plan': 'failure', apply: 'failure' });
  expect(result.log).not.toContain('signed in');
  const refused = result.jobs.map((job) => [job.name, ...job.annotations.map(({ message }) => message)]);
  expect(refused.sort()).toEqual([
    ['apply', expect.stringMatching(/^LK-GOOGLE-005 .*getAccessToken' denied .*livekit-cicd@/)],
    ['copy / plan', expect.stringMatching(/^LK-GOOGLE-005 .*getAccessToken' denied .*livekit-plan@/)],
    ['direct', expect.stringMatching(/^LK-GOOGLE-005 .*getAccessToken' denied .*livekit-plan@/)],
  ]);
});

describe('terraform-apply', () => {
  async function push(files: Record<string, string>) {
    const before = trial.github.git.commitOf('refs/heads/main') ?? '';
    const pull = await pullRequest(`apply-${Object.keys(files)[0]?.replace(/\W+/g, '-')}`, files);
    await ada.mergePullRequest(pull.number, 'rebase');
    return pushEvent(ada, 'main', before);
  }

  it('applies one environment after the other, each in its GitHub environment', async () => {
    const result = await run('terraform-apply', await push({ 'terraform/modules/all/one.tf': '' }));
    expect(result.jobs.map((job) => [job.name, job.conclusion])).toEqual([
      ['affected', 'success'],
      ['apply dev', 'success'],
      ['apply stg', 'success'],
      ['apply prd', 'success'],
    ]);
    const claims = [...result.log.matchAll(/claims \S+ \S+ (\S+)/g)].map(([, environment]) => environment);
    expect(claims).toEqual(['dev', 'stg', 'prd']);
    expect(result.log).toContain(`signed in as ${account('livekit-cicd')}`);
  });

  it('goes no further when one has failed', async () => {
    const event = await push({ 'terraform/modules/all/two.tf': '' });
    const result = await run('terraform-apply', event, { FAILING: 'dev' });
    expect(conclusions(result)).toEqual({
      affected: 'success',
      'apply dev': 'failure',
      'apply stg': 'cancelled',
      'apply prd': 'cancelled',
    });
    expect(result.conclusion).toBe('failure');
  });

  it('lets one of several pushes wait, the last one, and ends none that runs', async () => {
    const events = [];
    for (const name of ['first', 'second', 'third'])
      events.push(await push({ [`terraform/environments/dev/${name}.tf`]: '' }));
    const [first, second, third] = events;
    if (!first || !second || !third) throw new Error('nothing was pushed');
    const hold = join(trial.directory, 'go-on');
    // The first one is at work; the second one waits for it, until the third one takes its place.
    const at = await begun('terraform-apply', first, 'inputs dev', { HOLD: hold });
    const waiting = await begun('terraform-apply', second, 'Touched: dev');
    const last = run('terraform-apply', third);
    expect(conclusions(await waiting.result)['apply dev']).toBe('cancelled');
    writeFileSync(hold, '');
    expect(conclusions(await at.result)['apply dev']).toBe('success');
    expect(conclusions(await last)['apply dev']).toBe('success');
  });

  it('has nothing to do for a push that touches no environment', async () => {
    const result = await run('terraform-apply', await push({ 'NOTES.md': 'x\n' }));
    expect(conclusions(result)).toEqual({ affected: 'success', apply: 'skipped' });
  });
});

describe('by hand and by schedule', () => {
  it('terraform-run plans through the plan workflow and hands its plan to the apply', async () => {
    const inputs = { environment: 'stg', what: 'destroy', 'allow-destroy': 'true' };
    const result = await run('terraform-run', await dispatchEvent(ada, inputs));
    expect(conclusions(result)).toEqual({ 'plan stg / destroy': 'success', 'destroy stg': 'success' });
    expect(result.log).toContain('inputs stg destroy - -');
    expect(result.log).toContain('inputs stg - gs://bucket/plans/stg true');
    expect(result.log).toContain(`signed in as ${account('livekit-plan')}`);
    expect(result.log).toContain(`signed in as ${account('livekit-cicd')}`);
  });

  it('terraform-run from another branch plans, and applies nothing', async () => {
    trial.commit('elsewhere', { 'terraform/environments/dev/y.tf': '' }, 'Elsewhere', 'main');
    const result = await run('terraform-run', await dispatchEvent(ada, { environment: 'dev' }, 'elsewhere'));
    expect(conclusions(result)).toEqual({ 'plan dev / plan': 'success', [result.jobs[1]?.name ?? '']: 'skipped' });
  });

  it('terraform-drift looks at every environment, may write issues, and changes nothing', async () => {
    const result = await run('terraform-drift', await scheduleEvent(ada, '17 21 * * *'));
    expect(conclusions(result)).toEqual({
      environments: 'success',
      'drift dev / drift': 'success',
      'drift stg / drift': 'success',
      'drift prd / drift': 'success',
    });
    expect(result.log).toContain('issue 201');
    expect([...result.log.matchAll(/signed in as (\S+)/g)].map(([, who]) => who)).toEqual(
      Array<string>(3).fill(account('livekit-plan')),
    );
  });
});

describe('turn-cert', () => {
  it('looks at every environment as its own identity, prd where nobody must approve it, and may write issues', async () => {
    const result = await run('turn-cert', await scheduleEvent(ada, '41 3,15 * * *'));
    expect(conclusions(result)).toEqual({
      'turn-cert dev': 'success',
      'turn-cert stg': 'success',
      'turn-cert prd': 'success',
    });
    const claims = [...result.log.matchAll(/claims \S+ \S+ (\S+)/g)].map(([, environment]) => environment);
    expect(claims.sort()).toEqual(['dev', 'prd-maintenance', 'stg']);
    expect(result.log).toContain('issue 201');
    expect([...result.log.matchAll(/signed in as (\S+)/g)].map(([, who]) => who)).toEqual(
      Array<string>(3).fill(account('livekit-turn-cert')),
    );
  });

  it('renews one environment by hand, and none from another branch', async () => {
    const result = await run('turn-cert', await dispatchEvent(ada, { environment: 'stg', force: 'true' }));
    expect(conclusions(result)).toEqual({ 'turn-cert stg': 'success' });
    trial.commit('aside', { 'helm/values/dev.yaml': 'replicaCount: 3\n' }, 'Aside', 'main');
    const aside = await run('turn-cert', await dispatchEvent(ada, { environment: 'dev' }, 'aside'));
    expect(aside.jobs.map(({ conclusion }) => conclusion)).toEqual(['skipped']);
  });

  it('lets one environment’s trouble be its own', async () => {
    const result = await run('turn-cert', await scheduleEvent(ada, '41 3,15 * * *'), { FAILING: 'dev' });
    expect(conclusions(result)).toEqual({
      'turn-cert dev': 'failure',
      'turn-cert stg': 'success',
      'turn-cert prd': 'success',
    });
  });
});

describe('verify', () => {
  it('looks at every environment each night, prd where nobody must approve it, and puts the result on the commit', async () => {
    const result = await run('verify', await scheduleEvent(ada, '23 4 * * *'));
    expect(conclusions(result)).toEqual({ 'verify dev': 'success', 'verify stg': 'success', 'verify prd': 'success' });
    const claims = [...result.log.matchAll(/claims \S+ \S+ (\S+)/g)].map(([, environment]) => environment);
    expect(claims.sort()).toEqual(['dev', 'prd-maintenance', 'stg']);
    expect([...result.log.matchAll(/signed in as (\S+)/g)].map(([, who]) => who)).toEqual(
      Array<string>(3).fill(account('livekit-verify')),
    );
    expect(result.log).toContain('check run 201');
    expect(result.log).toContain('Artifact verify-prd: 1 files');
  });

  it('looks at one environment by hand, and keeps the page of one that failed', async () => {
    const result = await run('verify', await dispatchEvent(ada, { environment: 'stg' }), { FAILING: 'stg' });
    expect(conclusions(result)).toEqual({ 'verify stg': 'failure' });
    expect(result.log).toContain('Artifact verify-stg: 1 files');
  });
});

describe('helm-preview', () => {
  it('previews each environment that is touched, as the plan identity', async () => {
    const pull = await pullRequest('values-of-stg', { 'helm/values/stg.yaml': 'replicaCount: 2\n' });
    const result = await run('helm-preview', await pullRequestEvent(ada, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'success', 'preview stg / preview': 'success' });
    expect(result.log).toContain('inputs stg diff');
    expect(result.log).toContain(`signed in as ${account('livekit-plan')}`);
    expect(result.log).toContain(`claims ${CALLED}`);
  });

  it('previews all of them when what they share is touched', async () => {
    const pull = await pullRequest('values-of-all', { 'helm/values/common.yaml': 'replicaCount: 2\n' });
    const result = await run('helm-preview', await pullRequestEvent(ada, pull.number, 'opened'));
    expect(Object.keys(conclusions(result)).sort()).toEqual([
      'affected',
      'preview dev / preview',
      'preview prd / preview',
      'preview stg / preview',
    ]);
    expect(result.conclusion).toBe('success');
  });

  it('has nothing to do where no environment is touched', async () => {
    const pull = await pullRequest('words-of-helm', { 'helm/README.md': 'More\n' });
    const result = await run('helm-preview', await pullRequestEvent(ada, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'success', preview: 'skipped' });
  });

  it('does nothing for a fork, which would get no identity', async () => {
    const sha = trial.commit('values-from-fork', { 'helm/values/dev.yaml': 'replicaCount: 9\n' });
    trial.github.git.setRef('refs/forks/mallory/heads/values-from-fork', sha);
    const mallory = await Person.signIn(trial.config, 'mallory', 'read');
    const pull = await ada.openPullRequest({ title: 'Fork', head: 'mallory:values-from-fork' });
    const result = await run('helm-preview', await pullRequestEvent(mallory, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'skipped', preview: 'skipped' });
    expect(result.log).not.toContain('inputs');
  });
});

describe('helm-deploy', () => {
  it('deploys dev after a merge, as the deploy identity in the GitHub environment', async () => {
    const before = trial.github.git.commitOf('refs/heads/main') ?? '';
    const pull = await pullRequest('deploy-dev', { 'helm/values/dev.yaml': 'replicaCount: 3\n' });
    await ada.mergePullRequest(pull.number, 'rebase');
    const result = await run('helm-deploy', await pushEvent(ada, 'main', before));
    expect(conclusions(result)).toEqual({ 'deploy dev': 'success' });
    expect(result.log).toContain('inputs dev deploy');
    expect(result.log).toContain('deploy - - rollback');
    expect(result.log).toContain(`signed in as ${account('livekit-deploy')}`);
    expect(result.log).toMatch(/claims \S+ \S+ dev$/m);
  });

  it('goes on with what was handed over, by hand', async () => {
    const result = await run('helm-deploy', await dispatchEvent(ada, { environment: 'stg', mode: 'follow' }));
    expect(conclusions(result)).toEqual({ 'follow stg': 'success' });
    expect(result.log).toContain('inputs stg follow');
  });

  it('hands on the revision of a rollback, and the environment’s earlier keys', async () => {
    const event = await dispatchEvent(ada, { environment: 'prd', mode: 'rollback', revision: '4' });
    const result = await run('helm-deploy', event, {}, undefined, { LIVEKIT_PREVIOUS_KEYS_VERSION: '7' });
    expect(conclusions(result)).toEqual({ 'rollback prd': 'success' });
    expect(result.log).toContain('inputs prd rollback');
    expect(result.log).toContain('deploy 4 7 rollback');
  });
});
