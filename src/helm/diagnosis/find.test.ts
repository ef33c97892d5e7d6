import { seen } from '../rollout/observation.fixture.ts';
import type { Observation } from '../rollout/observe.ts';
import { findCause } from './find.ts';
import { explained } from './last-words.ts';

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

test.each([
  [
    'pods "livekit-server-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=3, limited: pods=3',
    'quota',
    'The quota compute leaves no room for pods of livekit-server: requested: pods=1, used: pods=3, limited: pods=3.',
  ],
  [
    'admission webhook "validate.kyverno.svc-fail" denied the request: host ports are not allowed',
    'webhook',
    'The webhook validate.kyverno.svc-fail refuses pods of livekit-server: host ports are not allowed.',
  ],
  [
    'Internal error occurred: failed calling webhook "pods.company.com": failed to call webhook: Post "https://gate.x.svc:443/": context deadline exceeded',
    'webhook',
    'does not answer: Post "https://gate.x.svc:443/": context deadline exceeded.',
  ],
  ['pods "x" is forbidden: violates PodSecurity "baseline:latest"', 'refused', 'violates PodSecurity'],
])('pods that the cluster refuses to create: %s', (message, kind, words) => {
  const observation = seen('ready');
  const condition = { type: 'ReplicaFailure', status: 'True', message };
  const { current } = observation;
  if (current === undefined) throw new Error('the fixture has a ReplicaSet');
  expect(
    findCause({ ...observation, newPods: [], current: { ...current, status: { conditions: [condition] } } }),
  ).toMatchObject({ kind, what: expect.stringContaining(words) as string });
});

test('a StatefulSet says in an event only why it makes no pods', () => {
  const observation = seen('ready');
  const { deployment } = observation;
  const event = about(deployment.metadata.uid, 'FailedCreate', 'exceeded quota: q, requested: pods=1');
  const current = {
    metadata: deployment.metadata,
    spec: { replicas: 1, template: { digest: '' } },
    status: { conditions: [] },
  };
  expect(findCause({ ...observation, current, newPods: [], events: [event] })).toMatchObject({ kind: 'quota' });
});

test('a node that was lost is told before what its pod said last, and only the time-out judges it', () => {
  const observation = seen('liveness');
  const uid = observation.newPods[0]?.metadata.uid ?? '';
  const lost = about(uid, 'NodeNotReady', 'Node is not ready');
  expect(findCause({ ...observation, events: [...observation.events, lost] })).toMatchObject({
    kind: 'nodeLost',
    patienceSeconds: Infinity,
    what: expect.stringMatching(/^The node gke-livekit-dev-\d no longer reports/) as string,
  });
  const back = about(uid, 'Unhealthy', 'Readiness probe failed');
  expect(findCause({ ...observation, events: [lost, back] })).not.toMatchObject({ kind: 'nodeLost' });
});

test('a node that was lost before it took the pod up, of which no event tells', () => {
  const observation = seen('liveness');
  const node = observation.newPods[0]?.spec.nodeName ?? '';
  expect(findCause({ ...observation, silentNodes: [node] })).toMatchObject({ kind: 'nodeLost' });
  expect(findCause({ ...observation, silentNodes: ['another'] })).not.toMatchObject({ kind: 'nodeLost' });
});

test('an entry of a Secret that a mount wants is missing', () => {
  const message = 'failed to prepare subPath for volumeMount "keys-volume" of container "livekit-server"';
  expect(findCause(withWaiting(seen('liveness'), { reason: 'CreateContainerConfigError', message }))).toMatchObject({
    kind: 'missingObject',
    what: expect.stringContaining('its mount keys-volume lacks the entry') as string,
  });
});

// As livekit-server 1.11 ends.
test.each([
  [
    'unable to connect to redis: dial tcp 127.0.0.1:1: connect: connection refused',
    /does not reach its Redis \(dial tcp/,
  ],
  ['key file others permissions must be set to 0', /the entry that `livekit.key_file` names/],
  ['stat /keys/no.yaml: no such file or directory', /the file \/keys\/no\.yaml is not there/],
  ['listen tcp 127.0.0.1:17890: bind: address already in use', /port 17890\/tcp is taken/],
])('a crash is explained by the server’s last words: %s', (line, words) => {
  const crash = findCause(seen('liveness'));
  if (crash === undefined) throw new Error('the fixture has a crash');
  const told = explained(crash, `INFO livekit starting\n${line}`);
  expect(told.what).toMatch(words);
  expect(told.fix).toMatch(/\w/);
  expect(told.fix).not.toBe(crash.fix);
  expect(explained(crash, 'INFO livekit starting')).toBe(crash);
});

function about(uid: string, reason: string, message: string): Observation['events'][number] {
  return { metadata: { name: 'e' }, type: 'Warning', reason, message, involvedObject: { kind: 'Pod', name: 'p', uid } };
}

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
