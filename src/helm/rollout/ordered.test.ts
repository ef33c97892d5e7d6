import type { Kubernetes } from '../../kubernetes/client.ts';
import { controllerRevisions, daemonSets, pods, statefulSets } from '../../kubernetes/resources.ts';
import { deploymentsOf, readWorkloadName } from '../workloads.ts';
import { makeRoom } from './make-room.ts';
import { isSettled, observe } from './observe.ts';
import { judge } from './verdict.ts';

const metadata = (name: string, more: object = {}) => ({
  name,
  uid: name,
  creationTimestamp: '2026-11-21T09:00:00Z',
  generation: 2,
  ...more,
});
const owner = (kind: string, uid: string) => ({ ownerReferences: [{ kind, name: uid, uid }] });

function pod(
  name: string,
  revision: string,
  more: { ready?: boolean; kind?: string; deletionTimestamp?: string } = {},
) {
  const { ready = true, kind = 'StatefulSet', ...rest } = more;
  return pods.schema.parse({
    metadata: metadata(name, { labels: { 'controller-revision-hash': revision }, ...owner(kind, 'set'), ...rest }),
    spec: { containers: [{ name: 'c' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
}

const template = { spec: { containers: [{ name: 'c' }] } };

function clusterWith(set: object, list: object[], revisions: object[] = []) {
  const ended: string[] = [];
  const client = {
    get: async () => set,
    list: async ({ kind }: { kind: string }) =>
      kind === 'Pod' ? list : kind === 'ControllerRevision' ? revisions : [],
    end: async (_namespace: string, name: string) => void ended.push(name),
  } as unknown as Kubernetes;
  return { client, ended };
}

const statefulSet = (spec: object = {}, status: object = {}) =>
  statefulSets.schema.parse({
    metadata: metadata('set'),
    spec: { replicas: 2, selector: { matchLabels: { app: 'x' } }, template, ...spec },
    status: { observedGeneration: 2, updateRevision: 'r2', ...status },
  });

async function look(set: object, list: object[], revisions: object[] = [], name = 'StatefulSet/set') {
  const observation = await observe(clusterWith(set, list, revisions).client, 'livekit', name, new Date());
  if (observation === undefined) throw new Error('it is there');
  return observation;
}

describe('a StatefulSet', () => {
  test('is there when all its pods are of the revision that it goes to', async () => {
    const seen = await look(statefulSet(), [pod('set-0', 'r2'), pod('set-1', 'r2')]);
    expect(isSettled(seen)).toBe(true);
    expect(judge(seen, undefined, { settledSeconds: 0, isOver: false })).toEqual({ state: 'deployed' });
  });

  test('is not while one is of an earlier revision', async () => {
    const seen = await look(statefulSet(), [pod('set-0', 'r1'), pod('set-1', 'r2')]);
    expect(seen.oldPods.map(({ metadata: { name } }) => name)).toEqual(['set-0']);
    expect(isSettled(seen)).toBe(false);
  });

  test('is not while one is not ready, or missing', async () => {
    expect(isSettled(await look(statefulSet(), [pod('set-0', 'r2'), pod('set-1', 'r2', { ready: false })]))).toBe(
      false,
    );
    expect(isSettled(await look(statefulSet(), [pod('set-0', 'r2')]))).toBe(false);
  });

  test('is not while its controller has not seen the template: its revision is the old one’s', async () => {
    const seen = await look(statefulSet({}, { observedGeneration: 1, updateRevision: 'r1' }), [
      pod('set-0', 'r1'),
      pod('set-1', 'r1'),
    ]);
    expect(seen).toMatchObject({ current: undefined, newPods: [] });
    expect(isSettled(seen)).toBe(false);
  });

  test('leaves pods below its partition as they are', async () => {
    const set = statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } });
    expect(isSettled(await look(set, [pod('set-0', 'r1'), pod('set-1', 'r2')]))).toBe(true);
    expect(isSettled(await look(set, [pod('set-0', 'r1'), pod('set-1', 'r1')]))).toBe(false);
  });

  test('that is updated by hand has no rollout to wait for', async () => {
    const set = statefulSet({ updateStrategy: { type: 'OnDelete' } });
    expect(isSettled(await look(set, [pod('set-0', 'r1'), pod('set-1', 'r1')]))).toBe(true);
  });

  test('a pod of it that failed is ended in a rollback, since it waits for it for ever', async () => {
    const { client, ended } = clusterWith(statefulSet(), [pod('set-0', 'r2'), pod('set-1', 'bad', { ready: false })]);
    const assist = makeRoom(client, 'livekit');
    const seen = await observe(client, 'livekit', 'StatefulSet/set', new Date());
    if (seen === undefined) throw new Error('it is there');
    await assist(seen);
    await assist(seen);
    expect(ended).toEqual(['set-1']);
  });
});

describe('a DaemonSet', () => {
  const set = daemonSets.schema.parse({
    metadata: metadata('set'),
    spec: { selector: { matchLabels: { app: 'x' } }, template },
    status: { observedGeneration: 2, desiredNumberScheduled: 2 },
  });
  const revision = (hash: string, number: number, uid = 'set') =>
    controllerRevisions.schema.parse({
      metadata: metadata(`set-${hash}`, { labels: { 'controller-revision-hash': hash }, ...owner('DaemonSet', uid) }),
      revision: number,
    });
  const revisions = [revision('b', 2), revision('a', 1), revision('other', 9, 'another')];
  const of = (name: string, hash: string) => pod(name, hash, { kind: 'DaemonSet' });

  test('is there when as many nodes as it wants have a pod of its newest revision', async () => {
    expect(isSettled(await look(set, [of('x', 'b'), of('y', 'b')], revisions, 'DaemonSet/set'))).toBe(true);
    expect(isSettled(await look(set, [of('x', 'b')], revisions, 'DaemonSet/set'))).toBe(false);
    expect(isSettled(await look(set, [of('x', 'b'), of('y', 'a')], revisions, 'DaemonSet/set'))).toBe(false);
  });
});

test('one that is not there is undefined', async () => {
  const client = { get: async () => undefined } as unknown as Kubernetes;
  expect(await observe(client, 'livekit', 'DaemonSet/set', new Date())).toBeUndefined();
});

test('a release’s workloads of all three kinds are found', async () => {
  const manifest = ['Deployment', 'StatefulSet', 'DaemonSet', 'Service']
    .map((kind) => `kind: ${kind}\nmetadata: {name: x}\n`)
    .join('---\n');
  const names = await deploymentsOf(manifest);
  expect(names).toEqual(['x', 'StatefulSet/x', 'DaemonSet/x']);
  expect(names.map(readWorkloadName).map(({ kind }) => kind)).toEqual(['Deployment', 'StatefulSet', 'DaemonSet']);
});
