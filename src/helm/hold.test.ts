import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { Kubernetes } from '../kubernetes/client.ts';
import { kubernetesFailures } from '../kubernetes/failures.ts';
import { type Lease, leases, type Manifest } from '../kubernetes/resources.ts';
import type { Held, HeldLease } from './hold.ts';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: (line: string) => lines.push(line),
  warning: (line: string) => lines.push(line),
  debug: () => undefined,
  setSecret: () => undefined,
}));
const { endLease, holdRelease, LEASE_SECONDS } = await import('./hold.ts');

beforeEach(() => lines.splice(0));

/** A namespace with one Lease, which is changed only by who has seen its newest version. */
function clusterWith(lease?: Partial<Lease['spec']>) {
  let version = 1;
  let present: Lease | undefined = lease && parse({ spec: lease });
  function parse(object: object) {
    return leases.schema.parse({
      ...object,
      metadata: { name: 'l', uid: 'u', creationTimestamp: '', resourceVersion: String(version) },
    });
  }
  const client = {
    get: async () => present,
    claim: async (manifest: Manifest) => {
      if (manifest.metadata.resourceVersion !== present?.metadata.resourceVersion) return false;
      version++;
      present = parse(manifest);
      return true;
    },
    remove: async () => void (present = undefined),
  } as unknown as Kubernetes;
  return {
    client,
    lease: () => present,
    set: (spec: Partial<Lease['spec']> | undefined) => {
      version++;
      present = spec && parse({ spec });
    },
  };
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const run = (id: number, attempt = 1) =>
  `by ada in https://github.com/nova/livekit/actions/runs/${id}, attempt ${attempt}`;
const options = (client: Kubernetes, more: object = {}) => ({
  client,
  namespace: 'livekit',
  release: 'livekit-server',
  who: run(77),
  whenBusy: 'wait' as const,
  timeoutSeconds: 5,
  signal: new AbortController().signal,
  pollSeconds: 0.005,
  renewSeconds: 0.005,
  ...more,
});

test('the lease is held and renewed while the work goes on, and gone afterwards', async () => {
  const { client, lease } = clusterWith();
  const seen = await holdRelease(options(client), async ({ predecessor }) => {
    const first = lease()?.metadata.resourceVersion;
    while (lease()?.metadata.resourceVersion === first) await sleep(1);
    return { holder: lease()?.spec.holderIdentity, predecessor };
  });
  expect(seen.holder).toContain('runs/77, attempt 1');
  expect(seen.predecessor).toBeUndefined();
  expect(lease()).toBeUndefined();
});

test.each([
  ['throws', () => Promise.reject(new Error('no'))],
  ['says so', async (held: Held) => held.fail()],
])('a run that failed and %s holds nothing, and the next one knows of it', async (_how, work) => {
  const { client, lease } = clusterWith();
  await holdRelease(options(client), work).catch((error: unknown) => expect(error).toEqual(new Error('no')));
  expect(lease()?.spec.leaseDurationSeconds).toBe(1);
  const next = options(client, { who: run(78) });
  const predecessor = await holdRelease(next, async (held) => held.predecessor);
  expect(predecessor?.who).toBe(run(77));
  expect(lines.filter((line) => !line.includes('Waiting for it'))).toEqual([]);
  expect(lease()).toBeUndefined();
});

const busy = {
  holderIdentity: `${run(76)} #01234567`,
  renewTime: ago(5),
  acquireTime: ago(180),
  leaseDurationSeconds: 60,
};

test('a second run waits for the first, and says for whom', async () => {
  const { client, set } = clusterWith(busy);
  const second = holdRelease(options(client), async () => 'done');
  await sleep(30);
  expect(lines).toEqual([
    expect.stringMatching(
      /^Another run works on livekit-server: by ada in .*runs\/76, attempt 1, since 3 min\. Waiting/,
    ),
  ]);
  set(undefined);
  expect(await second).toBe('done');
});

test('with `refuse` it does not', async () => {
  const { client } = clusterWith(busy);
  await expect(holdRelease(options(client, { whenBusy: 'refuse' }), async () => 'x')).rejects.toMatchObject({
    code: 'LK-HELM-085',
  });
});

test('nor for longer than it may', async () => {
  const { client } = clusterWith(busy);
  await expect(holdRelease(options(client, { timeoutSeconds: 0.02 }), async () => 'x')).rejects.toMatchObject({
    code: 'LK-HELM-085',
  });
});

test('a run that gives no more signs of life is followed at once, and named', async () => {
  const { client } = clusterWith({ ...busy, renewTime: ago(LEASE_SECONDS + 5) });
  const predecessor = await holdRelease(options(client), async (held) => held.predecessor);
  expect(predecessor).toMatchObject({ who: run(76) });
});

test('so is an earlier attempt of the same run, which is over', async () => {
  const { client } = clusterWith({ ...busy, holderIdentity: `${run(77, 1)} #01234567` });
  expect(await holdRelease(options(client, { who: run(77, 2) }), async () => 'done')).toBe('done');
});

test('but not another job of the same attempt', async () => {
  const { client } = clusterWith({ ...busy, holderIdentity: `${run(77, 1)} #01234567` });
  await expect(holdRelease(options(client, { whenBusy: 'refuse' }), async () => 'x')).rejects.toMatchObject({
    code: 'LK-HELM-085',
  });
});

test('of two that come at once one works', async () => {
  const { client } = clusterWith();
  let working = 0;
  const most: number[] = [];
  const work = async () => {
    most.push(++working);
    await sleep(15);
    working--;
  };
  await Promise.all([holdRelease(options(client), work), holdRelease(options(client, { who: run(78) }), work)]);
  expect(most).toEqual([1, 1]);
});

test('a run that was taken for dead learns it, and stops', async () => {
  const { client, set, lease } = clusterWith();
  const work = holdRelease(options(client), async ({ signal }) => {
    set(busy);
    await sleep(60_000, undefined, { signal });
  });
  await expect(work).rejects.toMatchObject({
    code: 'LK-HELM-086',
    message: expect.stringContaining('runs/76') as string,
  });
  expect(lease()?.spec.holderIdentity).toBe(busy.holderIdentity);
});

test('an identity that may not have leases works without one, in plain sight', async () => {
  const get = () => Promise.reject(kubernetesFailures.failure('forbidden', { what: 'It may not.' }));
  expect(await holdRelease(options({ get } as unknown as Kubernetes), async () => 'done')).toBe('done');
  expect(lines).toEqual([expect.stringContaining('at the same time: It may not.')]);
});

test('a cancelled job waits no more', async () => {
  const { client } = clusterWith(busy);
  const signal = AbortSignal.timeout(20);
  await expect(holdRelease(options(client, { signal }), async () => 'x')).rejects.toThrow(/abort|timeout/i);
});

describe('a run that was cancelled, and the one after it', () => {
  /** The first run as its cancelled job leaves it: it asks nobody any more. */
  async function cancelled(cluster: ReturnType<typeof clusterWith>) {
    const cancel = new AbortController();
    const told: (HeldLease | undefined)[] = [];
    const refusing = {
      ...cluster.client,
      get: async (...args: Parameters<Kubernetes['get']>) => {
        cancel.signal.throwIfAborted();
        return cluster.client.get(...args);
      },
    } as unknown as Kubernetes;
    const first = holdRelease(
      options(refusing, { who: run(76), signal: cancel.signal, onHeld: (held?: HeldLease) => told.push(held) }),
      async () => {
        cancel.abort(new Error('cancelled'));
        await sleep(60_000, undefined, { signal: cancel.signal });
      },
    );
    await expect(first).rejects.toThrow();
    return told;
  }

  test('leaves its lease, and keeps by what name it was held', async () => {
    const cluster = clusterWith();
    const told = await cancelled(cluster);
    expect(told).toEqual([
      { namespace: 'livekit', release: 'livekit-server', holder: cluster.lease()?.spec.holderIdentity },
    ]);
    expect(cluster.lease()?.spec.holderIdentity).toContain('runs/76');
  });

  test('the next run is refused until the lease is ended, and then knows whom it follows', async () => {
    const cluster = clusterWith();
    const [held] = await cancelled(cluster);
    const next = () =>
      holdRelease(options(cluster.client, { whenBusy: 'refuse' }), async ({ predecessor }) => predecessor);
    await expect(next()).rejects.toMatchObject({ code: 'LK-HELM-085' });
    expect(held && (await endLease(cluster.client, held))).toBe(true);
    cluster.set({ ...cluster.lease()?.spec, renewTime: ago(2) });
    expect(await next()).toMatchObject({ who: run(76) });
    expect(cluster.lease()).toBeUndefined();
  });

  test('a lease that the next run has taken meanwhile is not ended', async () => {
    const cluster = clusterWith();
    const [held] = await cancelled(cluster);
    cluster.set(busy);
    expect(held && (await endLease(cluster.client, held))).toBe(false);
    expect(cluster.lease()?.spec).toMatchObject(busy);
  });
});

test('whoever is told of a held lease is told when it is given back', async () => {
  const { client } = clusterWith();
  const told: (HeldLease | undefined)[] = [];
  await holdRelease(options(client, { onHeld: (held?: HeldLease) => told.push(held) }), async () => undefined);
  expect(told).toEqual([expect.objectContaining({ release: 'livekit-server' }), undefined]);
});
