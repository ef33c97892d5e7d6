import { jest } from '@jest/globals';
import type { Kubernetes } from '../kubernetes/client.ts';
import { type FakeAnswer, fakeHelm } from './helm.fixture.ts';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: (line: string) => lines.push(line),
  notice: (line: string) => lines.push(line),
  startGroup: () => undefined,
  endGroup: () => undefined,
  setSecret: () => undefined,
}));
const { settlePending, STALE_SECONDS } = await import('./pending.ts');

beforeEach(() => lines.splice(0));

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const revision = (number: number, status: string, seconds = 3600) => ({
  revision: number,
  updated: ago(seconds),
  status,
  chart: 'livekit-server-1.9.0',
  // Helm's own words: it takes ours only when the work is done.
  description: status === 'pending-upgrade' ? 'Preparing upgrade' : '',
});
const rows = (...revisions: object[]): FakeAnswer => ({ stdout: JSON.stringify(revisions) });
const client = { get: async () => undefined } as unknown as Kubernetes;
const gone = {
  who: 'by ada in https://github.com/nova/livekit/actions/runs/76, attempt 1',
  from: new Date(ago(200)),
  to: new Date(ago(80)),
};

function settle(answers: Parameters<typeof fakeHelm>[0], more: object = {}) {
  const { helm, calls } = fakeHelm(answers);
  const settled = settlePending(helm, client, {
    release: 'livekit-server',
    namespace: 'livekit',
    whenBusy: 'refuse',
    timeoutSeconds: 5,
    predecessor: undefined,
    signal: new AbortController().signal,
    pollSeconds: 0.005,
    ...more,
  });
  return { settled, changes: () => calls.filter((call) => !call.startsWith('history')) };
}

test('a release that is not pending is left alone', async () => {
  const { settled, changes } = settle({ history: rows(revision(6, 'superseded'), revision(7, 'failed')) });
  expect((await settled).latest?.revision).toBe(7);
  expect(changes()).toEqual([]);
});

test.each(['pending-upgrade', 'pending-rollback'])(
  '%s, left by a run that is gone: back to what worked, at once',
  async (status) => {
    const good = revision(6, 'deployed');
    const { settled, changes } = settle(
      { history: [rows(good, revision(7, status, 100)), rows(good, revision(8, 'deployed', 0))], rollback: {} },
      { predecessor: gone },
    );
    expect((await settled).latest?.revision).toBe(8);
    expect(changes()).toEqual(['rollback livekit-server 6 --history-max 20']);
    expect(lines.at(-1)).toMatch(
      /revision 7 since 2 min.*left so by a run that is gone \(by ada in .*runs\/76.* rolled back to revision 6/,
    );
  },
);

test('pending-install, left by a run that is gone: removed, its Secrets kept', async () => {
  const { settled, changes } = settle(
    {
      history: [rows(revision(1, 'pending-install', 100)), { exitCode: 1, stderr: 'Error: release: not found' }],
      uninstall: {},
    },
    { predecessor: gone },
  );
  expect((await settled).latest).toBeUndefined();
  expect(changes()).toEqual(['uninstall livekit-server']);
});

test('one that was begun after that run had gone is not that run’s', async () => {
  const { settled, changes } = settle(
    { history: rows(revision(6, 'deployed'), revision(7, 'pending-upgrade', 10)) },
    { predecessor: { ...gone, from: new Date(ago(900)), to: new Date(ago(600)) } },
  );
  await expect(settled).rejects.toMatchObject({ code: 'LK-HELM-006' });
  expect(changes()).toEqual([]);
});

test('nobody knows whose, and too old for Helm to be at work: recovered', async () => {
  const good = revision(6, 'deployed', 9000);
  const old = revision(7, 'pending-upgrade', STALE_SECONDS + 5);
  const { settled, changes } = settle({
    history: [rows(good, old), rows(good, revision(8, 'deployed'))],
    rollback: {},
  });
  await settled;
  expect(changes()).toEqual(['rollback livekit-server 6 --history-max 20']);
});

test('nobody knows whose, and young: refused, with its age, Helm’s words and the way out', async () => {
  const { settled } = settle({ history: rows(revision(6, 'deployed'), revision(7, 'pending-upgrade', 125)) });
  await expect(settled).rejects.toMatchObject({
    code: 'LK-HELM-006',
    message: 'The release livekit-server is pending-upgrade in revision 7 since 2 min (“Preparing upgrade”).',
    fix: expect.stringMatching(/helm rollback livekit-server 6.*deploy again in 18 min/) as string,
  });
});

test('or by an uninstall where nothing was deployed before', async () => {
  const { settled } = settle({ history: rows(revision(1, 'pending-install', 10)) });
  await expect(settled).rejects.toMatchObject({
    fix: expect.stringContaining('helm uninstall livekit-server') as string,
  });
});

test('with `wait` it is waited for', async () => {
  const good = revision(6, 'deployed');
  const pending = rows(good, revision(7, 'pending-upgrade', 10));
  const { settled, changes } = settle(
    { history: [pending, pending, rows(good, revision(7, 'deployed', 10))] },
    { whenBusy: 'wait' },
  );
  expect((await settled).latest).toMatchObject({ revision: 7, status: 'deployed' });
  expect(changes()).toEqual([]);
  expect(lines).toHaveLength(1);
});

test('but not for ever', async () => {
  const { settled } = settle(
    { history: rows(revision(7, 'pending-upgrade', 10)) },
    { whenBusy: 'wait', timeoutSeconds: 0.02 },
  );
  await expect(settled).rejects.toMatchObject({ code: 'LK-HELM-006' });
});
