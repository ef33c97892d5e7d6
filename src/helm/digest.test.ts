import type { Kubernetes } from '../kubernetes/client.ts';
import { releaseDigest } from './digest.ts';
import { fakeHelm } from './helm.fixture.ts';

const release = { release: 'media', namespace: 'livekit' };

/** The digest of a cluster where Helm keeps these manifests, in the order in which they are asked, and the autoscaler has this behaviour. */
async function digest(manifests: readonly string[], behavior?: object): Promise<string> {
  const asked: string[] = [];
  const get = async (_kind: unknown, _namespace: string, name: string) => {
    asked.push(name);
    return behavior === undefined ? undefined : { spec: { behavior } };
  };
  const { helm, calls } = fakeHelm({ get: manifests.map((stdout) => ({ stdout })) });
  const found = await releaseDigest(helm, { get } as unknown as Kubernetes, release);
  expect(calls).toEqual(['get manifest media', 'get manifest media-gke']);
  expect(asked).toEqual(['media-livekit-server']);
  return found;
}

test('is the same for the same objects', async () => {
  expect(await digest(['a', 'b'], { scaleDown: 1 })).toBe(await digest(['a', 'b'], { scaleDown: 1 }));
});

test.each([
  ['an object of the release', ['x', 'b'], { scaleDown: 1 }],
  ['one of its companion', ['a', 'x'], { scaleDown: 1 }],
  ['the autoscaler’s behaviour alone', ['a', 'b'], { scaleDown: 2 }],
  ['the autoscaler, which is gone', ['a', 'b'], undefined],
])('differs by %s', async (_what, manifests, behavior) => {
  expect(await digest(manifests, behavior)).not.toBe(await digest(['a', 'b'], { scaleDown: 1 }));
});
