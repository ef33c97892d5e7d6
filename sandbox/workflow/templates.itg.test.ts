import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { dispatchEvent, mergeGroupEvent, pullRequestEvent, pushEvent, scheduleEvent } from './event.ts';
import { conclusions, environmentsOf, signedInAs, SUITE, TemplateLab } from './template-lab.ts';

jest.setTimeout(300_000);

const CALLED = 'org/livekit-gke/.github/workflows/plan.yml@refs/tags/v1';

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

let lab: TemplateLab;
beforeAll(async () => {
  lab = await TemplateLab.open();
});
afterAll(() => lab.close());

describe('terraform-plan', () => {
  it('plans the environment that is touched, and only that, as the plan identity', async () => {
    const pull = await lab.pullRequest('stg-only', { 'terraform/environments/stg/stg.auto.tfvars': 'a = 1\n' });
    const result = await lab.run('terraform-plan', await pullRequestEvent(lab.ada, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'success', 'plan stg / plan': 'success', 'plan done': 'success' });
    expect(result.log).toContain(`signed in as ${lab.account('livekit-plan')}`);
    expect(result.log).toContain(
      `claims ${CALLED} nova/livekit/.github/workflows/terraform-plan.yml@refs/pull/${pull.number}/merge -`,
    );
    expect(result.log).toMatch(/inputs stg plan/);
  });

  it('plans all that use a module which is touched', async () => {
    const pull = await lab.pullRequest('module', { 'terraform/modules/all/main.tf': 'locals { a = 1 }\n' });
    const result = await lab.run('terraform-plan', await pullRequestEvent(lab.ada, pull.number, 'opened'));
    expect(
      Object.keys(conclusions(result))
        .filter((name) => name.startsWith('plan '))
        .sort(),
    ).toEqual(['plan dev / plan', 'plan done', 'plan prd / plan', 'plan stg / plan']);
    expect(result.conclusion).toBe('success');
  });

  it('plans none where nothing of it is touched, and the required check is there all the same', async () => {
    const pull = await lab.pullRequest('docs', { 'README.md': 'More\n' });
    const result = await lab.run('terraform-plan', await pullRequestEvent(lab.ada, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({
      affected: 'success',
      plan: 'skipped',
      'plan done': 'success',
    });
  });

  it('fails the required check when one plan fails, and plans the others', async () => {
    const pull = await lab.pullRequest('module-2', { 'terraform/modules/all/main.tf': 'locals { a = 2 }\n' });
    const event = await pullRequestEvent(lab.ada, pull.number, 'opened');
    const result = await lab.run('terraform-plan', event, { env: { FAILING: 'dev' } });
    expect(conclusions(result)).toMatchObject({
      'plan dev / plan': 'failure',
      'plan stg / plan': 'success',
      'plan prd / plan': 'success',
      'plan done': 'failure',
    });
  });

  it('gives a fork neither identity nor what writes', async () => {
    const { mallory, pull } = await lab.forkPullRequest('from-fork', { 'terraform/environments/dev/x.tf': '' });
    const result = await lab.run('terraform-plan', await pullRequestEvent(mallory, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'success', 'plan dev / plan': 'success', 'plan done': 'success' });
    expect(result.log).toContain('no identity');
    expect(result.log).not.toContain('signed in');
  });

  it('plans what the merge queue would merge, each entry with what is before it', async () => {
    const one = await lab.pullRequest('queued-dev', { 'terraform/environments/dev/dev.auto.tfvars': 'q = 1\n' });
    const two = await lab.pullRequest('queued-prd', { 'terraform/environments/prd/prd.auto.tfvars': 'q = 1\n' });
    const before = lab.trial.github.git.commitOf('refs/heads/main') ?? '';
    const entries = await lab.ada.queuePullRequests([one.number, two.number], 'squash');
    for (const [entry, name] of [
      [entries[0], 'plan dev / plan'],
      [entries[1], 'plan prd / plan'],
    ] as const) {
      if (!entry) throw new Error('not queued');
      const result = await lab.run('terraform-plan', await mergeGroupEvent(lab.ada, entry));
      expect(conclusions(result)).toEqual({ affected: 'success', [name]: 'success', 'plan done': 'success' });
      expect(result.log).toContain(`signed in as ${lab.account('livekit-plan')}`);
    }
    await lab.ada.mergeQueue();
    const applied = await lab.run('terraform-apply', await pushEvent(lab.ada, 'main', before));
    expect(conclusions(applied)).toEqual({ affected: 'success', 'apply dev': 'success', 'apply prd': 'success' });
  });
});

it('refuses the plan identity to a branch that edits its own workflows, and every other one', async () => {
  const copy = readFileSync(join(SUITE, '.github/workflows/plan.yml'), 'utf8');
  const pull = await lab.pullRequest('own-workflow', {
    '.github/workflows/own.yml': OWN,
    '.github/workflows/plan.yml': copy,
  });
  const result = await lab.run('own', await pullRequestEvent(lab.ada, pull.number, 'opened'));
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
    const before = lab.trial.github.git.commitOf('refs/heads/main') ?? '';
    const pull = await lab.pullRequest(`apply-${Object.keys(files)[0]?.replace(/\W+/g, '-')}`, files);
    await lab.ada.mergePullRequest(pull.number, 'rebase');
    return pushEvent(lab.ada, 'main', before);
  }

  it('applies one environment after the other, each in its GitHub environment', async () => {
    const result = await lab.run('terraform-apply', await push({ 'terraform/modules/all/one.tf': '' }));
    expect(result.jobs.map((job) => [job.name, job.conclusion])).toEqual([
      ['affected', 'success'],
      ['apply dev', 'success'],
      ['apply stg', 'success'],
      ['apply prd', 'success'],
    ]);
    expect(environmentsOf(result)).toEqual(['dev', 'stg', 'prd']);
    expect(result.log).toContain(`signed in as ${lab.account('livekit-cicd')}`);
  });

  it('goes no further when one has failed', async () => {
    const event = await push({ 'terraform/modules/all/two.tf': '' });
    const result = await lab.run('terraform-apply', event, { env: { FAILING: 'dev' } });
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
    const hold = join(lab.trial.directory, 'go-on');
    // The first one is at work; the second one waits for it, until the third one takes its place.
    const at = await lab.begun('terraform-apply', first, 'inputs dev', { HOLD: hold });
    const waiting = await lab.begun('terraform-apply', second, 'Touched: dev');
    const last = lab.run('terraform-apply', third);
    expect(conclusions(await waiting.result)['apply dev']).toBe('cancelled');
    writeFileSync(hold, '');
    expect(conclusions(await at.result)['apply dev']).toBe('success');
    expect(conclusions(await last)['apply dev']).toBe('success');
  });

  it('has nothing to do for a push that touches no environment', async () => {
    const result = await lab.run('terraform-apply', await push({ 'NOTES.md': 'x\n' }));
    expect(conclusions(result)).toEqual({ affected: 'success', apply: 'skipped' });
  });
});

describe('by hand and by schedule', () => {
  it('terraform-run plans through the plan workflow and hands its plan to the apply', async () => {
    const inputs = { environment: 'stg', what: 'destroy', 'allow-destroy': 'true' };
    const result = await lab.run('terraform-run', await dispatchEvent(lab.ada, inputs));
    expect(conclusions(result)).toEqual({ 'plan stg / destroy': 'success', 'destroy stg': 'success' });
    expect(result.log).toContain('inputs stg destroy - -');
    expect(result.log).toContain('inputs stg - gs://bucket/plans/stg true');
    expect(result.log).toContain(`signed in as ${lab.account('livekit-plan')}`);
    expect(result.log).toContain(`signed in as ${lab.account('livekit-cicd')}`);
  });

  it('terraform-run from another branch plans, and applies nothing', async () => {
    lab.trial.commit('elsewhere', { 'terraform/environments/dev/y.tf': '' }, 'Elsewhere', 'main');
    const result = await lab.run('terraform-run', await dispatchEvent(lab.ada, { environment: 'dev' }, 'elsewhere'));
    expect(conclusions(result)).toEqual({ 'plan dev / plan': 'success', [result.jobs[1]?.name ?? '']: 'skipped' });
  });

  it('terraform-drift looks at every environment, may write issues, and changes nothing', async () => {
    const result = await lab.run('terraform-drift', await scheduleEvent(lab.ada, '17 21 * * *'));
    expect(conclusions(result)).toEqual({
      environments: 'success',
      'drift dev / drift': 'success',
      'drift stg / drift': 'success',
      'drift prd / drift': 'success',
    });
    expect(result.log).toContain('issue 201');
    expect(signedInAs(result)).toEqual(Array<string>(3).fill(lab.account('livekit-plan')));
  });
});

describe('turn-cert', () => {
  it('looks at every environment as its own identity, prd where nobody must approve it, and may write issues', async () => {
    const result = await lab.run('turn-cert', await scheduleEvent(lab.ada, '41 3,15 * * *'));
    expect(conclusions(result)).toEqual({
      'turn-cert dev': 'success',
      'turn-cert stg': 'success',
      'turn-cert prd': 'success',
    });
    expect(environmentsOf(result).sort()).toEqual(['dev', 'prd-maintenance', 'stg']);
    expect(result.log).toContain('issue 201');
    expect(signedInAs(result)).toEqual(Array<string>(3).fill(lab.account('livekit-turn-cert')));
  });

  it('renews one environment by hand, and none from another branch', async () => {
    const result = await lab.run('turn-cert', await dispatchEvent(lab.ada, { environment: 'stg', force: 'true' }));
    expect(conclusions(result)).toEqual({ 'turn-cert stg': 'success' });
    lab.trial.commit('aside', { 'helm/values/dev.yaml': 'replicaCount: 3\n' }, 'Aside', 'main');
    const aside = await lab.run('turn-cert', await dispatchEvent(lab.ada, { environment: 'dev' }, 'aside'));
    expect(aside.jobs.map(({ conclusion }) => conclusion)).toEqual(['skipped']);
  });

  it('lets one environment’s trouble be its own', async () => {
    const result = await lab.run('turn-cert', await scheduleEvent(lab.ada, '41 3,15 * * *'), {
      env: { FAILING: 'dev' },
    });
    expect(conclusions(result)).toEqual({
      'turn-cert dev': 'failure',
      'turn-cert stg': 'success',
      'turn-cert prd': 'success',
    });
  });
});

describe('verify', () => {
  it('looks at every environment each night, prd where nobody must approve it, and puts the result on the commit', async () => {
    const result = await lab.run('verify', await scheduleEvent(lab.ada, '23 4 * * *'));
    expect(conclusions(result)).toEqual({ 'verify dev': 'success', 'verify stg': 'success', 'verify prd': 'success' });
    expect(environmentsOf(result).sort()).toEqual(['dev', 'prd-maintenance', 'stg']);
    expect(signedInAs(result)).toEqual(Array<string>(3).fill(lab.account('livekit-verify')));
    expect(result.log).toContain('check run 201');
    expect(result.log).toContain('Artifact verify-prd: 1 files');
  });

  it('looks at one environment by hand, and keeps the page of one that failed', async () => {
    const result = await lab.run('verify', await dispatchEvent(lab.ada, { environment: 'stg' }), {
      env: { FAILING: 'stg' },
    });
    expect(conclusions(result)).toEqual({ 'verify stg': 'failure' });
    expect(result.log).toContain('Artifact verify-stg: 1 files');
  });
});

describe('helm-preview', () => {
  it('previews each environment that is touched, as the plan identity', async () => {
    const pull = await lab.pullRequest('values-of-stg', { 'helm/values/stg.yaml': 'replicaCount: 2\n' });
    const result = await lab.run('helm-preview', await pullRequestEvent(lab.ada, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'success', 'preview stg / preview': 'success' });
    expect(result.log).toContain('inputs stg diff');
    expect(result.log).toContain(`signed in as ${lab.account('livekit-plan')}`);
    expect(result.log).toContain(`claims ${CALLED}`);
  });

  it('previews all of them when what they share is touched', async () => {
    const pull = await lab.pullRequest('values-of-all', { 'helm/values/common.yaml': 'replicaCount: 2\n' });
    const result = await lab.run('helm-preview', await pullRequestEvent(lab.ada, pull.number, 'opened'));
    expect(Object.keys(conclusions(result)).sort()).toEqual([
      'affected',
      'preview dev / preview',
      'preview prd / preview',
      'preview stg / preview',
    ]);
    expect(result.conclusion).toBe('success');
  });

  it('has nothing to do where no environment is touched', async () => {
    const pull = await lab.pullRequest('words-of-helm', { 'helm/README.md': 'More\n' });
    const result = await lab.run('helm-preview', await pullRequestEvent(lab.ada, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'success', preview: 'skipped' });
  });

  it('does nothing for a fork, which would get no identity', async () => {
    const { mallory, pull } = await lab.forkPullRequest('values-from-fork', {
      'helm/values/dev.yaml': 'replicaCount: 9\n',
    });
    const result = await lab.run('helm-preview', await pullRequestEvent(mallory, pull.number, 'opened'));
    expect(conclusions(result)).toEqual({ affected: 'skipped', preview: 'skipped' });
    expect(result.log).not.toContain('inputs');
  });
});

describe('helm-deploy', () => {
  it('deploys dev after a merge, as the deploy identity in the GitHub environment', async () => {
    const before = lab.trial.github.git.commitOf('refs/heads/main') ?? '';
    const pull = await lab.pullRequest('deploy-dev', { 'helm/values/dev.yaml': 'replicaCount: 3\n' });
    await lab.ada.mergePullRequest(pull.number, 'rebase');
    const result = await lab.run('helm-deploy', await pushEvent(lab.ada, 'main', before));
    expect(conclusions(result)).toEqual({ 'deploy dev': 'success', verify: 'skipped' });
    expect(result.log).toContain('inputs dev deploy');
    expect(result.log).toContain('deploy - - rollback');
    expect(result.log).toContain(`signed in as ${lab.account('livekit-deploy')}`);
    expect(result.log).toMatch(/claims \S+ \S+ dev$/m);
  });

  it('goes on with what was handed over, by hand', async () => {
    const result = await lab.run('helm-deploy', await dispatchEvent(lab.ada, { environment: 'stg', mode: 'follow' }));
    expect(conclusions(result)).toEqual({ 'follow stg': 'success', verify: 'skipped' });
    expect(result.log).toContain('inputs stg follow');
  });

  it('hands on the revision of a rollback, and the environment’s earlier keys', async () => {
    const event = await dispatchEvent(lab.ada, { environment: 'prd', mode: 'rollback', revision: '4' });
    const result = await lab.run('helm-deploy', event, {
      environments: { prd: { variables: { LIVEKIT_PREVIOUS_KEYS_VERSION: '7' } } },
    });
    expect(conclusions(result)).toEqual({ 'rollback prd': 'success', verify: 'skipped' });
    expect(result.log).toContain('inputs prd rollback');
    expect(result.log).toContain('deploy 4 7 rollback');
  });
});
