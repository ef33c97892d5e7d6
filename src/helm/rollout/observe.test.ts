import { kubernetesFailures } from '../../kubernetes/failures.ts';
import { clusterOf } from './cluster.fixture.ts';
import { seen } from './observation.fixture.ts';
import { observe } from './observe.ts';

const waiting = seen('liveness');
const node = waiting.newPods[0]?.spec.nodeName ?? '';
const created = Date.parse(waiting.newPods[0]?.metadata.creationTimestamp ?? '');

/** Looks so many seconds after the pod was made, at a cluster whose node answers so. */
async function silentAfter(seconds: number, answer: () => Promise<unknown>): Promise<readonly string[] | undefined> {
  const { client } = clusterOf(waiting);
  const { get } = client;
  client.get = (kind, namespace, name) => (kind.kind === 'Node' ? (answer() as never) : get(kind, namespace, name));
  return (await observe(client, 'livekit', 'livekit-server', new Date(created + seconds * 1000)))?.silentNodes;
}

const nodeWith = (status: string) => () => Promise.resolve({ status: { conditions: [{ type: 'Ready', status }] } });

test('a node that no longer reports, under a pod that waits', async () => {
  expect(await silentAfter(60, nodeWith('Unknown'))).toEqual([node]);
  expect(await silentAfter(60, nodeWith('True'))).toEqual([]);
  expect(await silentAfter(60, nodeWith('False'))).toEqual([]);
});

test('it is asked only once the pod has waited, and by those who may', async () => {
  expect(await silentAfter(5, nodeWith('Unknown'))).toEqual([]);
  const forbidden = () => Promise.reject(kubernetesFailures.failure('forbidden', { what: 'You may not.' }));
  expect(await silentAfter(60, forbidden)).toEqual([]);
  const away = () => Promise.reject(kubernetesFailures.failure('unreachable', { what: 'It is away.' }));
  await expect(silentAfter(60, away)).rejects.toThrow('It is away.');
});
