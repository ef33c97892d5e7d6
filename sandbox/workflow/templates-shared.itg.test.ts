import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { jest } from '@jest/globals';
import { stringify } from 'yaml';
import { dispatchEvent, pullRequestEvent, pushEvent, scheduleEvent, type WorkflowEvent } from './event.ts';
import { startedBy } from './run.ts';
import { conclusions, environmentsOf, signedInAs, SUITE, TemplateLab, type Differently } from './template-lab.ts';

jest.setTimeout(300_000);

let lab: TemplateLab;
beforeAll(async () => {
  lab = await TemplateLab.open();
});
afterAll(() => lab.close());

/** Somebody who answers for an environment's reviewers, and remembers what was asked. */
function reviewer(answer: 'approved' | 'rejected') {
  const asked: string[] = [];
  const review: Differently['review'] = (environment, job) => {
    asked.push(`${environment}: ${job}`);
    return Promise.resolve(answer);
  };
  return { asked, differently: { review, environments: { prd: { reviewed: true } } } };
}

const VERIFIED = { variables: { VERIFY_AFTER_DEPLOY: 'true' } };

describe('prd by hand, whose reviewers are asked', () => {
  it('helm-deploy waits for them, and verifies where nobody must approve', async () => {
    const { asked, differently } = reviewer('approved');
    const event = await dispatchEvent(lab.ada, { environment: 'prd' });
    const result = await lab.run('helm-deploy', event, { ...differently, ...VERIFIED });
    expect(conclusions(result)).toEqual({ 'deploy prd': 'success', 'verify / verify prd': 'success' });
    expect(asked).toEqual(['prd: deploy prd']);
    expect(environmentsOf(result)).toEqual(['prd', 'prd-maintenance']);
    expect(signedInAs(result)).toEqual([lab.account('livekit-deploy'), lab.account('livekit-verify')]);
    expect(result.log).toContain('check run 201');
  });

  it('helm-deploy does nothing when they say no', async () => {
    const { differently } = reviewer('rejected');
    const event = await dispatchEvent(lab.ada, { environment: 'prd' });
    const result = await lab.run('helm-deploy', event, { ...differently, ...VERIFIED });
    expect(conclusions(result)).toEqual({ 'deploy prd': 'failure', verify: 'skipped' });
    expect(result.log).not.toContain('signed in');
  });

  it('helm-deploy from another branch is refused before anybody is asked', async () => {
    const { asked, differently } = reviewer('approved');
    lab.trial.commit('feature', { 'helm/values/prd.yaml': 'replicaCount: 9\n' }, 'Feature', 'main');
    const event = await dispatchEvent(lab.ada, { environment: 'prd' }, 'feature');
    const result = await lab.run('helm-deploy', event, differently);
    expect(result.conclusion).toBe('failure');
    expect(result.log).toContain('Branch "feature" is not allowed to deploy to prd');
    expect(asked).toEqual([]);
  });

  it('terraform-run plans first, so that they see what they approve', async () => {
    const { asked, differently } = reviewer('approved');
    const result = await lab.run('terraform-run', await dispatchEvent(lab.ada, { environment: 'prd' }), differently);
    expect(result.jobs.map((job) => [job.name, job.conclusion])).toEqual([
      ['plan prd / plan', 'success'],
      ['apply prd', 'success'],
    ]);
    expect(asked).toEqual(['prd: apply prd']);
  });

  it('terraform-apply has done dev and stg when it asks them', async () => {
    const { asked, differently } = reviewer('rejected');
    const before = lab.trial.github.git.commitOf('refs/heads/main') ?? '';
    const pull = await lab.pullRequest('all', { 'terraform/modules/all/all.tf': '' });
    await lab.ada.mergePullRequest(pull.number, 'rebase');
    const result = await lab.run('terraform-apply', await pushEvent(lab.ada, 'main', before), differently);
    expect(conclusions(result)).toMatchObject({
      'apply dev': 'success',
      'apply stg': 'success',
      'apply prd': 'failure',
    });
    expect(asked).toEqual(['prd: apply prd']);
    expect(environmentsOf(result)).toEqual(['dev', 'stg']);
  });
});

it.each([
  ['turn-cert', '41 3,15 * * *', 'prd-maintenance', 'livekit-turn-cert'],
  ['verify', '23 4 * * *', 'prd-maintenance', 'livekit-verify'],
  ['terraform-drift', '17 21 * * *', '-', 'livekit-plan'],
])('%s, by schedule, asks nobody, and for prd is none that may change its cluster', async (name, cron, where, who) => {
  const { asked, differently } = reviewer('rejected');
  const result = await lab.run(name, await scheduleEvent(lab.ada, cron), differently);
  expect(result.conclusion).toBe('success');
  expect(asked).toEqual([]);
  expect(environmentsOf(result)).toContain(where);
  expect(environmentsOf(result)).not.toContain('prd');
  expect(new Set(signedInAs(result))).toEqual(new Set([lab.account(who)]));
});

describe('a fork’s pull request', () => {
  const everything = {
    'terraform/modules/all/x.tf': '',
    'helm/values/common.yaml': 'replicaCount: 9\n',
    'helm/addons/turn-server/values.yaml': 'a: 1\n',
  };

  it('starts what plans and previews, and neither an apply nor a deploy', async () => {
    const { mallory, pull } = await lab.forkPullRequest('everything', everything);
    const started = startedBy(lab.trial.config, await pullRequestEvent(mallory, pull.number, 'opened'));
    expect(started.filter(({ reason }) => reason === undefined).map(({ path }) => basename(path))).toEqual([
      'helm-preview.yml',
      'terraform-plan.yml',
    ]);
  });

  it('gets no identity by a workflow that it brings along, nor secrets', async () => {
    const own = {
      on: 'pull_request',
      jobs: {
        direct: {
          'runs-on': 'ubuntu-latest',
          environment: 'dev',
          permissions: { contents: 'read', 'id-token': 'write' },
          steps: [
            {
              uses: 'org/livekit-gke/actions/terraform-apply@v1',
              with: {
                environment: 'dev',
                bucket: 'b',
                workload_identity_provider: '${{ vars.GCP_WORKLOAD_IDENTITY_PROVIDER }}',
                service_account: '${{ vars.GCP_SERVICE_ACCOUNT }}',
                'livekit-api-key': '${{ secrets.LIVEKIT_API_KEY }}',
                'livekit-api-secret': '${{ secrets.LIVEKIT_API_SECRET }}',
              },
            },
          ],
        },
        deploy: {
          permissions: { contents: 'read', 'id-token': 'write', checks: 'write' },
          uses: 'org/livekit-gke/.github/workflows/helm-deploy.yml@v1',
          with: { environment: 'prd' },
        },
      },
    };
    const { mallory, pull } = await lab.forkPullRequest('own', { '.github/workflows/theirs.yml': stringify(own) });
    const result = await lab.run('theirs', await pullRequestEvent(mallory, pull.number, 'opened'), {
      environments: { dev: { branches: ['**'] }, prd: { branches: ['**'] } },
    });
    expect(result.log).toContain('no identity');
    expect(result.log).toContain('keys false');
    expect(result.log).not.toContain('signed in');
  });
});

describe('called from a workflow of one’s own', () => {
  const READ = { contents: 'read', 'id-token': 'write' };
  const COMMENTS = { ...READ, 'pull-requests': 'write' };
  const calls: Record<string, { permissions: Record<string, string>; with?: Record<string, unknown>; pull?: boolean }> =
    {
      'terraform-plan': { permissions: COMMENTS, pull: true },
      'helm-preview': { permissions: COMMENTS, pull: true },
      'terraform-apply': { permissions: COMMENTS },
      'terraform-run': { permissions: READ, with: { environment: 'stg' } },
      'terraform-drift': { permissions: { ...READ, issues: 'write' } },
      'helm-deploy': { permissions: { ...READ, checks: 'write' }, with: { environment: 'stg', mode: 'follow' } },
      'turn-cert': { permissions: { 'id-token': 'write', issues: 'write' }, with: { environment: 'prd', force: true } },
      verify: { permissions: { 'id-token': 'write', checks: 'write' }, with: { environment: 'prd', checks: 'turn' } },
      'add-ons': { permissions: READ, with: { environment: 'stg', 'add-on': 'turn-server' } },
    };
  const caller = (name: string, secrets?: unknown) => {
    const { permissions, with: given, pull } = calls[name] ?? { permissions: {} };
    const call = { permissions, uses: `org/livekit-gke/.github/workflows/${name}.yml@v1`, with: given, secrets };
    return stringify({ on: pull ? 'pull_request' : 'workflow_dispatch', jobs: { call } });
  };
  const LIST = JSON.stringify({ addOns: [{ name: 'turn-server', namespace: 'nova-turn' }] });

  it('is possible for every template, but that which is for a trial', () => {
    const templates = readdirSync(join(SUITE, 'workflows-templates')).filter((file) => file.endsWith('.yml'));
    expect(Object.keys(calls).sort()).toEqual(
      templates.map((file) => file.replace('.yml', '')).filter((name) => name !== 'real-project-smoke'),
    );
  });

  it.each(Object.keys(calls).map((name) => [name]))('%s', async (name) => {
    const files = { [`.github/workflows/my-${name}.yml`]: caller(name), 'helm/addons/add-ons.json': LIST };
    let event: WorkflowEvent;
    if (calls[name]?.pull) {
      const changes = { 'terraform/environments/stg/c.tf': '', 'helm/values/stg.yaml': 'replicaCount: 7\n' };
      const pull = await lab.pullRequest(`calls-${name}`, { ...files, ...changes });
      event = await pullRequestEvent(lab.ada, pull.number, 'opened');
    } else {
      lab.trial.commit('main', files);
      event = await dispatchEvent(lab.ada, {});
    }
    const result = await lab.run(`my-${name}`, event);
    expect([result.conclusion, result.log]).toEqual(['success', expect.stringContaining('signed in as')]);
    expect(result.jobs.map((job) => job.name.split(' / ')[0])).toContain('call');
  });

  it('gets of an environment’s secrets those that the caller hands on', async () => {
    const handed = {
      LIVEKIT_API_KEY: '${{ secrets.LIVEKIT_API_KEY }}',
      LIVEKIT_API_SECRET: '${{ secrets.LIVEKIT_API_SECRET }}',
    };
    for (const [secrets, keys] of [
      [undefined, 'keys false'],
      [handed, 'keys true'],
      ['inherit', 'keys true'],
    ] as const) {
      lab.trial.commit(
        'main',
        { '.github/workflows/handed.yml': caller('terraform-run', secrets) },
        `${keys} ${typeof secrets}`,
      );
      const result = await lab.run('handed', await dispatchEvent(lab.ada, {}));
      const applied = result.log.split('\n').filter((line) => line.includes('apply stg') && line.includes('keys '));
      expect(applied.map((line) => line.slice(line.indexOf('keys '), line.indexOf(' force')))).toEqual([keys]);
    }
  });
});

describe('add-ons', () => {
  const addOns = [
    { name: 'monitoring', release: 'prometheus', namespace: 'nova-monitoring', set: ['a=1'], manifests: ['m.yaml'] },
    {
      name: 'turn-server',
      namespace: 'nova-turn',
      values: ['helm/addons/turn-server/values-messaging.yaml', 'helm/addons/mine.yaml'],
      secrets: { 'turn-server-secret': { TURN_PASSWORD: 'secret-manager:turn-password' } },
      environments: ['dev', 'prd'],
    },
  ];
  const FILES = {
    'helm/addons/add-ons.json': JSON.stringify({ addOns }),
    'helm/addons/mine.yaml': 'replicaCount: 2\n',
  };

  it('are deployed to dev in the order of the phases when something of theirs is merged', async () => {
    const before = lab.trial.github.git.commitOf('refs/heads/main') ?? '';
    lab.trial.commit('main', FILES, 'List');
    const event = await pushEvent(lab.ada, 'main', before);
    const started = startedBy(lab.trial.config, event).filter(({ reason }) => reason === undefined);
    expect(started.map(({ path }) => basename(path))).toEqual(['add-ons.yml', 'terraform-apply.yml']);
    const result = await lab.run('add-ons', event);
    expect(result.jobs.map((job) => [job.name, job.conclusion])).toEqual([
      ['listed', 'success'],
      ['deploy turn-server dev', 'success'],
      ['deploy monitoring dev', 'success'],
    ]);
    expect(result.log).toContain(
      'add-on helm/addons/turn-server turn-server nova-turn helm/addons/turn-server/values-messaging.yaml',
    );
    expect(result.log).toContain('{"turn-server-secret":{"TURN_PASSWORD":"secret-manager:turn-password"}}');
    expect(result.log).toContain('add-on helm/addons/monitoring prometheus nova-monitoring - - a=1 m.yaml');
    expect(signedInAs(result)).toEqual(Array<string>(2).fill(lab.account('livekit-deploy')));
  });

  it('are for the environments that the list names, and one of them alone by hand', async () => {
    const stg = await lab.run('add-ons', await dispatchEvent(lab.ada, { environment: 'stg', mode: 'diff' }));
    expect(conclusions(stg)).toEqual({ listed: 'success', 'diff monitoring stg': 'success' });
    const { asked, differently } = reviewer('approved');
    const inputs = { environment: 'prd', 'add-on': 'turn-server' };
    const prd = await lab.run('add-ons', await dispatchEvent(lab.ada, inputs), differently);
    expect(conclusions(prd)).toEqual({ listed: 'success', 'deploy turn-server prd': 'success' });
    expect(asked).toEqual(['prd: deploy turn-server prd']);
  });

  it('are none at all where something was never filled in: it is named with file and line before the first', async () => {
    const todo = { 'helm/addons/mine.yaml': 'a: 1\nreplicaCount: 2 # TODO: how many\n' };
    const workflow =
      'on: workflow_dispatch\njobs:\n  a:\n    uses: org/livekit-gke/.github/workflows/verify.yml@v1 # TODO: x\n';
    const tf = { 'terraform/environments/dev/dev.auto.tfvars': 'domain = "TODO: your domain"\n' };
    lab.trial.commit('main', { ...todo, ...tf, '.github/workflows/own.yml': workflow }, 'Left');
    const result = await lab.run('add-ons', await dispatchEvent(lab.ada, { environment: 'dev' }));
    expect(conclusions(result)).toEqual({ listed: 'failure', deploy: 'skipped' });
    const places = result.jobs[0]?.annotations.map(({ file, line }) => `${file}:${line}`);
    expect(places).toEqual(
      expect.arrayContaining([
        'terraform/environments/dev/dev.auto.tfvars:1',
        '.github/workflows/own.yml:4',
        'helm/addons/mine.yaml:2',
      ]),
    );
    expect(result.log).not.toContain('signed in');
    lab.trial.commit('main', {
      ...FILES,
      ...tf,
      'terraform/environments/dev/dev.auto.tfvars': null,
      '.github/workflows/own.yml': null,
    });
  });

  it('say which one the list lacks', async () => {
    const result = await lab.run('add-ons', await dispatchEvent(lab.ada, { environment: 'stg', 'add-on': 'gitops' }));
    expect(conclusions(result)).toEqual({ listed: 'failure', deploy: 'skipped' });
    expect(result.jobs[0]?.annotations.map(({ message }) => message.split('\n')[0])).toContain(
      'helm/addons/add-ons.json lists no add-on gitops for stg: add it there first.',
    );
  });

  it('are none where there is no list', async () => {
    lab.trial.commit('main', { 'helm/addons/add-ons.json': null }, 'No list');
    const result = await lab.run('add-ons', await dispatchEvent(lab.ada, {}));
    expect(conclusions(result)).toEqual({ listed: 'success', deploy: 'skipped' });
    expect(result.log).toContain('There is no helm/addons/add-ons.json');
  });
});
