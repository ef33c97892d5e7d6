import { seen } from '../rollout/observation.fixture.ts';
import type { Observation } from '../rollout/observe.ts';
import { findCause } from './find.ts';

test('a rollout that is well has no cause', () => {
  expect(findCause(seen('ready'))).toBeUndefined();
});

test('an image that cannot be pulled is named, with the node that tried and the innermost words', () => {
  const cause = findCause(seen('image'));
  expect(cause).toMatchObject({ kind: 'image' });
  expect(cause?.what).toMatch(
    /^The image livekit\/livekit-server:v9\.9\.9 cannot be pulled on the node gke-livekit-dev-2 \(pod livekit-server-\S+\): failed to do request: Head registry-1\.docker\.io: .*network is unreachable\.$/,
  );
});

test('a missing Secret is named by its volume’s event', () => {
  expect(findCause(seen('missing-secret'))).toMatchObject({
    kind: 'missingObject',
    what: expect.stringMatching(/on gke-livekit-dev-2: the Secret livekit-keys does not exist\.$/) as string,
  });
});

test('a container that the liveness check restarts is told from one that ends by itself', () => {
  const observation = seen('liveness');
  expect(findCause(observation)).toMatchObject({
    kind: 'crash',
    patienceSeconds: 0,
    container: 'livekit-server',
    what: expect.stringContaining('does not answer its liveness check (2 times so far)') as string,
  });
  expect(findCause({ ...observation, events: [] })?.what).toContain('ends with exit code 0 after its start');
});

test('a first crash is given time', () => {
  const observation = seen('liveness');
  for (const status of observation.newPods[0]?.status.containerStatuses ?? []) status.restartCount = 1;
  expect(findCause(observation)).toMatchObject({ kind: 'crash', patienceSeconds: 120 });
});

test('want of memory is told as such', () => {
  const observation = seen('liveness');
  for (const status of observation.newPods[0]?.status.containerStatuses ?? []) {
    status.state = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
  }
  expect(findCause(observation)).toMatchObject({
    what: expect.stringContaining('for want of memory') as string,
    fix: expect.stringContaining('limits.memory') as string,
  });
});

test('a pod that no node takes is explained in the scheduler’s words, without its preemption arithmetic', () => {
  const cause = findCause(seen('unschedulable'));
  expect(cause).toMatchObject({ kind: 'unschedulable', patienceSeconds: 300 });
  expect(cause?.what).toMatch(
    /^No node takes the pod livekit-server-\S+: 0\/3 nodes are available: 1 node\(s\) didn't have free ports/,
  );
  expect(cause?.what).not.toContain('preemption');
});

test.each([
  ['TriggeredScaleUp', Infinity, 'No node takes'],
  ['NotTriggerScaleUp', 300, 'The autoscaler adds no node: max node group size reached.'],
])('the autoscaler’s %s counts', (reason, patienceSeconds, words) => {
  const observation = seen('unschedulable');
  const uid = observation.newPods.at(-1)?.metadata.uid ?? '';
  const event = {
    metadata: { name: 'e' },
    type: 'Normal',
    reason,
    message: 'max node group size reached',
    involvedObject: { kind: 'Pod', name: 'p', uid },
  };
  const cause = findCause({ ...observation, events: [...observation.events, event] });
  expect(cause).toMatchObject({ patienceSeconds, what: expect.stringContaining(words) as string });
});

test.each([
  ['secret "livekit-keys" not found', 'the Secret livekit-keys does not exist'],
  ['configmap "livekit-server" not found', 'the ConfigMap livekit-server does not exist'],
  [
    "couldn't find key config.yaml in ConfigMap livekit/livekit-server",
    'the ConfigMap livekit/livekit-server has no entry config.yaml',
  ],
])('a container that waits for its configuration: %s', (message, words) => {
  const observation = withWaiting(seen('liveness'), { reason: 'CreateContainerConfigError', message });
  expect(findCause(observation)).toMatchObject({
    kind: 'missingObject',
    what: expect.stringContaining(words) as string,
  });
});

test('pods that the cluster refuses to create are explained in its words', () => {
  const observation = seen('ready');
  const condition = {
    type: 'ReplicaFailure',
    status: 'True',
    message: 'pods "livekit-server-x" is forbidden: exceeded quota: pods=1',
  };
  const { current } = observation;
  if (current === undefined) throw new Error('the fixture has a ReplicaSet');
  expect(
    findCause({ ...observation, newPods: [], current: { ...current, status: { conditions: [condition] } } }),
  ).toMatchObject({
    kind: 'refused',
    what: expect.stringContaining('exceeded quota') as string,
  });
});

test('a running container whose check fails is the last of all causes, and only the time-out judges it', () => {
  const observation = withWaiting(seen('liveness'), undefined);
  expect(findCause(observation)).toMatchObject({ kind: 'probe', patienceSeconds: Infinity });
});

function withWaiting(observation: Observation, waiting: { reason: string; message: string } | undefined): Observation {
  for (const status of observation.newPods[0]?.status.containerStatuses ?? []) {
    status.state = waiting === undefined ? { running: { startedAt: null } } : { waiting };
    status.lastState = {};
  }
  return observation;
}
