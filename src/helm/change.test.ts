import { jest } from '@jest/globals';
import type { Kubernetes } from '../kubernetes/client.ts';
import { fakeHelm } from './helm.fixture.ts';

jest.unstable_mockModule('./values/prepare.ts', () => ({
  writeValues: () => Promise.resolve('/nowhere/values.yaml'),
  collectLayers: () => Promise.resolve([]),
}));
const { change } = await import('./deploy.ts');
type Given = Parameters<typeof change>;

const upgraded = (manifest: string) =>
  JSON.stringify({ version: 2, manifest, info: { last_deployed: '2026-11-21T09:00:00Z' } });
const REFUSED = 'Error: invalid values';

/** What Helm was asked, and when each was done, in a cluster that has this companion already or not. */
async function changing(isThere: boolean, refused?: string) {
  const { helm } = fakeHelm({});
  const seen: string[] = [];
  const command: typeof helm.command = async ([verb = '', release = '']) => {
    seen.push(`${verb} ${release}`);
    await new Promise((resolve) => setTimeout(resolve, release.endsWith('-gke') ? 20 : 5));
    seen.push(`${release} done`);
    const isRefused = release === refused;
    const stdout = isRefused ? '' : upgraded(`kind: ${release}`);
    return { exitCode: isRefused ? 1 : 0, stdout, stderr: isRefused ? REFUSED : '', durationSeconds: 0 };
  };
  const client = {
    create: () => Promise.resolve(),
    apply: () => Promise.resolve(),
    get: () => Promise.resolve(undefined),
    list: () => Promise.resolve(isThere ? [{}] : []),
  } as unknown as Kubernetes;
  const options = {
    release: 'media',
    namespace: 'livekit',
    keys: undefined,
    description: 'a test',
    workspace: process.cwd(),
    suiteDirectory: process.cwd(),
    signal: new AbortController().signal,
  } as unknown as Given[2];
  const chart = { name: 'livekit-server', path: '/nowhere/chart.tgz', defaults: {} } as unknown as Given[4];
  const result = await change({ ...helm, command }, client, options, [], chart).catch((error: unknown) => error);
  return { seen, result };
}

test('a companion that is new or another one is there before LiveKit, whose Ingress refers to it', async () => {
  const { seen, result } = await changing(false);
  expect(seen).toEqual(['upgrade media-gke', 'media-gke done', 'upgrade media', 'media done']);
  expect(result).toMatchObject({ revision: 2, manifest: 'kind: media', companion: 'kind: media-gke' });
});

test('one that is refused changes nothing of LiveKit', async () => {
  const { seen, result } = await changing(false, 'media-gke');
  expect(seen).toEqual(['upgrade media-gke', 'media-gke done']);
  expect(result).toMatchObject({ message: 'helm upgrade media-gke failed: invalid values.' });
});

test('one that is there already is written beside LiveKit', async () => {
  const { seen, result } = await changing(true);
  expect(seen).toEqual(['upgrade media-gke', 'upgrade media', 'media done', 'media-gke done']);
  expect(result).toMatchObject({ manifest: 'kind: media', companion: 'kind: media-gke' });
});

test.each(['media', 'media-gke'])('the failure of %s is told when both have ended', async (refused) => {
  const { seen, result } = await changing(true, refused);
  expect(seen.slice(2).sort()).toEqual(['media done', 'media-gke done']);
  expect(result).toMatchObject({ code: 'LK-HELM-007', message: `helm upgrade ${refused} failed: invalid values.` });
});
