import { expect, test } from '@jest/globals';
import { kubernetesFailures } from '../kubernetes/failures.ts';
import { checks } from './checks/index.ts';
import { fakeWorld } from './world.fixture.ts';
import type { World } from './world.ts';

const check = (id: string) => checks.find((one) => one.id === id) ?? checks[0];
const never = () => Promise.reject(new Error('not in this test'));
const { signal } = new AbortController();

const world = (kind: 'forbidden' | 'unreachable') =>
  fakeWorld({
    kubernetes: { get: never, list: () => Promise.reject(kubernetesFailures.failure(kind, { what: 'Not for you.' })) },
  });

test.each([
  'backend-config',
  'ingress',
  'managed-certificate',
  'secrets',
  'disruption',
  'autoscaler',
  'capacity',
  'dns',
])('%s is skipped with the sentence where it may not look, and fails where nothing answers', async (id) => {
  expect(await check(id)?.run(world('forbidden'), signal)).toMatchObject({
    verdict: 'skip',
    evidence: 'Not for you.',
    fix: expect.stringContaining('kubernetes-access.yaml'),
  });
  await expect(check(id)?.run(world('unreachable'), signal)).rejects.toMatchObject({ message: 'Not for you.' });
});

/** As Kubernetes' own role `view`: Google's kinds are not known to it. */
function withView(objects: Readonly<Record<string, readonly object[]>>): World {
  const list = ((kind: { plural: string; schema: { parse(object: unknown): unknown } }) => {
    const found = objects[kind.plural];
    if (found === undefined) return Promise.reject(kubernetesFailures.failure('forbidden', { what: 'Not for you.' }));
    return Promise.resolve(found.map((object) => kind.schema.parse(object)));
  }) as unknown as World['kubernetes']['list'];
  return fakeWorld({ kubernetes: { get: never, list } });
}

test('without a right to Google’s own kinds their checks are skipped, and the Ingress is still judged', async () => {
  const metadata = {
    name: 'livekit-server',
    annotations: {
      'ingress.kubernetes.io/backends': '{"k8s1-a":"HEALTHY"}',
      'networking.gke.io/managed-certificates': 'livekit-dev',
    },
  };
  const status = { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } };
  const some = withView({ ingresses: [{ metadata, status }], services: [{ metadata: { name: 'livekit-server' } }] });
  expect(await check('ingress')?.run(some, signal)).toMatchObject({ verdict: 'pass' });
  expect(await check('backend-config')?.run(some, signal)).toMatchObject({
    verdict: 'skip',
    evidence: expect.stringContaining('signal-life proves'),
  });
  expect(await check('managed-certificate')?.run(some, signal)).toMatchObject({
    verdict: 'skip',
    evidence: expect.stringContaining('https proves'),
  });
});
