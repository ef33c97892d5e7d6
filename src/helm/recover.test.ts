import { helmFailures, rolloutFailures } from './failures.ts';
import { fakeHelm } from './helm.fixture.ts';
import { recover } from './recover.ts';
import type { Revision } from './release.ts';
import { seen } from './rollout/observation.fixture.ts';
import type { RolloutOptions } from './rollout/rollout.ts';
import { clusterOf } from './rollout/cluster.fixture.ts';

const failure = rolloutFailures.failure('image', { what: 'The image x cannot be pulled.', evidence: 'events' });
const revision = (number: number): Revision => ({
  revision: number,
  updated: '2026-11-21T09:00:00Z',
  status: 'deployed',
  chart: 'livekit-server-1.9.0',
  description: '',
});
const history = (...numbers: number[]) => ({
  revisions: numbers.map(revision),
  latest: numbers.length === 0 ? undefined : revision(numbers.at(-1) ?? 0),
  deployed: numbers.length === 0 ? undefined : revision(numbers.at(-1) ?? 0),
});
const rows = (...numbers: number[]) => ({ stdout: JSON.stringify(numbers.map(revision)) });
const manifest = { stdout: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: livekit-server\n' };

function rollout(observation = seen('ready')): { options: RolloutOptions; applied: unknown[] } {
  const { client, applied } = clusterOf(observation);
  const signal = new AbortController().signal;
  return { options: { client, namespace: 'livekit', timeoutSeconds: 0.05, pollSeconds: 0.01, signal }, applied };
}

test('an upgrade that failed goes back to the revision that was seen to work', async () => {
  const { helm, calls } = fakeHelm({ history: [rows(2, 3), rows(2, 3, 4)], rollback: {}, get: manifest });
  const { options, applied } = rollout();
  const recovered = await recover(helm, options, {
    release: 'livekit-server',
    history: history(1, 2),
    lastGood: revision(2),
    onFailure: 'rollback',
    failure,
  });
  expect(recovered).toMatchObject({ status: 'rolled-back', revision: 4 });
  expect(recovered.failure).toMatchObject({
    code: 'LK-HELM-020',
    message: 'The image x cannot be pulled. The release was rolled back to revision 2, whose pods are ready.',
    evidence: 'events',
  });
  expect(calls.filter((call) => call.startsWith('rollback'))).toEqual(['rollback livekit-server 2 --history-max 20']);
  expect(applied).toEqual([expect.objectContaining({ data: { revision: '4', updated: '2026-11-21T09:00:00Z' } })]);
});

test('a first install that failed is removed', async () => {
  const { helm, calls } = fakeHelm({ history: rows(1), uninstall: {} });
  const recovered = await recover(helm, rollout().options, {
    release: 'livekit-server',
    history: history(),
    lastGood: undefined,
    onFailure: 'rollback',
    failure,
  });
  expect(recovered).toMatchObject({ status: 'failed', revision: undefined });
  expect(calls).toContain('uninstall livekit-server');
});

test('with `keep` nothing is undone, and what never worked is remembered as such', async () => {
  const { helm, calls } = fakeHelm({ history: rows(1) });
  const { options, applied } = rollout();
  const recovered = await recover(helm, options, {
    release: 'livekit-server',
    history: history(),
    lastGood: undefined,
    onFailure: 'keep',
    failure,
  });
  expect(recovered).toMatchObject({ status: 'failed', revision: 1 });
  expect(calls).toHaveLength(1);
  expect(applied).toEqual([expect.objectContaining({ data: { revision: 'none', updated: '' } })]);
});

test('when helm refused before it wrote a revision, nothing is undone', async () => {
  const { helm, calls } = fakeHelm({ history: rows(1, 2) });
  const recovered = await recover(helm, rollout().options, {
    release: 'livekit-server',
    history: history(1, 2),
    lastGood: revision(2),
    onFailure: 'rollback',
    failure: helmFailures.failure('command', { what: 'helm upgrade failed: template.' }),
  });
  expect(recovered).toMatchObject({ status: 'failed', revision: 2 });
  expect(recovered.failure.message).toBe('helm upgrade failed: template. The release was not changed.');
  expect(calls).toHaveLength(1);
});

test('a rollback that fails too tells both causes', async () => {
  const { helm } = fakeHelm({ history: rows(2, 3), rollback: {}, get: manifest });
  const recovered = await recover(helm, rollout(seen('unschedulable')).options, {
    release: 'livekit-server',
    history: history(1, 2),
    lastGood: revision(2),
    onFailure: 'rollback',
    failure,
  });
  expect(recovered).toMatchObject({ status: 'failed' });
  expect(recovered.failure).toMatchObject({
    code: 'LK-HELM-010',
    message: expect.stringMatching(/^The image x cannot be pulled\. .* failed too: No node takes the pod/) as string,
  });
});
