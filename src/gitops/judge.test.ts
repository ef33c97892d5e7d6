import { application, at, NEW, OLD } from './application.fixture.ts';
import { judge } from './judge.ts';
import { historyTarget, judgeRollback } from './rollback.ts';

const expected = (revision: string | undefined, closed?: string) => ({ revision, closed });
const obstacle = (...args: Parameters<typeof judge>) => {
  const found = judge(...args);
  return found.state === 'waiting' ? found.obstacle : undefined;
};

describe('an application', () => {
  test('is ready when it is Synced and Healthy at the commit, and not before', () => {
    expect(judge(application(at(NEW)), expected(NEW))).toEqual({ state: 'ready', overtaken: false });
    expect(judge(application(at(NEW)), expected(NEW.slice(0, 8)))).toMatchObject({ state: 'ready' });
    expect(judge(application(), expected(undefined))).toMatchObject({ state: 'ready' });
    // The Synced of an earlier commit says nothing.
    expect(obstacle(application(), expected(NEW))).toMatchObject({ kind: 'notSeen', patienceSeconds: Infinity });
  });

  test('is not ready while a sync runs or is asked for', () => {
    const operationState = { phase: 'Running', startedAt: '2026-11-21T09:00:00Z' };
    expect(judge(application({ ...at(NEW), operationState }), expected(NEW))).toMatchObject({ state: 'waiting' });
    expect(judge(application(at(NEW), { operation: { sync: {} } }), expected(NEW))).toMatchObject({ state: 'waiting' });
  });

  test('that a later commit has overtaken is ready when that one is', () => {
    const history = [
      { id: 0, revision: OLD },
      { id: 1, revision: NEW },
    ];
    expect(judge(application({ ...at(NEW), history }), expected(OLD))).toEqual({ state: 'ready', overtaken: true });
    const sick = application({ ...at(NEW), history, health: { status: 'Degraded' } });
    expect(obstacle(sick, expected(OLD))?.kind).toBe('degraded');
  });

  test.each([
    ['authentication required', 'credentials'],
    [
      'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = authentication required: Repository not found.',
      'credentials',
    ],
    ['rpc error: code = Internal desc = failed to fetch: dial tcp: lookup git.nova.local: no such host', 'repository'],
    ['rpc error: code = Unknown desc = deploy: app path does not exist', 'comparison'],
    [
      'connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:8081: connect: connection refused"',
      'comparison',
    ],
  ])('that cannot be compared names the cause: %s', (message, kind) => {
    const conditions = [{ type: 'ComparisonError', message }];
    expect(obstacle(application({ ...at(NEW, 'Unknown'), conditions }), expected(NEW))?.kind).toBe(kind);
  });

  test('has longer time where the error may be an earlier commit’s', () => {
    const conditions = [{ type: 'ComparisonError', message: 'deploy: app path does not exist' }];
    const patience = (revision: string) =>
      obstacle(application({ ...at(revision, 'Unknown'), conditions }), expected(NEW))?.patienceSeconds;
    expect(patience(OLD)).toBeGreaterThan(patience(NEW) ?? Infinity);
  });

  test('that its project does not permit', () => {
    const conditions = [
      { type: 'InvalidSpecError', message: 'application repo https://x is not permitted in project y' },
    ];
    expect(obstacle(application({ conditions }), expected(NEW))?.kind).toBe('spec');
  });

  const failed = {
    ...at(NEW, 'OutOfSync'),
    operationState: {
      phase: 'Failed',
      message: 'one or more objects failed to apply',
      operation: { sync: { revision: NEW } },
      syncResult: {
        revision: NEW,
        resources: [
          { kind: 'Service', name: 'messaging-service', status: 'Synced' },
          {
            kind: 'Deployment',
            name: 'messaging-service',
            status: 'SyncFailed',
            message: 'spec.replicas: Invalid value: -1',
          },
        ],
      },
    },
  };
  test('whose sync failed names the object and the server’s words', () => {
    expect(obstacle(application(failed), expected(NEW))).toMatchObject({
      kind: 'syncFailed',
      what: 'The sync of messaging-service to 22222222 failed: Deployment messaging-service: spec.replicas: Invalid value: -1.',
    });
  });

  test('whose sync of an earlier commit failed is not judged by it', () => {
    expect(obstacle(application({ ...failed, ...at(OLD, 'OutOfSync') }), expected(OLD))?.kind).not.toBe('syncFailed');
  });

  test('that tries again has a minute more', () => {
    const retrying = { ...failed, operationState: { ...failed.operationState, phase: 'Running', retryCount: 2 } };
    expect(obstacle(application(retrying), expected(NEW))).toMatchObject({
      kind: 'syncFailed',
      patienceSeconds: 60,
      what: expect.stringContaining('(after 2 retries)') as unknown,
    });
  });

  test('whose sync a window holds up names it', () => {
    const operationState = {
      phase: 'Running',
      message: 'Sync operation blocked by sync window',
      operation: { sync: { revision: NEW } },
    };
    expect(obstacle(application({ ...at(NEW, 'OutOfSync'), operationState }), expected(NEW))?.kind).toBe('window');
  });

  const behind = {
    ...at(NEW, 'OutOfSync'),
    resources: [{ kind: 'Deployment', name: 'messaging-service', status: 'OutOfSync' }],
  };
  test.each([
    ['manual sync', { spec: { syncPolicy: {} } }, undefined, 'manualSync'],
    [
      'automated sync that is switched off',
      { spec: { syncPolicy: { automated: { enabled: false } } } },
      undefined,
      'manualSync',
    ],
    [
      'a rollback that paused it',
      { spec: { syncPolicy: {} }, metadata: { annotations: { 'livekit-gke/sync-paused': 'by ada' } } },
      undefined,
      'paused',
    ],
    ['a window', {}, 'the window denies syncs', 'window'],
  ])('that is OutOfSync names %s', (_what, more, closed, kind) => {
    expect(obstacle(application(behind, more), expected(NEW, closed))?.kind).toBe(kind);
  });

  test('that only lacks a deletion names it', () => {
    const kept = { kind: 'Deployment', name: 'messaging-service', status: 'Synced' };
    const resources = [kept, { kind: 'Service', name: 'old', status: 'OutOfSync', requiresPruning: true }];
    expect(obstacle(application({ ...at(NEW, 'OutOfSync'), resources }), expected(NEW))).toMatchObject({
      kind: 'prune',
      what: expect.stringContaining('Service old would have to be deleted') as unknown,
    });
  });

  test('of a commit that has nothing left is not wiped out, and says so', () => {
    const resources = [{ kind: 'Service', name: 'messaging-service', status: 'OutOfSync', requiresPruning: true }];
    expect(obstacle(application({ ...at(NEW, 'OutOfSync'), resources }), expected(NEW))).toMatchObject({
      kind: 'comparison',
      what: expect.stringContaining('no manifest that Argo CD can read') as unknown,
    });
  });

  test('that was synced and is OutOfSync again is changed by somebody', () => {
    const operationState = { phase: 'Succeeded', syncResult: { revision: NEW } };
    expect(obstacle(application({ ...behind, operationState }), expected(NEW))?.kind).toBe('drift');
    expect(obstacle(application(behind), expected(NEW))).toBeUndefined();
  });

  test('that is not well yet asks the pods', () => {
    expect(judge(application({ ...at(NEW), health: { status: 'Progressing' } }), expected(NEW))).toEqual({
      state: 'waiting',
      looks: true,
    });
    expect(judge(application({ ...at(NEW), health: { status: 'Degraded' } }), expected(NEW))).toMatchObject({
      looks: true,
      obstacle: { kind: 'degraded' },
    });
  });
});

describe('going back', () => {
  const source = { repoURL: 'https://github.com/nova/messaging.git' };
  const history = [
    { id: 3, revision: '0'.repeat(40), source },
    { id: 4, revision: OLD, source },
    { id: 5, revision: NEW, source },
    { id: 6, revision: NEW, source },
  ];
  const seen = application({ ...at(NEW), history });

  test.each([
    ['the last other one', undefined, 4],
    ['a number', '3', 3],
    ['a commit', OLD, 4],
    ['the beginning of one', '11111111', 4],
  ])('finds %s', (_what, wanted, id) => expect(historyTarget(seen, wanted).id).toBe(id));

  test.each(['6', '9', 'abcdef01'])('%s is not there, and what is there is told', (wanted) => {
    expect(() => historyTarget(seen, wanted)).toThrow(
      /no earlier revision .* Its history has 3 \(00000000\), 4 \(11111111\)/,
    );
  });

  const rolled = (operationState: object | undefined, health = 'Healthy') =>
    judgeRollback(
      application({ ...at(NEW, 'OutOfSync'), operationState, health: { status: health } }),
      [OLD],
      'before',
    );

  test('is done when its own sync succeeded and the pods are well, though git has another commit', () => {
    expect(rolled({ phase: 'Succeeded', startedAt: 'before' })).toMatchObject({ state: 'waiting' });
    expect(rolled({ phase: 'Running', startedAt: 'after' })).toMatchObject({ state: 'waiting' });
    expect(rolled({ phase: 'Succeeded', startedAt: 'after' }, 'Progressing')).toMatchObject({
      state: 'waiting',
      looks: true,
    });
    expect(rolled({ phase: 'Succeeded', startedAt: 'after' })).toEqual({ state: 'ready', overtaken: false });
    expect(rolled({ phase: 'Failed', startedAt: 'after', message: 'no' })).toMatchObject({
      obstacle: { kind: 'syncFailed' },
    });
  });
});
