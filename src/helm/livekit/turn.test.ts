import { jest } from '@jest/globals';
import type { Kubernetes } from '../../kubernetes/client.ts';

const warnings: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  warning: (text: string) => warnings.push(text),
  setSecret: () => undefined,
}));
const { turnLayer } = await import('./turn.ts');

beforeEach(() => warnings.splice(0));

const values = { livekit: { turn: { enabled: true, tls_port: 5349, secretName: 'livekit-turn-tls-dev' } } };

function clusterWith(objects: { secretType?: string; ports?: string[] }): Kubernetes {
  const get = async (kind: { kind: string }) => {
    if (kind.kind === 'Secret') return objects.secretType === undefined ? undefined : { type: objects.secretType };
    const ports = objects.ports?.map((name) => ({ name, containerPort: 1 }));
    return ports === undefined ? undefined : { spec: { template: { spec: { containers: [{ ports }] } } } };
  };
  return { get } as unknown as Kubernetes;
}
const layer = (objects: Parameters<typeof clusterWith>[0], given: object = values) =>
  turnLayer(clusterWith(objects), 'livekit', 'livekit-server', given as Record<string, unknown>);

test('with its certificate TURN/TLS is served as the values say', async () => {
  expect(await layer({ secretType: 'kubernetes.io/tls' })).toBeUndefined();
});

test('before there is a certificate TURN/TLS is left out, in plain sight', async () => {
  expect(await layer({})).toEqual({
    name: 'the missing TURN certificate',
    values: { livekit: { turn: { tls_port: null } } },
  });
  expect(warnings).toEqual([
    expect.stringContaining('the Secret livekit-turn-tls-dev is not in the namespace livekit'),
  ]);
});

test('a deploy that would take TURN/TLS away from its clients is refused', async () => {
  await expect(layer({ ports: ['http', 'turn-tls'] })).rejects.toMatchObject({ code: 'LK-HELM-051' });
});

test('a deploy of pods that never served it goes on without', async () => {
  expect(await layer({ ports: ['http'] })).toBeDefined();
});

test('a Secret of another type is refused', async () => {
  await expect(layer({ secretType: 'Opaque' })).rejects.toMatchObject({
    message: expect.stringContaining('of type Opaque') as string,
  });
});

test.each([
  ['TURN is off', { enabled: false, tls_port: 5349, secretName: 'x' }],
  ['only TURN/UDP is on', { enabled: true, secretName: 'x' }],
  ['a load balancer ends TLS', { enabled: true, tls_port: 5349, external_tls: true, secretName: 'x' }],
])('no certificate is asked for when %s', async (_name, turn) => {
  expect(await layer({}, { livekit: { turn } })).toBeUndefined();
});
