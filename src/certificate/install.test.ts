import { jest } from '@jest/globals';
import type { Kubernetes } from '../kubernetes/client.ts';
import type { ResourceKind } from '../kubernetes/resources.ts';

const secrets: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({ setSecret: (secret: string) => secrets.push(secret) }));
const { hasNamespace, holds, install, readInstalled } = await import('./install.ts');

/** A namespace with one Secret, as the API serves it. */
function clusterWith(secret: object | undefined) {
  const applied: unknown[] = [];
  const client = {
    get: <T>(kind: ResourceKind<T>) => Promise.resolve(secret === undefined ? undefined : kind.schema.parse(secret)),
    apply: (...given: unknown[]) => Promise.resolve(void applied.push(given)),
  } as unknown as Kubernetes;
  return { client, applied };
}
const encoded = (text: string) => Buffer.from(text).toString('base64');
const tls = {
  type: 'kubernetes.io/tls',
  data: { 'tls.crt': encoded('the certificate'), 'tls.key': encoded('the private key') },
};

test('what a Secret holds is read, and its key masked', async () => {
  const content = await readInstalled(clusterWith(tls).client, 'livekit', 'turn');
  expect(content).toEqual({ certificate: 'the certificate', key: 'the private key' });
  expect(secrets).toContain('the private key');
  expect(secrets).not.toContain('the certificate');
});

test.each([
  ['no Secret', undefined, undefined],
  ['an empty one', { type: 'kubernetes.io/tls' }, { certificate: '', key: '' }],
])('%s is not filled', async (_name, secret, content) => {
  const found = await readInstalled(clusterWith(secret).client, 'livekit', 'turn');
  expect(found).toEqual(content);
  expect(holds(found, { chainPem: 'x', keyPem: 'y' } as never)).toBe(false);
});

test('a Secret of another type is refused, since its type cannot be changed', async () => {
  await expect(readInstalled(clusterWith({ ...tls, type: 'Opaque' }).client, 'livekit', 'turn')).rejects.toMatchObject({
    code: 'LK-CERT-013',
    message: 'The Secret turn in the namespace livekit is of type Opaque, not kubernetes.io/tls.',
  });
});

test('it is applied by a field manager of its own, as it is read again', async () => {
  const { client, applied } = clusterWith(undefined);
  await install(client, 'livekit', 'turn', { certificate: 'the certificate', key: 'the private key' });
  expect(applied).toEqual([
    [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'turn', namespace: 'livekit', labels: { 'app.kubernetes.io/managed-by': 'livekit-gke' } },
        ...tls,
      },
      'livekit-gke-turn-cert',
    ],
  ]);
});

test('a namespace is there or not', async () => {
  const namespace = { metadata: { name: 'livekit', uid: 'u', creationTimestamp: '' } };
  expect([
    await hasNamespace(clusterWith(namespace).client, 'livekit'),
    await hasNamespace(clusterWith(undefined).client, 'x'),
  ]).toEqual([true, false]);
});
