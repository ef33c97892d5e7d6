import { jest } from '@jest/globals';
import { application, argoCd, at, NEW, OLD } from './application.fixture.ts';

const said: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: (line: string) => said.push(line),
  warning: (line: string) => said.push(line),
  notice: () => undefined,
  debug: () => undefined,
  startGroup: () => undefined,
  endGroup: () => undefined,
  setSecret: () => undefined,
}));
const { followApplication, isOwnRepository } = await import('./follow.ts');
const { resumeApplication, rollBackApplication } = await import('./rollback.ts');
const { renderGitops } = await import('./render.ts');

const options = (more: object = {}) => ({
  application: 'messaging-service',
  namespace: 'argocd',
  revision: NEW as string | undefined,
  timeoutSeconds: 20,
  pollSeconds: 0.005,
  settledSeconds: 0,
  signal: new AbortController().signal,
  ...more,
});
beforeEach(() => said.splice(0));

describe('following', () => {
  test('goes on until the commit is there, Synced and Healthy', async () => {
    const { client, applied } = argoCd([
      application(),
      application(at(NEW, 'OutOfSync')),
      application({ ...at(NEW, 'OutOfSync'), operationState: { phase: 'Running', startedAt: 'a' } }),
      application({ ...at(NEW), health: { status: 'Progressing' } }),
      application(at(NEW)),
    ]);
    const result = await followApplication(client, options());
    expect(result).toMatchObject({ status: 'deployed', failure: undefined, notes: [] });
    expect(applied).toEqual([]);
    expect(said.map((line) => line.replace(/^ *\d+ s {2}/, ''))).toEqual([
      'messaging-service: Synced at 11111111, Healthy',
      'messaging-service: OutOfSync at 22222222, Healthy',
      'messaging-service: OutOfSync at 22222222, Healthy, sync running',
      'messaging-service: Synced at 22222222, Progressing',
      'messaging-service: Synced at 22222222, Healthy',
    ]);
  });

  test('asks Argo CD to look when no webhook came, and says so', async () => {
    const { client, applied } = argoCd([application(), application(), application(at(NEW))]);
    const result = await followApplication(client, options({ webhookSeconds: 0 }));
    expect(applied).toHaveLength(1);
    expect(applied[0]?.manifest.metadata.annotations).toEqual({ 'argocd.argoproj.io/refresh': 'normal' });
    expect(result.notes.join()).toMatch(/No webhook has brought 22222222/);
  });

  test('without a commit takes no look that was made before', async () => {
    const old = application();
    const fresh = application({ reconciledAt: '2026-11-21T09:00:00Z' });
    const { client, applied } = argoCd([old, old, fresh]);
    const result = await followApplication(client, options({ revision: undefined }));
    expect(applied).toHaveLength(1);
    expect(result.seen?.status.reconciledAt).toBe('2026-11-21T09:00:00Z');
  });

  test('ends with the cause, in its words', async () => {
    const manual = application(
      { ...at(NEW, 'OutOfSync'), resources: [{ kind: 'Service', name: 'a', status: 'OutOfSync' }] },
      { spec: { syncPolicy: {} } },
    );
    const result = await followApplication(argoCd([manual]).client, options({ timeoutSeconds: 0.05 }));
    expect(result).toMatchObject({
      status: 'failed',
      failure: {
        code: 'LK-ARGO-008',
        message: 'The application messaging-service is OutOfSync (Service a), and its automated sync is off.',
      },
    });
  });

  test('ends when its time is over, saying that the commit was never seen', async () => {
    const result = await followApplication(argoCd([application()]).client, options({ timeoutSeconds: 0.05 }));
    expect(result.failure).toMatchObject({ code: 'LK-ARGO-014' });
    expect(result.failure?.message).toMatch(/follows main of https:.*is at 11111111, and 22222222 has not appeared/);
  });

  test.each([
    [true, 'LK-ARGO-001'],
    [false, 'LK-ARGO-002'],
  ])('of what is not there (Argo CD installed: %s) fails at once with %s', async (installed, code) => {
    expect((await followApplication(argoCd([undefined], { installed }).client, options())).failure?.code).toBe(code);
  });

  test('ends when the job is cancelled', async () => {
    const cancel = new AbortController();
    const going = followApplication(argoCd([application()]).client, options({ signal: cancel.signal }));
    cancel.abort(new Error('cancelled'));
    await expect(going).rejects.toThrow(/cancelled|aborted/);
  });
});

describe('a rollback', () => {
  const source = { repoURL: 'https://github.com/nova/messaging.git', path: 'deploy' };
  const history = [
    { id: 0, revision: OLD, source },
    { id: 1, revision: NEW, source },
  ];
  const bad = {
    ...at(NEW),
    history,
    health: { status: 'Degraded' },
    operationState: { phase: 'Succeeded', startedAt: 'a' },
  };
  const off = { spec: { syncPolicy: { automated: { enabled: false, prune: true } } } };
  const rollback = (client: Parameters<typeof rollBackApplication>[0]) => {
    const { revision: _none, ...rest } = options();
    return rollBackApplication(client, { ...rest, to: undefined, description: 'by ada' });
  };

  test('switches automated sync off, syncs the earlier entry as it was, and says what is to be done', async () => {
    const own = [application(bad), application(bad, off), application(bad, off)];
    const done = {
      ...at(NEW, 'OutOfSync'),
      history,
      operationState: { phase: 'Succeeded', startedAt: 'b', syncResult: { revision: OLD } },
    };
    const { client, applied } = argoCd([...own, application(done, off)]);
    const result = await rollback(client);
    expect(result).toMatchObject({ status: 'rolled-back', failure: undefined });
    expect(result.notes.join()).toMatch(/Automated sync of messaging-service is off.*mode: resume/);
    expect(
      applied.map(({ manifest, fieldManager }) => [fieldManager, manifest['spec'], manifest['operation']]),
    ).toEqual([
      ['livekit-gke-pause', { syncPolicy: { automated: { enabled: false } } }, undefined],
      [
        'livekit-gke-rollback',
        undefined,
        {
          initiatedBy: { username: 'livekit-gke' },
          sync: { revision: OLD, source, prune: true, syncStrategy: { apply: {} } },
        },
      ],
    ]);
    expect(renderGitops(result, 'stg')).toContain('↩️ rolled back');
  });

  test('ends a sync that tries again and again before it begins', async () => {
    const trying = application(
      { ...bad, operationState: { phase: 'Running', startedAt: 'a', message: 'Retrying' } },
      off,
    );
    const still = application({ ...bad, operationState: { phase: 'Failed', startedAt: 'a' } }, off);
    const done = application(
      { ...at(NEW, 'OutOfSync'), history, operationState: { phase: 'Succeeded', startedAt: 'b' } },
      off,
    );
    const { client, applied } = argoCd([...Array.from({ length: 12 }, () => trying), still, done]);
    const { revision: _none, ...rest } = options();
    const result = await rollBackApplication(client, { ...rest, to: undefined, description: 'by ada' });
    expect(result.status).toBe('rolled-back');
    expect(applied.map(({ fieldManager }) => fieldManager)).toEqual(['livekit-gke-stop', 'livekit-gke-rollback']);
    expect(applied[0]?.manifest['status']).toEqual({ operationState: { phase: 'Terminating' } });
  });

  test('does not begin while a sync does not end', async () => {
    const trying = application({ ...bad, operationState: { phase: 'Running', startedAt: 'a' } }, off);
    const { client, applied } = argoCd([trying]);
    const { revision: _none, ...rest } = options();
    await expect(rollBackApplication(client, { ...rest, to: undefined, description: 'by ada' })).rejects.toMatchObject({
      code: 'LK-ARGO-019',
    });
    expect(applied.map(({ fieldManager }) => fieldManager)).not.toContain('livekit-gke-rollback');
  });

  test('does nothing where automated sync stays on', async () => {
    const { client, applied } = argoCd([application(bad)]);
    await expect(rollback(client)).rejects.toMatchObject({ code: 'LK-ARGO-017' });
    expect(applied.map(({ manifest }) => manifest['operation'])).toEqual([undefined, undefined]);
  });

  test('is resumed by giving up what it owned', async () => {
    const { client, applied } = argoCd([application(at(NEW))]);
    expect((await resumeApplication(client, options())).status).toBe('deployed');
    expect(applied[0]).toMatchObject({
      fieldManager: 'livekit-gke-pause',
      manifest: { metadata: { name: 'messaging-service' } },
    });
    expect(applied[0]?.manifest['spec']).toBeUndefined();
  });
});

test.each([
  ['https://github.com/nova/messaging', true],
  ['git@github.com:nova/messaging.git', true],
  ['https://github.com/Nova/Messaging.git', true],
  ['https://github.com/nova/messaging-deploy', false],
])('the job’s own repository is told by its address: %s is %s', (url, expected) => {
  expect(isOwnRepository(application(), url)).toBe(expected);
});
