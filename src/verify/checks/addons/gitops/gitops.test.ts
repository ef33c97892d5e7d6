import { describe, expect, test } from '@jest/globals';
import { application, at, NEW, OLD } from '../../../../gitops/application.fixture.ts';
import { appProjects } from '../../../../gitops/application.ts';
import { judgeAdmin } from './admin.ts';
import { judgeApplication } from './application.ts';
import { judgeControllers } from './controllers.ts';
import { judgeCredentials } from './credentials.ts';
import { judgeDefinitions } from './definitions.ts';
import { judgeProject } from './project.ts';
import { judgeRepository } from './repository.ts';
import { judgeWebhook } from './webhook.ts';

const URL = 'https://github.com/nova/messaging.git';
const says = (verdict: string, evidence: RegExp) => ({ verdict, evidence: expect.stringMatching(evidence) });

describe('gitops-controllers', () => {
  const part = (name: string, ready = 1, wanted = 1) => ({ name: `argocd-${name}`, ready, wanted });
  const all = ['application-controller', 'redis', 'repo-server', 'server', 'dex-server'].map((name) => part(name));
  const but = (name: string, other: ReturnType<typeof part>) =>
    all.map((each) => (each.name === `argocd-${name}` ? other : each));
  test('passes when all are ready', () => expect(judgeControllers(all, 'argocd').verdict).toBe('pass'));
  test('fails by name without a part, with one that is not ready, with one that is switched off', () => {
    expect(judgeControllers(all.slice(1), 'argocd')).toMatchObject(says('fail', /no argocd-application-controller/));
    expect(judgeControllers(but('repo-server', part('repo-server', 0)), 'argocd')).toMatchObject(
      says('fail', /argocd-repo-server has 0 of 1/),
    );
    expect(judgeControllers(but('server', part('server', 0, 0)), 'argocd')).toMatchObject(
      says('fail', /argocd-server/),
    );
  });
  test('warns for one that nothing hangs on', () =>
    expect(judgeControllers(but('dex-server', part('dex-server', 0)), 'argocd').verdict).toBe('warn'));
});

test('gitops-definitions tells missing from not established', () => {
  const found = (name: string, established: boolean | undefined) => ({ name, established });
  expect(judgeDefinitions([found('a', true)]).verdict).toBe('pass');
  expect(judgeDefinitions([found('a', undefined), found('b', false)])).toMatchObject(
    says('fail', /a is not there; b is not established/),
  );
});

describe('gitops-application', () => {
  test('passes at the expected revision only', () => {
    expect(judgeApplication(application(at(NEW)), NEW, undefined)).toMatchObject(
      says('pass', /Synced and Healthy at 22222222/),
    );
    expect(judgeApplication(application(), undefined, undefined).verdict).toBe('pass');
    expect(judgeApplication(application(), NEW, undefined)).toMatchObject(says('fail', /22222222 has not appeared/));
  });
  test('warns where a later one has overtaken it', () => {
    const history = [
      { id: 0, revision: OLD },
      { id: 1, revision: NEW },
    ];
    expect(judgeApplication(application({ ...at(NEW), history }), OLD, undefined).verdict).toBe('warn');
  });
  test('waits for no window', () =>
    expect(judgeApplication(application(at(NEW, 'OutOfSync')), NEW, 'the window denies')).toMatchObject({
      verdict: 'fail',
      final: true,
    }));
  test('fails while it is not healthy', () =>
    expect(
      judgeApplication(application({ ...at(NEW), health: { status: 'Progressing' } }), NEW, undefined),
    ).toMatchObject(says('fail', /Progressing/)));
});

describe('gitops-repository', () => {
  const now = new Date('2026-11-21T08:01:05Z');
  test('passes after a look that was made lately, and not after an old one or none', () => {
    expect(judgeRepository(application(), now)).toMatchObject(says('pass', /60 s ago, at 11111111/));
    expect(judgeRepository(application(), new Date('2026-11-21T09:00:00Z'))).toMatchObject(
      says('fail', /60 minutes ago/),
    );
    expect(judgeRepository(application({ reconciledAt: null }), now)).toMatchObject(says('fail', /not read/));
  });
  test('names refused credentials', () => {
    const conditions = [{ type: 'ComparisonError', message: 'authentication required: Repository not found.' }];
    expect(judgeRepository(application({ conditions }), now)).toMatchObject(says('fail', /may not read https:/));
  });
});

describe('gitops-credentials', () => {
  const judge = (more: object) =>
    judgeCredentials(application(), [
      { name: 'nova-repo-credentials', type: 'repository', url: URL, keys: ['url', 'password'], ...more },
    ]);
  test('passes with a token or a GitHub App', () => {
    expect(judge({})).toMatchObject(says('pass', /nova-repo-credentials has password/));
    expect(judge({ keys: ['url', 'githubAppPrivateKey'] }).verdict).toBe('pass');
    expect(judge({ type: 'repo-creds', url: 'https://github.com/nova' }).verdict).toBe('pass');
  });
  test('fails without the label, and without anything that proves', () => {
    expect(judge({ type: undefined })).toMatchObject(says('fail', /without the label/));
    expect(judge({ keys: ['url', 'username'] })).toMatchObject(says('fail', /none that proves/));
  });
  test('warns where there is none for this repository', () =>
    expect(judge({ url: 'https://github.com/nova/other' }).verdict).toBe('warn'));
});

test('gitops-webhook wants a secret and a low limit', () => {
  const keys = ['webhook.github.secret'];
  expect(judgeWebhook('5', keys).verdict).toBe('pass');
  expect(judgeWebhook('5', undefined)).toMatchObject(says('pass', /may not be seen/));
  expect(judgeWebhook(undefined, keys)).toMatchObject(says('warn', /50 MB/));
  expect(judgeWebhook('many', keys).verdict).toBe('warn');
  expect(judgeWebhook('5', ['server.secretkey']).verdict).toBe('fail');
});

test('gitops-project restricts where from and where to', () => {
  const judge = (spec: object) => judgeProject(appProjects.schema.parse({ metadata: { name: 'p' }, spec }), 'p', [URL]);
  const destinations = [{ namespace: 'nova-messaging', server: 'https://kubernetes.default.svc' }];
  expect(judge({ sourceRepos: [URL], destinations }).verdict).toBe('pass');
  expect(judge({ sourceRepos: ['*'], destinations })).toMatchObject(says('fail', /any repository/));
  expect(judge({ sourceRepos: [URL], destinations: [{ namespace: '*', server: '*' }] })).toMatchObject(
    says('fail', /any namespace, any cluster/),
  );
  expect(
    judge({ sourceRepos: [URL], destinations, clusterResourceWhitelist: [{ group: '*', kind: '*' }] }),
  ).toMatchObject(says('fail', /any object/));
  expect(judgeProject(undefined, 'default', [])).toMatchObject(says('fail', /no project default/));
});

test('gitops-admin warns of the initial password and refuses rights by default', () => {
  const judge = (more: object) =>
    judgeAdmin({ isAdminOn: false, byDefault: 'role:readonly', isInitialThere: false, ...more });
  expect(judge({})).toMatchObject(says('pass', /is off, the initial password is gone, and who signs in may read/));
  expect(judge({ isInitialThere: true }).verdict).toBe('warn');
  expect(judge({ isInitialThere: undefined })).toMatchObject(says('pass', /may not be seen/));
  expect(judge({ byDefault: 'role:admin' }).verdict).toBe('fail');
});
