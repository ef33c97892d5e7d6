import { jest } from '@jest/globals';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { kubernetesFailures } from '../../kubernetes/failures.ts';
import type { Manifest } from '../../kubernetes/resources.ts';

const warnings: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: () => undefined,
  warning: (line: string) => warnings.push(line),
  setSecret: () => undefined,
}));
const { keepServing, keepServingFromTheStart, PRE_STOP_FIELD_MANAGER, preStop } = await import('./pre-stop.ts');

beforeEach(() => warnings.splice(0));

const LASTS = { sleep: { seconds: 20 } };

/** A cluster with LiveKit's Deployment whose container has this action, and the controller's ReplicaSets, looked at again and again. */
function clusterWith(present: object | undefined | 'absent', ...sets: [digest: string, replicas: number][][]) {
  const applied: [Manifest, string | undefined][] = [];
  const scaled: string[] = [];
  let refusal: Error | undefined;
  const lifecycle = present === undefined ? {} : { lifecycle: { preStop: present } };
  const template = { digest: 'present', spec: { containers: [{ name: 'livekit-server', ...lifecycle }] } };
  const deployment = { metadata: { uid: 'u' }, spec: { selector: { matchLabels: {} }, template } };
  const client = {
    get: () => Promise.resolve(present === 'absent' ? undefined : deployment),
    apply: (manifest: Manifest, manager?: string) => {
      if (refusal !== undefined) return Promise.reject(refusal);
      applied.push([manifest, manager]);
      return Promise.resolve();
    },
    list: () =>
      Promise.resolve(
        ((sets.length > 1 ? sets.shift() : sets[0]) ?? []).map(([digest, replicas]) => ({
          metadata: { name: `set-${digest}`, ownerReferences: [{ uid: 'u' }] },
          spec: { replicas, template: { digest } },
        })),
      ),
    scale: (_kind: unknown, _namespace: string, name: string, replicas: number) =>
      Promise.resolve(void scaled.push(`${name} to ${replicas}`)),
  } as unknown as Kubernetes;
  return { client, applied, scaled, refuse: (error: Error) => (refusal = error) };
}

const ours = [[preStop('livekit-server', 'livekit'), PRE_STOP_FIELD_MANAGER]];
const first = { namespace: 'livekit', name: 'livekit-server', signal: new AbortController().signal };

test('the pods’ last seconds are all that is ours', () => {
  expect(preStop('livekit-server', 'livekit')['spec']).toEqual({
    template: { spec: { containers: [{ name: 'livekit-server', lifecycle: { preStop: LASTS } }] } },
  });
});

test.each([
  ['without any', undefined, true],
  ['with ours', LASTS, true],
  ['with one of somebody’s own', { exec: { command: ['sleep', '5'] } }, false],
])('a Deployment %s', async (_what, present, isApplied) => {
  const { client, applied } = clusterWith(present);
  expect(await keepServing(client, 'livekit', 'livekit-server')).toBe(true);
  expect(applied).toEqual(isApplied ? ours : []);
});

test('none is made where there is none', async () => {
  const { client, applied } = clusterWith('absent');
  expect(await keepServing(client, 'livekit', 'livekit-server')).toBe(false);
  await keepServingFromTheStart(client, first);
  expect(applied).toEqual([]);
});

test('at a first install the first pods go as soon as the controller knows the template', async () => {
  const { client, applied, scaled } = clusterWith(
    undefined,
    [['first', 3]],
    [
      ['first', 3],
      ['present', 1],
    ],
  );
  await keepServingFromTheStart(client, first);
  expect(applied).toEqual(ours);
  expect(scaled).toEqual(['set-first to 0']);
});

test('where the controller has not made the first ones yet, none has to go', async () => {
  const { client, scaled } = clusterWith(undefined, [], [['present', 3]]);
  await keepServingFromTheStart(client, first);
  expect(scaled).toEqual([]);
});

test('a controller that does not come is not waited for long, and its only pods are not taken away', async () => {
  const { client, scaled } = clusterWith(undefined, [['first', 3]]);
  await keepServingFromTheStart(client, { ...first, seconds: 0.2 });
  expect(scaled).toEqual([]);
});

test('a cluster that does not take it is told of, and deployed to all the same', async () => {
  const { client, refuse } = clusterWith(undefined);
  refuse(kubernetesFailures.failure('refused', { what: 'The cluster refused the Deployment: unknown field.' }));
  expect(await keepServing(client, 'livekit', 'livekit-server')).toBe(true);
  expect(warnings).toEqual([expect.stringMatching(/end at once.*since 1\.30.*unknown field/s)]);
  refuse(new TypeError('a mistake of ours'));
  await expect(keepServing(client, 'livekit', 'livekit-server')).rejects.toThrow('a mistake of ours');
});
