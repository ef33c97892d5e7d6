import { clusterOf } from './cluster.fixture.ts';
import { makeRoom } from './make-room.ts';
import { ending, seen } from './observation.fixture.ts';

const failedPods = seen('image').newPods;
const failedSet = failedPods[0]?.metadata.ownerReferences[0]?.name ?? '';

async function scaledFor(observation: ReturnType<typeof seen>, times = 1): Promise<string[]> {
  const { client, scaled } = clusterOf(observation);
  const assist = makeRoom(client, 'livekit');
  for (let look = 0; look < times; look++) await assist(observation);
  return scaled;
}

test('failed pods that hold the node of a good one are ended, once', async () => {
  expect(await scaledFor({ ...seen('unschedulable'), oldPods: failedPods }, 3)).toEqual([
    `ReplicaSet ${failedSet} to 0`,
  ]);
});

test('not while every good pod has its node: Kubernetes gets on by itself', async () => {
  expect(await scaledFor({ ...seen('ready'), oldPods: failedPods })).toEqual([]);
});

test('never those of a template that has a ready pod, since it may have calls', async () => {
  const serving = seen('ready').newPods.map((pod) => ({
    ...pod,
    metadata: { ...pod.metadata, ownerReferences: failedPods[0]?.metadata.ownerReferences ?? [] },
  }));
  expect(await scaledFor({ ...seen('unschedulable'), oldPods: [...failedPods, ...serving] })).toEqual([]);
});

test('nor those that are ending anyway', async () => {
  expect(await scaledFor({ ...seen('unschedulable'), oldPods: ending(seen('image')) })).toEqual([]);
});
