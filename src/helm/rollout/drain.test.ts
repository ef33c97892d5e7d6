import { jest } from '@jest/globals';
import { kubernetesFailures } from '../../kubernetes/failures.ts';
import type { Forward } from '../../livekit/load.ts';
import { clusterOf } from './cluster.fixture.ts';
import { ending, seen } from './observation.fixture.ts';
import type { Observation } from './observe.ts';
import { timeline } from './timeline.ts';

const lines: string[] = [];
const warnings: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: (line: string) => lines.push(line.trim().replace(/^\d+ s +/, '')),
  warning: (line: string) => warnings.push(line),
  setSecret: () => undefined,
}));
const { drainWords, followDrain, readDraining } = await import('./drain.ts');

beforeEach(() => {
  lines.splice(0);
  warnings.splice(0);
});

const HOURS = 3600;
/** A rollout whose new pod is ready while the old one, told to end 12 minutes ago with 5 hours of grace, holds calls. */
function draining(): Observation {
  const ready = seen('ready');
  const [old] = ending(ready);
  if (old === undefined || ready.current === undefined) throw new Error('the fixture has a pod');
  const over = new Date(Date.now() + (5 * HOURS - 12 * 60) * 1000).toISOString();
  const containers = [{ name: 'livekit-server', image: '', ports: [{ name: 'metrics', containerPort: 6789 }] }];
  const owner = { kind: 'ReplicaSet', name: 'earlier', uid: 'earlier' };
  return {
    ...ready,
    oldPods: [
      {
        ...old,
        metadata: {
          ...old.metadata,
          uid: 'livekit-old',
          name: 'livekit-old',
          deletionTimestamp: over,
          deletionGracePeriodSeconds: 5 * HOURS,
          ownerReferences: [owner],
        },
        spec: { ...old.spec, containers },
      },
    ],
  };
}

/** The same, told to end just now, and with 20 seconds to serve on. */
function servingOn(look: Observation): Observation {
  const deletionTimestamp = new Date(Date.now() + 5 * HOURS * 1000).toISOString();
  const lifecycle = { preStop: { sleep: { seconds: 20 } } };
  const oldPods = look.oldPods.map(({ spec, ...pod }) => ({
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp },
    spec: { ...spec, containers: spec.containers.map((each) => ({ ...each, lifecycle })) },
  }));
  return { ...look, oldPods };
}

/** The cluster shows the looks one after another; the old pod's ReplicaSet is there in each. */
function clusterWith(...looks: Observation[]) {
  const cluster = clusterOf(...looks);
  const list = cluster.client.list;
  cluster.client.list = async (kind, ...rest) => {
    const found = await list(kind, ...rest);
    const [current] = found as { metadata: object; spec: object }[];
    if (kind.kind !== 'ReplicaSet' || current === undefined) return found;
    const earlier = {
      ...current,
      metadata: { ...current.metadata, uid: 'earlier' },
      spec: { template: { digest: 'x' } },
    };
    return [...found, earlier] as never[];
  };
  return cluster;
}

/** The metrics of the pods, one page after another. */
function pages(...loads: [rooms: number, participants: number][]): Forward {
  return async (_pod, _signal, use) => {
    const [rooms, participants] = (loads.length > 1 ? loads.shift() : loads[0]) ?? [0, 0];
    const text = `livekit_room_total ${rooms}\nlivekit_participant_total ${participants}\n`;
    const real = globalThis.fetch;
    globalThis.fetch = () => Promise.resolve(new Response(text));
    try {
      return await use('127.0.0.1:1');
    } finally {
      globalThis.fetch = real;
    }
  };
}

const options = {
  namespace: 'livekit',
  deployments: ['livekit-server'],
  mode: 'wait',
  limitSeconds: 5,
  pollSeconds: 0.001,
  signal: new AbortController().signal,
} as const;

test('an old pod is followed until its calls are over, a line for each change', async () => {
  const { client, ended } = clusterWith(draining(), draining(), draining(), seen('ready'));
  expect(await followDrain({ ...options, client, forward: pages([3, 17], [3, 17], [1, 2]) })).toEqual([]);
  expect(lines).toEqual([
    '1 old pod waits for calls to end.',
    'livekit-old drains: 3 rooms, 17 participants, 12 min of 5 h',
    'livekit-old drains: 1 room, 2 participants, 12 min of 5 h',
    'livekit-old has ended',
  ]);
  expect(ended).toEqual([]);
});

test('a pod without calls ends by itself: it is told of once, and not waited for', async () => {
  const { client, ended } = clusterWith(servingOn(draining()));
  expect(await followDrain({ ...options, client, mode: 'force', forward: pages([1, 0]) })).toEqual([]);
  expect(lines).toEqual([
    'Without calls, so not waited for: livekit-old ends when the load balancer sends no more joins.',
  ]);
  expect(ended).toEqual([]);
});

test('one whose calls end while it drains is seen off', async () => {
  const { client } = clusterWith(draining(), draining(), seen('ready'));
  expect(await followDrain({ ...options, client, forward: pages([1, 2], [1, 0]) })).toEqual([]);
  expect(lines.slice(-2)).toEqual([
    'livekit-old drains: 1 room, 0 participants, 12 min of 5 h',
    'livekit-old has ended',
  ]);
});

test('it is so, too, when they end before it is told of its end', async () => {
  const { client } = clusterWith(servingOn(draining()), servingOn(draining()), seen('ready'));
  expect(await followDrain({ ...options, client, forward: pages([1, 2], [1, 0]) })).toEqual([]);
  expect(lines.at(-1)).toBe('livekit-old has ended');
});

test('it is waited for where its node is to go', async () => {
  const { client } = clusterWith(servingOn(draining()), servingOn(draining()), seen('ready'));
  expect(await followDrain({ ...options, client, waitsForIdle: true, forward: pages([0, 0]) })).toEqual([]);
  expect(lines).toEqual([]);
  const left = await followDrain({
    ...{ ...options, client: clusterWith(servingOn(draining())).client, waitsForIdle: true },
    ...{ limitSeconds: 0.02, forward: pages([0, 0]) },
  });
  expect(left).toHaveLength(1);
});

test('a pod that is about to go is not told of as one that hides its load', async () => {
  const told = servingOn(draining());
  const { client } = clusterWith(told, told, seen('ready'));
  const forward: Forward = () => Promise.reject(new Error('refused'));
  expect(await followDrain({ ...options, client, forward })).toEqual([]);
  expect(lines).toEqual([]);
});

test('pods without calls are no drain in a status either', async () => {
  const { oldPods } = draining();
  expect(await readDraining(oldPods, { ...options, forward: pages([0, 0]) })).toEqual([]);
  expect(await readDraining(oldPods, { ...options, forward: pages([1, 2]) })).toHaveLength(1);
  expect(await readDraining(oldPods, { ...options, forward: undefined })).toHaveLength(1);
});

test('each look is told, so that the end of a pod is on record', async () => {
  const recorded = timeline();
  recorded.see(draining());
  const { client } = clusterWith(draining(), { ...seen('ready'), oldPods: [] });
  const onLook = ([look]: readonly (Observation | undefined)[]) => {
    if (look !== undefined) recorded.see(look);
  };
  await followDrain({ ...options, client, forward: undefined, onLook });
  const old = recorded.lives().find(({ name }) => name === 'livekit-old');
  expect(old?.ending).toBeLessThan(old?.gone ?? 0);
  const life = timeline([...recorded.lives()])
    .lives()
    .find(({ name }) => name === 'livekit-old');
  expect(life).toEqual(old);
});

test('what drains longer than the limit is handed over', async () => {
  const { client } = clusterWith(draining());
  const left = await followDrain({ ...options, client, limitSeconds: 0.02, forward: pages([1, 2]) });
  expect(left).toEqual([
    expect.objectContaining({ name: 'livekit-old', graceSeconds: 5 * HOURS, load: { rooms: 1, participants: 2 } }),
  ]);
});

test('force ends each old pod once, and still sees it off', async () => {
  const { client, ended } = clusterWith(draining(), draining(), seen('ready'));
  await followDrain({ ...options, client, mode: 'force', forward: undefined });
  expect(ended).toEqual(['livekit-old in 30 s']);
  expect(lines[0]).toContain('cut now (`drain: force`)');
});

test('force tells a LiveKit server a second time: a kubelet heeds no shorter grace', async () => {
  const { client, ended } = clusterWith(draining(), draining(), seen('ready'));
  await followDrain({ ...options, client, mode: 'force', forward: pages([1, 2]) });
  expect(ended).toEqual(['livekit-old in 30 s', 'livekit-old by kill -TERM 1']);
});

test('where that is not allowed, it is said, and the pod is followed all the same', async () => {
  const { client } = clusterWith(draining(), draining(), seen('ready'));
  const what = '`kill -TERM 1` did not run in the pod livekit-old: Forbidden.';
  client.exec = () => Promise.reject(kubernetesFailures.failure('podCommand', { what }));
  await followDrain({ ...options, client, mode: 'force', forward: pages([1, 2]) });
  expect(warnings).toEqual([expect.stringContaining(what)]);
  expect(lines.at(-1)).toBe('livekit-old has ended');
});

test('a pod that does not tell its load is waited for all the same', async () => {
  const { client } = clusterWith(draining(), seen('ready'));
  const forward: Forward = () => Promise.reject(new Error('refused'));
  expect(await followDrain({ ...options, client, forward })).toEqual([]);
  expect(lines[1]).toBe('livekit-old drains: its load is not known, 12 min of 5 h');
});

test('nothing that drains is no line', async () => {
  const { client } = clusterWith(seen('ready'));
  expect(await followDrain({ ...options, client, forward: undefined })).toEqual([]);
  expect(lines).toEqual([]);
});

test('a cancelled job stops following; the pods drain on', async () => {
  const { client, ended } = clusterWith(draining());
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(new Error('cancelled')), 20);
  const following = followDrain({ ...options, client, forward: undefined, signal: cancel.signal, limitSeconds: 60 });
  await expect(following).rejects.toThrow();
  expect(ended).toEqual([]);
});

test.each([
  [30, 18_000, '30 s of 5 h'],
  [720, 18_000, '12 min of 5 h'],
  [7500, 18_000, '2 h 5 min of 5 h'],
])('%d s of %d s', (drainingSeconds, graceSeconds, words) => {
  expect(drainWords({ name: '', node: '', load: undefined, drainingSeconds, graceSeconds })).toBe(words);
});
