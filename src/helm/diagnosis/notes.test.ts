import type { Kubernetes } from '../../kubernetes/client.ts';
import { events, horizontalPodAutoscalers, podDisruptionBudgets } from '../../kubernetes/resources.ts';
import { gatherNotes } from './notes.ts';

const since = new Date('2026-11-21T09:00:00Z');
const manifest = ['Ingress', 'Service', 'HorizontalPodAutoscaler']
  .map((kind) => `kind: ${kind}\nmetadata: {name: livekit-server}\n`)
  .join('---\n');
const metadata = (name: string) => ({ name, uid: name, creationTimestamp: '2026-11-21T08:00:00Z' });

const warning = (kind: string, reason: string, message: string, more: { at?: string; name?: string } = {}) =>
  events.schema.parse({
    metadata: metadata('e'),
    type: 'Warning',
    reason,
    message,
    lastTimestamp: more.at ?? '2026-11-21T09:05:00Z',
    involvedObject: { kind, name: more.name ?? 'livekit-server', uid: 'u' },
  });
const autoscaler = (status: string) =>
  horizontalPodAutoscalers.schema.parse({
    metadata: metadata('livekit-server'),
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'livekit-server' } },
    status: {
      conditions: [{ type: 'ScalingActive', status, message: 'the HPA was unable to compute the replica count' }],
    },
  });
const budget = (status: object) =>
  podDisruptionBudgets.schema.parse({ metadata: metadata('livekit-server'), status: { expectedPods: 2, ...status } });

function notes(objects: { events?: unknown[]; autoscalers?: unknown[]; budgets?: unknown[] }) {
  const lists: Record<string, unknown[] | undefined> = {
    Event: objects.events,
    HorizontalPodAutoscaler: objects.autoscalers,
    PodDisruptionBudget: objects.budgets,
  };
  const client = { list: async ({ kind }: { kind: string }) => lists[kind] ?? [] } as unknown as Kubernetes;
  return gatherNotes(client, 'livekit', manifest, since);
}

test('a release of which nothing is said has no notes', async () => {
  expect(await notes({})).toEqual([]);
});

test('what the load balancer’s and the certificate’s controllers warn of is told, the last of each kind', async () => {
  const found = await notes({
    events: [
      warning('Ingress', 'Sync', 'secret "" does not exist.', { at: '2026-11-21T09:06:00Z' }),
      warning('Ingress', 'Sync', 'an earlier word'),
      warning('ManagedCertificate', 'FailedNotVisible', 'DNS does not point here', { name: 'livekit-dev' }),
    ],
  });
  expect(found.sort()).toEqual([
    'The Ingress livekit-server: Sync: secret "" does not exist.',
    'The ManagedCertificate livekit-dev: FailedNotVisible: DNS does not point here.',
  ]);
});

test('not what was said before this deploy, nor of pods, nor of others’ objects', async () => {
  const found = await notes({
    events: [
      warning('Ingress', 'Sync', 'old', { at: '2026-11-21T08:59:00Z' }),
      warning('Pod', 'BackOff', 'a pod'),
      warning('Ingress', 'Sync', 'another', { name: 'other' }),
    ],
  });
  expect(found).toEqual([]);
});

test('an autoscaler that cannot scale is told', async () => {
  expect(await notes({ autoscalers: [autoscaler('False')] })).toEqual([
    'The autoscaler livekit-server does not scale: the HPA was unable to compute the replica count.',
  ]);
  expect(await notes({ autoscalers: [autoscaler('True')] })).toEqual([]);
});

test('a budget that lets none of its healthy pods go is told; one that holds the rest while a pod is not ready is not', async () => {
  expect(await notes({ budgets: [budget({ currentHealthy: 2, desiredHealthy: 2 })] })).toEqual([
    expect.stringContaining('2 of 2 must stay'),
  ]);
  expect(await notes({ budgets: [budget({ currentHealthy: 1, desiredHealthy: 1 })] })).toEqual([]);
  expect(await notes({ budgets: [budget({ currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1 })] })).toEqual(
    [],
  );
});
