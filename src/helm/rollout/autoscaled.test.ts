import { kubernetesFailures } from '../../kubernetes/failures.ts';
import { horizontalPodAutoscalers } from '../../kubernetes/resources.ts';
import { clusterOf } from './cluster.fixture.ts';
import { seen } from './observation.fixture.ts';
import { isSettled, observe } from './observe.ts';

const ready = seen('ready');
const { name } = ready.deployment.metadata;

/** A Deployment of one ready pod, and an autoscaler that keeps so many at least. */
async function look(minReplicas: number, target = name) {
  const scaler = horizontalPodAutoscalers.schema.parse({
    metadata: { name: 'scaler', namespace: 'livekit', uid: '1', creationTimestamp: '2026-11-21T14:00:00Z' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: target }, minReplicas },
  });
  const { client } = clusterOf(ready);
  const { list } = client;
  client.list = ((kind: { kind: string }, ...rest: []) =>
    kind.kind === 'HorizontalPodAutoscaler'
      ? Promise.resolve([scaler])
      : list(kind as never, ...(rest as unknown as [string]))) as typeof list;
  const observation = await observe(client, 'livekit', name, new Date());
  if (observation === undefined) throw new Error('it is there');
  return observation;
}

test('a first install is not done with the one pod that the autoscaler finds', async () => {
  const observation = await look(3);
  expect(observation.deployment.spec.replicas).toBe(3);
  expect(isSettled(observation)).toBe(false);
});

test('an autoscaler of another Deployment, or one that wants no more, changes nothing', async () => {
  expect(isSettled(await look(3, 'another'))).toBe(true);
  expect(isSettled(await look(1))).toBe(true);
});

test('whoever may not see autoscalers takes the Deployment’s word', async () => {
  const { client } = clusterOf(ready);
  const { list } = client;
  client.list = (kind: { kind: string }, ...rest: []) =>
    kind.kind === 'HorizontalPodAutoscaler'
      ? Promise.reject(kubernetesFailures.failure('forbidden', { what: 'No.' }))
      : list(kind as never, ...(rest as unknown as [string]));
  const observation = await observe(client, 'livekit', name, new Date());
  expect(observation && isSettled(observation)).toBe(true);
});
