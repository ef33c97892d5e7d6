import type { Kubernetes } from '../kubernetes/client.ts';
import { releaseDigest } from './digest.ts';
import { fakeHelm } from './helm.fixture.ts';

const release = { release: 'media', namespace: 'livekit' };

/**
 * The digest of a cluster where Helm keeps these manifests, in the order in which they are asked, the autoscaler has this
 * behaviour, and the pods so many seconds more.
 */
async function digest(manifests: readonly string[], behavior?: object, seconds = 20): Promise<string> {
  const asked: string[] = [];
  const lifecycle = { preStop: { sleep: { seconds } } };
  const get = async ({ kind }: { kind: string }, _namespace: string, name: string) => {
    asked.push(name);
    if (kind === 'Deployment')
      return { spec: { template: { spec: { containers: [{ name: 'livekit-server', lifecycle }] } } } };
    return behavior === undefined ? undefined : { spec: { behavior } };
  };
  const { helm, calls } = fakeHelm({ get: manifests.map((stdout) => ({ stdout })) });
  const found = await releaseDigest(helm, { get } as unknown as Kubernetes, release);
  expect(calls).toEqual(['get manifest media', 'get manifest media-gke']);
  expect(asked).toEqual(['media-livekit-server', 'media-livekit-server']);
  return found;
}

test('is the same for the same objects', async () => {
  expect(await digest(['a', 'b'], { scaleDown: 1 })).toBe(await digest(['a', 'b'], { scaleDown: 1 }));
});

test.each([
  ['an object of the release', ['x', 'b'], { scaleDown: 1 }, 20],
  ['one of its companion', ['a', 'x'], { scaleDown: 1 }, 20],
  ['the autoscaler’s behaviour alone', ['a', 'b'], { scaleDown: 2 }, 20],
  ['the autoscaler, which is gone', ['a', 'b'], undefined, 20],
  ['the pods’ last seconds alone', ['a', 'b'], { scaleDown: 1 }, 0],
])('differs by %s', async (_what, manifests, behavior, seconds) => {
  expect(await digest(manifests, behavior, seconds)).not.toBe(await digest(['a', 'b'], { scaleDown: 1 }));
});
