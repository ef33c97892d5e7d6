import { createServer, type Server } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import type { TestAuthority as Authority } from './authority.fixture.ts';
import type { IssuedLeaf } from './world.fixture.ts';
import type { Forward } from '../livekit/load.ts';
import type { Observation } from '../helm/rollout/observe.ts';
import type { WorkloadLook } from './roll.ts';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  setSecret: () => undefined,
  info: (line: string) => lines.push(line),
  warning: (line: string) => lines.push(line),
  debug: () => undefined,
}));
const { TestAuthority } = await import('./authority.fixture.ts');
const { serialOfLeaf, settledObservation } = await import('./world.fixture.ts');
const { CERTIFICATE_ANNOTATION, followRoll, judgeRoll, lookAtWorkload, markPods } = await import('./roll.ts');
const { askServed, awaitServed, tlsPortOf } = await import('./served.ts');
const { clusterOf } = await import('../helm/rollout/cluster.fixture.ts');
const { kubernetesFailures } = await import('../kubernetes/failures.ts');

let authority: Authority;
let leaf: IssuedLeaf;
let server: Server;
let origin: string;

beforeAll(async () => {
  authority = await TestAuthority.make();
  leaf = await authority.issue({ names: ['turn.nova.dev'] });
  server = createServer({ cert: leaf.chain, key: leaf.key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await authority.remove();
});
beforeEach(() => lines.splice(0));

const signal = new AbortController().signal;
const direct: Forward = (_pod, _signal, use) => use(origin);
const forbidden: Forward = () => Promise.reject(kubernetesFailures.failure('forbidden', { what: 'No forwarding.' }));
const pod = { namespace: 'livekit', name: 'livekit-server-1', port: 5349 };

describe('what a pod serves', () => {
  test('is the certificate that it shows, whether trusted or not', async () => {
    expect(await askServed(direct, pod, 'turn.nova.dev', signal)).toEqual({
      pod: pod.name,
      serial: serialOfLeaf(leaf),
    });
  });

  test('is a problem when nothing answers, and asked again for a while', async () => {
    const away: Forward = (_pod, _signal, use) => use('127.0.0.1:1');
    const served = await awaitServed(away, pod, 'turn.nova.dev', 'x', { seconds: 0.02, signal, pollSeconds: 0.01 });
    expect(served).toEqual({ pod: pod.name, problem: expect.stringContaining('ECONNREFUSED') as string });
  });

  test('is seen as soon as it is there', async () => {
    let tries = 0;
    const late: Forward = (_pod, _signal, use) => use(++tries < 3 ? '127.0.0.1:1' : origin);
    const limits = { seconds: 20, signal, pollSeconds: 0.005 };
    expect(await awaitServed(late, pod, 'turn.nova.dev', serialOfLeaf(leaf), limits)).toMatchObject({
      serial: serialOfLeaf(leaf),
    });
  });

  test('is not asked where this identity may not', async () => {
    await expect(askServed(forbidden, pod, 'turn.nova.dev', signal)).rejects.toMatchObject({ code: 'LK-KUBE-002' });
  });

  test('is asked at the port that the pod calls turn-tls, or at another', () => {
    const { spec } = settledObservation(undefined).deployment.spec.template;
    expect([
      tlsPortOf({ spec }, undefined),
      tlsPortOf({ spec }, 443),
      tlsPortOf({ spec: { containers: [] } }, undefined),
    ]).toEqual([5349, 443, undefined]);
  });
});

describe('whether the pods are rolled', () => {
  const DIGEST = '0123456789abcdef';
  const look = (more: Partial<WorkloadLook> = {}): WorkloadLook => ({
    observation: settledObservation(more.annotation),
    annotation: undefined,
    servesTls: true,
    served: [{ pod: 'a', serial: 'new' }],
    ...more,
  });
  const unsettled: Observation = { ...settledObservation(undefined), newPods: [] };
  const old = [{ pod: 'a', serial: 'old' }];
  test.each<[string, WorkloadLook | undefined, boolean, string]>([
    ['nothing runs', undefined, true, 'no-workload'],
    ['TURN/TLS is off', look({ servesTls: false }), true, 'no-tls'],
    ['all serve it', look(), false, 'none'],
    ['all serve it, though it was just installed', look(), true, 'none'],
    ['they serve another', look({ served: old }), true, 'roll'],
    ['they show none', look({ served: [{ pod: 'a', problem: 'closed' }] }), false, 'roll'],
    ['they were rolled for it and serve another', look({ served: old, annotation: DIGEST }), false, 'roll-again'],
    [
      'they were rolled for it twice and serve another',
      look({ served: old, annotation: `${DIGEST}.x1` }),
      false,
      'roll-again',
    ],
    ['a roll for it goes on', look({ observation: unsettled, annotation: DIGEST, served: [] }), false, 'follow'],
    ['another rollout goes on, begun before it', look({ observation: unsettled, served: [] }), true, 'roll'],
    [
      'another rollout goes on, and new pods serve another',
      look({ observation: unsettled, served: old }),
      false,
      'roll',
    ],
    ['another rollout goes on, with it', look({ observation: unsettled }), false, 'none'],
    ['nobody can be asked, and it is new', look({ served: undefined }), true, 'roll'],
    ['nobody can be asked, and nothing is new', look({ served: undefined }), false, 'none'],
    ['nobody can be asked, and they were rolled for it', look({ served: undefined, annotation: DIGEST }), true, 'none'],
  ])('%s', (_name, seen, isNewContent, expected) => {
    expect(judgeRoll(seen, DIGEST, 'new', isNewContent)).toBe(expected);
  });
});

const options = (observation: Observation, forward: Forward = direct) => ({
  ...clusterOf(observation),
  namespace: 'livekit',
  workload: 'livekit-server',
  forward,
  serverName: 'turn.nova.dev',
  port: undefined,
  timeoutSeconds: 5,
  drain: 'wait' as const,
  drainSeconds: 0,
  signal,
  pollSeconds: 0.005,
  serveSeconds: 0.02,
});
/** As a real one, owned by its ReplicaSet. */
function real(): Observation {
  const observation = settledObservation('0123456789abcdef');
  const { deployment, current } = observation;
  if (current === undefined) throw new Error('no ReplicaSet');
  const owner = (kind: string, name: string, uid: string) => [{ kind, name, uid }];
  return {
    ...observation,
    current: {
      ...current,
      metadata: { ...current.metadata, uid: 'rs', ownerReferences: owner('Deployment', 'x', deployment.metadata.uid) },
    },
    newPods: observation.newPods.map((each) => ({
      ...each,
      metadata: { ...each.metadata, ownerReferences: owner('ReplicaSet', 'x', 'rs') },
    })),
  };
}

test('a look tells mark, port and what each ready pod serves', async () => {
  expect(await lookAtWorkload(options(real()))).toMatchObject({
    annotation: '0123456789abcdef',
    servesTls: true,
    served: [{ pod: 'livekit-server-1', serial: serialOfLeaf(leaf) }],
  });
  expect((await lookAtWorkload(options(real(), forbidden)))?.served).toBeUndefined();
  expect(lines.join()).toContain('No forwarding.');
});

test('pods are marked by a field manager of its own, with nothing else in the object', async () => {
  const applied: unknown[] = [];
  const client = { apply: (...given: unknown[]) => Promise.resolve(void applied.push(given)) } as never;
  await markPods(client, 'livekit', 'livekit-server', 'digest');
  await markPods(client, 'livekit', 'StatefulSet/gateway', undefined);
  const object = (kind: string, name: string, annotations: object) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'livekit' },
    spec: { template: { metadata: { annotations } } },
  });
  expect(applied).toEqual([
    [object('Deployment', 'livekit-server', { [CERTIFICATE_ANNOTATION]: 'digest' }), 'livekit-gke-turn-cert'],
    [object('StatefulSet', 'gateway', {}), 'livekit-gke-turn-cert'],
  ]);
});

describe('a rollout', () => {
  test('that ends with pods that serve it is good', async () => {
    expect(await followRoll(options(real()), serialOfLeaf(leaf))).toMatchObject({
      failure: undefined,
      draining: [],
      isWaiting: false,
    });
  });

  test('that ends with pods that serve another has failed', async () => {
    expect(await followRoll(options(real()), 'another')).toMatchObject({
      failure: {
        code: 'LK-CERT-014',
        message: `The new pod livekit-server-1 serves the certificate ${serialOfLeaf(leaf)}, not another.`,
      },
    });
  });

  test('whose pods may not be asked is taken for good, and told', async () => {
    expect(await followRoll(options(real(), forbidden), 'another')).toMatchObject({ failure: undefined, served: [] });
    expect(lines.join()).toContain('could not be seen');
  });

  test('ends when the job is cancelled', async () => {
    const cancelled = AbortSignal.abort(new Error('cancelled'));
    await expect(followRoll({ ...options(real()), signal: cancelled }, 'x')).rejects.toThrow('cancelled');
  });
});
