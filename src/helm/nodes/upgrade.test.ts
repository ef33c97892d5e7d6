import { jest } from '@jest/globals';
import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import type { Failure } from '../../failure/failure.ts';
import { fakeHelm } from '../helm.fixture.ts';
import { playCluster } from './cluster.fixture.ts';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: (line: string) => lines.push(line.trim().replace(/^\d+ s +/, '')),
  warning: (line: string) => lines.push(line),
  debug: () => undefined,
  setSecret: () => undefined,
  startGroup: () => undefined,
  endGroup: () => undefined,
}));
const { upgradeNodes } = await import('./upgrade.ts');

beforeEach(() => lines.splice(0));

const OLD = 'livekit-prd';
const NEW = 'livekit-prd-2';
const outputs = {
  node_pool_name: NEW,
  node_pool_names: [OLD, NEW],
  current_node_pool_names: [NEW],
  node_pool_max_nodes: 3,
} as unknown as EnvironmentOutputs;
const options = {
  outputs,
  release: 'livekit-server',
  namespace: 'livekit',
  timeoutSeconds: 0.1,
  pollSeconds: 0.005,
  onFailure: 'rollback',
  drain: 'wait',
  drainSeconds: 0.02,
  forward: undefined,
  signal: new AbortController().signal,
  description: 'by ada in run 77',
  whenBusy: 'refuse',
} as const;

function helm() {
  const revision = {
    revision: 4,
    updated: '2026-11-21T09:00:00Z',
    status: 'deployed',
    chart: 'livekit-server-1.9.0',
    description: '',
  };
  return fakeHelm({
    history: { stdout: JSON.stringify([revision]) },
    get: { stdout: 'kind: Deployment\nmetadata: {name: livekit-server}\n---\nkind: Service\nmetadata: {name: x}\n' },
  }).helm;
}

type Cluster = ReturnType<typeof playCluster>;
const run = ({ client }: Cluster, more: object = {}) => upgradeNodes(helm(), client, { ...options, ...more });
const codeOf = (attempt: Promise<unknown>) => attempt.catch((error: unknown) => (error as Failure).code);

test('old nodes are cordoned first, then each pod ends when its replacement is ready on a new one', async () => {
  const cluster = playCluster({ [OLD]: 2, [NEW]: 2 }, 2);
  const result = await run(cluster);
  expect(cluster.written).toEqual([
    `${OLD}-a cordoned`,
    `${OLD}-b cordoned`,
    'rolled',
    'livekit-0 was told to end',
    'livekit-1 was told to end',
  ]);
  expect(cluster.pods().filter(({ ending }) => !ending)).toEqual([
    { name: 'livekit-2', node: `${NEW}-a`, ready: true, ending: false },
    { name: 'livekit-3', node: `${NEW}-b`, ready: true, ending: false },
  ]);
  expect(result).toMatchObject({ status: 'draining', revision: 4, podsReady: 2, failure: undefined });
  expect(result.draining.map(({ name }) => name)).toEqual(['livekit-0', 'livekit-1']);
  expect(result.nodes).toMatchObject({ isEmpty: false, changed: true });
  expect(lines.at(-1)).toContain('Run `mode: upgrade-nodes` again until they have');
});

test('the fields are of a field manager of their own, which tells whose they are', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  await run(cluster);
  expect(cluster.applied.map(({ manager }) => manager)).toEqual(['livekit-gke-nodes', 'livekit-gke-nodes']);
  expect(cluster.nodes[0]?.fields.annotations).toEqual({
    'livekit-gke/cordoned-by': 'livekit/livekit-server, by ada in run 77',
  });
});

test('the next run goes on with the drain and rolls nothing again', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  await run(cluster);
  cluster.written.splice(0);
  const second = await run(cluster);
  expect(second).toMatchObject({ status: 'draining', nodes: { changed: false } });
  cluster.endCalls();
  const third = await run(cluster);
  expect(cluster.written).toEqual([]);
  expect(third).toMatchObject({ status: 'deployed', draining: [], nodes: { isEmpty: true, changed: false } });
  expect(lines.at(-1)).toContain('No pod of LiveKit is left on livekit-prd. Next: the pull request');
  expect(third.nodes?.pools).toEqual([
    { name: OLD, age: 'older', nodes: 1, cordoned: 1, pods: 0 },
    { name: NEW, age: 'current', nodes: 1, cordoned: 0, pods: 1 },
  ]);
});

test('a pod whose server has ended is waited for until it is gone; one that stays, as on a lost node, is told of', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  await run(cluster);
  const { remove } = cluster.endServers();
  expect(await run(cluster)).toMatchObject({ status: 'deployed', nodes: { isEmpty: false } });
  expect(lines.at(-1)).toContain('Run `mode: upgrade-nodes` again until they have');
  const next = run(cluster, { drainSeconds: 60 });
  setTimeout(remove, 50);
  expect(await next).toMatchObject({ status: 'deployed', nodes: { isEmpty: true } });
  expect(lines.at(-1)).toContain('No pod of LiveKit is left on livekit-prd. Next: the pull request');
});

test('a run that was stopped after the cordon is taken up by the next', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  const cancel = new AbortController();
  const { client } = cluster;
  const apply = client.apply;
  client.apply = async (manifest, manager) => {
    await apply(manifest, manager);
    cancel.abort(new Error('cancelled'));
  };
  await expect(run(cluster, { signal: cancel.signal })).rejects.toThrow('cancelled');
  expect(cluster.written).toEqual([`${OLD}-a cordoned`]);
  client.apply = apply;
  expect(await run(cluster)).toMatchObject({ status: 'draining' });
  expect(cluster.written).toEqual([`${OLD}-a cordoned`, 'rolled', 'livekit-0 was told to end']);
});

test('a move whose new pods do not get ready is taken back: the old ones serve on', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  cluster.breakPods(true);
  const result = await run(cluster);
  expect(result).toMatchObject({ status: 'rolled-back', nodes: { isEmpty: false } });
  expect(result.failure?.message).toContain('The move was taken back');
  expect(cluster.template()).toEqual({});
  expect(cluster.written).toContain(`${OLD}-a uncordoned`);
  expect(cluster.pods().filter(({ ending }) => !ending)).toEqual([
    { name: 'livekit-0', node: `${OLD}-a`, ready: true, ending: false },
  ]);
});

test('a later run takes back what an earlier one began', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  cluster.breakPods(true);
  expect(await run(cluster, { onFailure: 'keep' })).toMatchObject({ status: 'failed' });
  expect(cluster.template()).toHaveProperty(['livekit-gke/moved-to']);
  expect(await run(cluster)).toMatchObject({ status: 'rolled-back' });
  expect(cluster.template()).toEqual({});
});

test('what fails after the move is not taken back: there is nothing to go back to', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  await run(cluster);
  cluster.breakPods(true);
  cluster.unready();
  cluster.written.splice(0);
  const result = await run(cluster);
  expect(result).toMatchObject({ status: 'failed' });
  expect(result.failure?.message).toContain('nothing to go back to');
  expect(cluster.written).toEqual([]);
});

test('what a retired generation had cordoned takes pods again, and they go back', async () => {
  const cluster = playCluster({ [OLD]: 2, [NEW]: 1 }, 1);
  await run(cluster);
  cluster.endCalls();
  cluster.written.splice(0);
  await run(cluster, { outputs: { ...outputs, node_pool_name: OLD, current_node_pool_names: [OLD] } });
  expect(cluster.written).toEqual([
    `${NEW}-a cordoned`,
    `${OLD}-a uncordoned`,
    `${OLD}-b uncordoned`,
    'rolled',
    'livekit-1 was told to end',
  ]);
});

test('a node that somebody else cordoned stays as it is', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 2 }, 1);
  const [, byHand] = cluster.nodes;
  if (byHand !== undefined) byHand.cordonedByHand = true;
  await run(cluster);
  expect(cluster.written).not.toContain(`${NEW}-a uncordoned`);
  expect(cluster.pods().find(({ ending }) => !ending)?.node).toBe(`${NEW}-b`);
});

test('pods of others on the old nodes are told, those of DaemonSets are not', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  cluster.others.push(
    { namespace: 'media', name: 'egress', node: `${OLD}-a`, owner: 'ReplicaSet' },
    { namespace: 'kube-system', name: 'agent', node: `${OLD}-a`, owner: 'DaemonSet' },
    { namespace: 'media', name: 'elsewhere', node: `${NEW}-a`, owner: 'ReplicaSet' },
  );
  expect((await run(cluster)).nodes?.others).toEqual(['media/egress']);
});

describe('refused before anything is written', () => {
  const refused = async (cluster: Cluster, more: object = {}) => {
    const code = await codeOf(run(cluster, more));
    expect(cluster.written).toEqual([]);
    return code;
  };

  test('without a newer generation', async () => {
    const cluster = playCluster({ [OLD]: 1 }, 1);
    const one = { ...outputs, node_pool_name: OLD, node_pool_names: [OLD], current_node_pool_names: [OLD] };
    expect(await refused(cluster, { outputs: one })).toBe('LK-HELM-120');
    const { node_pool_names: _all, current_node_pool_names: _current, ...before } = outputs;
    expect(await refused(cluster, { outputs: before })).toBe('LK-HELM-120');
  });

  test('when no new node is ready', async () => {
    const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
    for (const node of cluster.nodes) node.ready = node.pool === OLD;
    expect(await refused(cluster)).toBe('LK-HELM-121');
  });

  test('when the new pool cannot have as many nodes as there are pods', async () => {
    const cluster = playCluster({ [OLD]: 3, [NEW]: 1 }, 3);
    expect(await refused(cluster, { outputs: { ...outputs, node_pool_max_nodes: 2 } })).toBe('LK-HELM-121');
  });

  test('without the right to change nodes', async () => {
    const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
    cluster.denied.add('patch nodes');
    const attempt = run(cluster);
    await expect(attempt).rejects.toThrow('This identity may not patch nodes.');
    expect(cluster.written).toEqual([]);
  });

  test('when there is no such release', async () => {
    const { helm: empty } = fakeHelm({ history: { exitCode: 1, stderr: 'Error: release: not found' } });
    const { client, written } = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
    expect(await codeOf(upgradeNodes(empty, client, options))).toBe('LK-HELM-008');
    expect(written).toEqual([]);
  });
});

test('a pool that grows with the pods is said to, and is waited for', async () => {
  const cluster = playCluster({ [OLD]: 1 }, 1);
  const running = run(cluster, { timeoutSeconds: 0.5 });
  setTimeout(
    () => cluster.nodes.push({ name: `${NEW}-a`, pool: NEW, ready: true, fields: {}, cordonedByHand: false }),
    50,
  );
  expect(await running).toMatchObject({ podsReady: 1 });
  expect(lines).toContainEqual(
    expect.stringContaining('livekit-prd-2 has 0 free nodes for 1 pod: the autoscaler adds'),
  );
});

test('a strategy without surge is warned of', async () => {
  const cluster = playCluster({ [OLD]: 1, [NEW]: 1 }, 1);
  cluster.surgeOf(0);
  await run(cluster);
  expect(lines).toContainEqual(expect.stringContaining('tells each pod to end before its replacement starts'));
});

test('pods that are back on an old pool fail the run, and say where', async () => {
  const cluster = playCluster({ [OLD]: 1 }, 1);
  // A repaired node joins the old pool before the cordon sees it, and no new one is there.
  const { client } = cluster;
  const apply = client.apply;
  client.apply = async (manifest, manager) => {
    await apply(manifest, manager);
    if (manifest.kind !== 'Deployment') return;
    cluster.nodes.push({ name: `${OLD}-z`, pool: OLD, ready: true, fields: {}, cordonedByHand: false });
    setTimeout(() => cluster.endCalls(), 30);
  };
  const result = await run(cluster, { drainSeconds: 1 });
  expect(result).toMatchObject({ status: 'failed', failure: { code: 'LK-HELM-123' } });
  expect(result.failure?.message).toContain('livekit-1 on livekit-prd-z');
});
