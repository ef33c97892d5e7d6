import type { Cause } from '../diagnosis/cause.ts';
import { ending, seen } from './observation.fixture.ts';
import { clusterOf } from './cluster.fixture.ts';
import { isSettled, observe } from './observe.ts';
import { describePod, describeRollout } from './describe.ts';
import { judge, LAST_PODS_SECONDS } from './verdict.ts';

const cause = (kind: Cause['kind'], patienceSeconds: number): Cause => ({
  kind,
  what: '',
  patienceSeconds,
  pod: undefined,
});

const early = { settledSeconds: 0, isOver: false };
const late = { settledSeconds: LAST_PODS_SECONDS, isOver: false };
const over = { settledSeconds: 0, isOver: true };

test('all new pods ready and no old one left is deployed', () => {
  expect(judge(seen('ready'), undefined, early)).toEqual({ state: 'deployed' });
});

test('old pods without calls are gone in a moment, and waited for', () => {
  const ready = seen('ready');
  const [pod] = ending(ready);
  if (pod === undefined) throw new Error('there is one');
  const toldAgo = (seconds: number) => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      deletionGracePeriodSeconds: 18_000,
      deletionTimestamp: new Date(ready.at.getTime() + (18_000 - seconds) * 1000).toISOString(),
    },
  });
  const verdict = (seconds: number) => judge({ ...ready, oldPods: [toldAgo(seconds)] }, undefined, early);
  expect(verdict(4)).toEqual({ state: 'progressing' });
  // An earlier run has waited.
  expect(verdict(LAST_PODS_SECONDS)).toEqual({ state: 'draining' });
});

test('those that have calls are not: it is draining', () => {
  const ready = seen('ready');
  expect(judge({ ...ready, oldPods: ending(ready) }, undefined, late)).toEqual({ state: 'draining' });
});

test('one that serves on before its end is not waited for: whether it has calls is asked', () => {
  const ready = seen('ready');
  const oldPods = ending(ready).map((pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map((each) => ({ ...each, lifecycle: { preStop: { sleep: { seconds: 20 } } } })),
    },
  }));
  expect(judge({ ...ready, oldPods }, undefined, early)).toEqual({ state: 'draining' });
});

test('an ending pod that is not ready has no calls: its node is lost, or it was never good', () => {
  expect(judge({ ...seen('ready'), oldPods: ending(seen('liveness')) }, undefined, late)).toEqual({
    state: 'deployed',
  });
});

test('an old pod that still serves is no end', () => {
  const ready = seen('ready');
  expect(judge({ ...ready, oldPods: ready.newPods }, undefined, early)).toEqual({ state: 'progressing' });
});

test('a template that the controller has not seen yet is no end, though all pods are ready', () => {
  expect(isSettled({ ...seen('ready'), current: undefined })).toBe(false);
});

test('pods of the old template are not taken for new ones while the controller has only seen the new number of replicas', async () => {
  const ready = seen('ready');
  ready.deployment.spec.template.digest = 'the next one';
  const { client } = clusterOf(ready);
  const look = await observe(client, 'livekit', 'livekit-server', new Date());
  expect(look).toMatchObject({ current: undefined, newPods: [], oldPods: ready.newPods });
});

test('one replica too few is no end', () => {
  const ready = seen('ready');
  ready.deployment.spec.replicas = 2;
  expect(isSettled(ready)).toBe(false);
});

test('a cause is given its own time', () => {
  const image = cause('image', 25);
  expect(judge(seen('image'), { cause: image, sinceSeconds: 24 }, early)).toEqual({ state: 'progressing' });
  expect(judge(seen('image'), { cause: image, sinceSeconds: 25 }, early)).toEqual({ state: 'failed', cause: image });
});

test('at the end of the time whatever stands in the way is the cause', () => {
  const probe = cause('probe', Infinity);
  expect(judge(seen('liveness'), { cause: probe, sinceSeconds: 900 }, over)).toEqual({ state: 'failed', cause: probe });
  expect(judge(seen('liveness'), undefined, over)).toEqual({ state: 'failed', cause: undefined });
});

test('a new pod that waits for the ports of a draining one is no failure', () => {
  const observation = { ...seen('unschedulable'), oldPods: ending(seen('ready')) };
  const waits = { cause: cause('unschedulable', 300), sinceSeconds: 100 };
  expect(judge(observation, waits, over)).toEqual({ state: 'draining' });
  // Nor when it has waited for as long as a new node would take: calls last longer.
  expect(judge(observation, { ...waits, sinceSeconds: 299 }, early)).toEqual({ state: 'progressing' });
  expect(judge(observation, { ...waits, sinceSeconds: 300 }, early)).toEqual({ state: 'draining' });
});

test('but an old pod that is no longer ready drains nothing', () => {
  const observation = { ...seen('unschedulable'), oldPods: ending(seen('liveness')) };
  const waits = { cause: cause('unschedulable', 300), sinceSeconds: 100 };
  expect(judge(observation, waits, over)).toMatchObject({ state: 'failed' });
});

test.each([
  ['ready', 'ready'],
  ['image', 'its image cannot be pulled: failed to do request: Head registry-1.docker.io: '],
  ['liveness', 'not ready yet (ended 2 times before)'],
  ['unschedulable', 'pending: 0/3 nodes are available: '],
  ['missing-secret', 'starting'],
] as const)('a pod of %s is described in a few words', (name, words) => {
  const pod = seen(name).newPods.at(-1);
  if (pod === undefined) throw new Error('the fixture has a pod');
  expect(describePod(pod)).toContain(words);
});

test('the rollout is counted in one line', () => {
  const ready = seen('ready');
  expect(describeRollout({ ...ready, oldPods: [...ready.newPods, ...ending(ready)] })).toBe(
    '1 of 1 new pods ready, 1 old serving, 1 old ending',
  );
});
