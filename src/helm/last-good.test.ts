import type { Kubernetes } from '../kubernetes/client.ts';
import { readLastGood } from './last-good.ts';
import type { Revision } from './release.ts';

const revision = (number: number, updated: string): Revision => ({
  revision: number,
  updated,
  status: 'superseded',
  chart: 'c',
  description: '',
});
const first = revision(1, '2026-11-21T09:00:00Z');
const second = { ...revision(2, '2026-11-21T10:00:00Z'), status: 'deployed' };
const history = { revisions: [first, second], latest: second, deployed: second };
const read = (data: Record<string, string> | undefined) =>
  readLastGood(
    { get: async () => (data === undefined ? undefined : { data }) } as unknown as Kubernetes,
    'livekit',
    'livekit-server',
    history,
  );

test('the revision that was seen to work, not the one that helm calls deployed', async () => {
  expect(await read({ revision: '1', updated: '2026-11-21T09:00:00.000Z' })).toBe(first);
});

test('a revision of the same number from before an uninstall does not count', async () => {
  expect(await read({ revision: '1', updated: '2026-10-01T00:00:00Z' })).toBe(second);
});

test('a release that others made: what helm calls deployed', async () => {
  expect(await read(undefined)).toBe(second);
});

test('none, when none has worked yet', async () => {
  expect(await read({ revision: 'none', updated: '' })).toBeUndefined();
});
