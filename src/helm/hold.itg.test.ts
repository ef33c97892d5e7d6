import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { leases } from '../kubernetes/resources.ts';
import { endLease, type HeldLease, holdRelease } from './hold.ts';
import { startApiServer } from './preview/api-server.fixture.ts';

/** The Lease of a release on a real API server, which keeps times and versions in its own way. */
jest.setTimeout(120_000);

let cluster: Awaited<ReturnType<typeof startApiServer>>;
const namespace = 'livekit';
beforeAll(async () => {
  cluster = await startApiServer(process.env['LIVEKIT_GKE_TEST_BIN'] ?? '');
  await cluster.client('admin').create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});
afterAll(() => cluster.stop());

const options = (run: number, more: object = {}) => ({
  client: cluster.client('admin'),
  namespace,
  release: 'livekit-server',
  who: `by ada in https://github.com/nova/livekit/actions/runs/${run}, attempt 1`,
  whenBusy: 'refuse' as const,
  timeoutSeconds: 10,
  signal: new AbortController().signal,
  ...more,
});
const lease = () => cluster.client('admin').get(leases, namespace, 'livekit-server-deploy');

test('a run that was killed holds the release until its lease is ended; the next one follows it and clears up', async () => {
  let held: HeldLease | undefined;
  // As a killed process leaves it: nothing is renewed, and nothing given back.
  const end = new AbortController();
  const killed = holdRelease(options(1, { renewSeconds: 3600, onHeld: (told?: HeldLease) => (held ??= told) }), () =>
    sleep(3_600_000, undefined, { signal: end.signal }),
  ).catch(() => undefined);
  while ((await lease()) === undefined) await sleep(50);
  await expect(holdRelease(options(2), async () => 'x')).rejects.toMatchObject({ code: 'LK-HELM-085' });

  expect(held && (await endLease(cluster.client('admin'), held))).toBe(true);
  const seen = await holdRelease(
    options(2, { whenBusy: 'wait', pollSeconds: 0.2 }),
    async ({ predecessor }) => predecessor,
  );
  expect(seen?.who).toBe('by ada in https://github.com/nova/livekit/actions/runs/1, attempt 1');
  expect(await lease()).toBeUndefined();
  end.abort();
  await killed;
});

test('the lease of the run that came next is left alone', async () => {
  const stale = { namespace, release: 'livekit-server', holder: 'by ada in a run that is gone #01234567' };
  await holdRelease(options(3), async () => {
    expect(await endLease(cluster.client('admin'), stale)).toBe(false);
    expect((await lease())?.spec.holderIdentity).toContain('runs/3');
  });
});
