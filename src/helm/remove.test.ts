import { jest } from '@jest/globals';
import type { Kubernetes } from '../kubernetes/client.ts';
import { fakeHelm } from './helm.fixture.ts';
import type { Removal } from './remove.ts';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: (line: string) => lines.push(line.trim()),
  startGroup: () => undefined,
  endGroup: () => undefined,
  setSecret: () => undefined,
  debug: () => undefined,
}));
const { remove, renderRemoval } = await import('./remove.ts');

beforeEach(() => lines.splice(0));

const revision = JSON.stringify([
  { revision: 1, updated: '2026-11-21T09:00:00Z', status: 'deployed', chart: 'livekit-server-1.9.0' },
]);
const notFound = { exitCode: 1, stderr: 'Error: release: not found' };

/** A namespace with Secrets and one pod that still drains; `log` has what was asked of it and of Helm, in order. */
function world(histories: Readonly<Record<string, readonly object[]>>, answer: object = {}) {
  const log: string[] = [];
  const left = Object.fromEntries(Object.entries(histories).map(([name, all]) => [name, [...all]]));
  const fake = fakeHelm({ uninstall: answer });
  const helm = {
    ...fake.helm,
    command: async (args: readonly string[], ...rest: []) => {
      if (args[0] !== 'history') {
        log.push(args.join(' '));
        return fake.helm.command(args, ...rest);
      }
      const mine = left[args[1] ?? ''] ?? [];
      const shown = mine.length > 1 ? mine.shift() : mine[0];
      return { exitCode: 0, stdout: revision, stderr: '', durationSeconds: 0, ...(shown ?? notFound) };
    },
  };
  const object = (name: string, more: object = {}) => ({ metadata: { name }, ...more });
  const client = {
    get: async () => undefined,
    claim: async () => (log.push('claim'), true),
    remove: async (kind: { kind: string }, _namespace: string, name: string) =>
      void log.push(`remove ${kind.kind} ${name}`),
    list: async (kind: { kind: string }) =>
      kind.kind === 'Secret'
        ? [
            object('livekit-keys', { type: 'Opaque' }),
            object('livekit-turn-tls-dev', { type: 'kubernetes.io/tls' }),
            object('sh.helm.release.v1.other.v1', { type: 'helm.sh/release.v1' }),
          ]
        : [object('livekit-server-a')],
  } as unknown as Kubernetes;
  return { helm, client, log };
}

const options = {
  release: 'livekit-server',
  namespace: 'livekit',
  timeoutSeconds: 1,
  whenBusy: 'refuse',
  description: 'a test',
  signal: new AbortController().signal,
  onHeld: undefined,
} as const;

test('LiveKit goes before what its objects refer to, and nobody else works on the release meanwhile', async () => {
  const { helm, client, log } = world({ 'livekit-server': [{}], 'livekit-server-gke': [{}] });
  const removal = await remove(helm, client, options);
  expect(log).toEqual([
    'claim',
    'uninstall livekit-server',
    'uninstall livekit-server-gke',
    'remove ConfigMap livekit-server-last-good',
  ]);
  expect(removal.removed).toEqual(['livekit-server', 'livekit-server-gke']);
});

test('it says what is kept, and which pods still end', async () => {
  const { helm, client } = world({ 'livekit-server': [{}] });
  await remove(helm, client, options);
  expect(lines.at(-1)).toBe(
    'Kept: the namespace livekit with the Secrets livekit-keys, livekit-turn-tls-dev. livekit-server-a ends when the calls are over.',
  );
});

test('what an interrupted removal left is removed by the next one', async () => {
  const { helm, client } = world({ 'livekit-server': [notFound], 'livekit-server-gke': [{}] });
  expect((await remove(helm, client, options)).removed).toEqual(['livekit-server-gke']);
});

test('what another run has removed meanwhile is not removed again', async () => {
  const { helm, client, log } = world({ 'livekit-server': [{}, notFound] });
  expect((await remove(helm, client, options)).removed).toEqual([]);
  expect(log).not.toContain('uninstall livekit-server');
});

test('where there is no release nothing is done, and that is said', async () => {
  const { helm, client, log } = world({});
  expect((await remove(helm, client, options)).removed).toEqual([]);
  expect(log).toEqual([]);
  expect(lines).toEqual(['There is no release livekit-server in the namespace livekit: nothing to uninstall.']);
});

test('the companion stays when LiveKit could not be removed', async () => {
  const refused = { exitCode: 1, stderr: 'Error: the server is away' };
  const { helm, client, log } = world({ 'livekit-server': [{}], 'livekit-server-gke': [{}] }, refused);
  await expect(remove(helm, client, options)).rejects.toMatchObject({ code: 'LK-HELM-007' });
  expect(log).toEqual(['claim', 'uninstall livekit-server']);
});

describe('the summary', () => {
  const removal: Removal = {
    release: 'livekit-server',
    namespace: 'livekit',
    removed: ['livekit-server', 'livekit-server-gke'],
    secrets: ['livekit-keys'],
    ending: ['livekit-server-a'],
  };

  test('has a row for each thing that went or stays', () => {
    expect(renderRemoval(removal)).toContain('| Secrets kept | <code>livekit-keys</code> |');
    expect(renderRemoval(removal)).toContain(
      '| pods that end when their calls are over | <code>livekit-server-a</code> |',
    );
    expect(renderRemoval({ ...removal, ending: [] })).not.toContain('calls');
  });

  test('says so when there was nothing', () => {
    expect(renderRemoval({ ...removal, removed: [] })).toContain('nothing to uninstall');
  });
});
