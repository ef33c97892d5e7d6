import { jest } from '@jest/globals';
import { kubernetesFailures } from '../../kubernetes/failures.ts';
import { clusterOf } from './cluster.fixture.ts';
import { ending, seen } from './observation.fixture.ts';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: (line: string) => lines.push(line.trim()),
  setSecret: () => undefined,
}));
const { follow } = await import('./follow.ts');

beforeEach(() => lines.splice(0));

const following = { namespace: 'livekit', deployment: 'livekit-server', pollSeconds: 0.001 };

test('a line is said for each change and none twice', async () => {
  const starting = seen('missing-secret');
  const ready = seen('ready');
  const { client } = clusterOf({ ...starting, events: [] }, { ...starting, events: [] }, ready);
  const { verdict } = await follow({ ...following, client, timeoutSeconds: 5 });
  expect(verdict).toEqual({ state: 'deployed' });
  expect(lines.map((line) => line.replace(/^\d+ s +/, ''))).toEqual([
    expect.stringMatching(/^new pod livekit-server-\S+ on gke-livekit-dev-2: starting$/),
    '0 of 1 new pods ready',
    expect.stringMatching(/^new pod livekit-server-\S+ on gke-livekit-dev-\d: ready$/),
    '1 of 1 new pods ready',
  ]);
});

test('a cause that passes by itself is forgiven', async () => {
  const { client } = clusterOf(seen('image'), seen('ready'));
  expect((await follow({ ...following, client, timeoutSeconds: 5 })).verdict).toEqual({ state: 'deployed' });
});

test('a sure cause ends the wait before the time is over', async () => {
  const { client } = clusterOf(seen('liveness'));
  const { verdict, durationSeconds } = await follow({ ...following, client, timeoutSeconds: 60 });
  expect(verdict).toMatchObject({ state: 'failed', cause: { kind: 'crash' } });
  expect(durationSeconds).toBeLessThan(5);
});

test('old pods that have calls do not make it a failure', async () => {
  const ready = seen('ready');
  const { client } = clusterOf({ ...ready });
  const list = client.list;
  // The old pod belongs to an earlier ReplicaSet of the same Deployment.
  const [old] = ending(ready);
  if (old === undefined || ready.current === undefined) throw new Error('the fixture has a pod');
  const earlier = { ...ready.current, metadata: { ...ready.current.metadata, uid: 'earlier', annotations: {} } };
  const oldPod = {
    ...old,
    metadata: { ...old.metadata, ownerReferences: [{ kind: 'ReplicaSet', name: 'e', uid: 'earlier' }] },
  };
  client.list = async (kind, ...rest) => {
    const found = await list(kind, ...rest);
    if (kind.kind === 'ReplicaSet') return [...found, earlier] as never[];
    return (kind.kind === 'Pod' ? [...found, oldPod] : found) as never[];
  };
  const { verdict, observation } = await follow({ ...following, client, timeoutSeconds: 0.02 });
  expect(verdict).toEqual({ state: 'draining' });
  expect(observation?.oldPods.map(({ metadata }) => metadata.name)).toEqual([old.metadata.name]);
});

test('a control plane that is away for a while does not fail the rollout', async () => {
  const { client } = clusterOf(seen('ready'));
  const get = client.get;
  let times = 0;
  client.get = (...args) => {
    times++;
    return times < 3
      ? Promise.reject(kubernetesFailures.failure('unreachable', { what: 'It is away.' }))
      : get(...args);
  };
  expect((await follow({ ...following, client, timeoutSeconds: 5 })).verdict).toEqual({ state: 'deployed' });
  expect(lines.filter((line) => line.includes('It is away.'))).toHaveLength(2);
});

test.each([
  [3, 'deployed'],
  [100, undefined],
])('a control plane that refuses %d times, as one does that has not read its roles yet', async (refusals, state) => {
  const { client } = clusterOf(seen('ready'));
  const get = client.get;
  let times = 0;
  client.get = (...args) =>
    times++ < refusals
      ? Promise.reject(kubernetesFailures.failure('forbidden', { what: 'You may not.' }))
      : get(...args);
  const following_ = follow({ ...following, client, timeoutSeconds: 5 });
  if (state === undefined) await expect(following_).rejects.toThrow('You may not.');
  else expect((await following_).verdict).toEqual({ state });
});

test('a Deployment that never comes is a failure at the end of the time', async () => {
  const { client } = clusterOf();
  expect(await follow({ ...following, client, timeoutSeconds: 0.02 })).toMatchObject({
    verdict: { state: 'failed', cause: undefined },
    observation: undefined,
  });
});

test('a cancelled job stops following', async () => {
  const { client } = clusterOf(seen('unschedulable'));
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(new Error('cancelled')), 20);
  await expect(follow({ ...following, client, timeoutSeconds: 60, signal: cancel.signal })).rejects.toThrow();
});
