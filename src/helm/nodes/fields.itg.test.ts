import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { deployments, nodes as nodeKind } from '../../kubernetes/resources.ts';
import { startApiServer } from '../preview/api-server.fixture.ts';
import { cordon, CORDONED_BY, isCordoned, uncordon } from './cordon.ts';
import { MOVED_TO, restart, takeBack } from './restart.ts';

/** What a node upgrade writes, beside a real API server and the real Helm: who owns which field, and what stays. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
jest.setTimeout(240_000);

const namespace = 'livekit';
const directory = mkdtempSync(join(tmpdir(), 'nodes-'));
let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;
const there = () => {
  if (cluster === undefined) throw new Error('the API server did not start');
  return cluster;
};
const client = () => there().client('admin');
const create = (path: string, object: unknown) =>
  there().exchange({ method: 'POST', path, body: JSON.stringify(object), contentType: 'application/json' });

beforeAll(async () => {
  cluster = await startApiServer(bin);
  await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const listed = () => client().list(nodeKind, undefined);
/** As `kubectl cordon` does it. */
const byHand = (name: string) =>
  there().exchange({
    method: 'PATCH',
    path: `/api/v1/nodes/${name}?fieldManager=kubectl`,
    body: JSON.stringify({ spec: { unschedulable: true } }),
    contentType: 'application/merge-patch+json',
  });

test('a cordon is taken away whole, and somebody else’s stays', async () => {
  for (const name of ['ours', 'theirs', 'too']) {
    const labels = { 'cloud.google.com/gke-nodepool': 'old' };
    await create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {} });
  }
  await byHand('theirs');
  expect(await cordon(client(), await listed(), 'a run')).toEqual(['ours', 'too']);
  const cordoned = await listed();
  expect(cordoned.every(isCordoned)).toBe(true);
  expect(cordoned.map(({ metadata }) => metadata.annotations[CORDONED_BY])).toEqual(['a run', undefined, 'a run']);
  expect(await cordon(client(), cordoned, 'a run')).toEqual([]);
  expect(await uncordon(client(), cordoned)).toEqual(['ours', 'too']);
  const after = await listed();
  expect(after.map((node) => [node.metadata.name, isCordoned(node)])).toEqual([
    ['ours', false],
    ['theirs', true],
    ['too', false],
  ]);
  expect(after.map(({ metadata }) => metadata.annotations)).toEqual([{}, {}, {}]);
});

test.each([
  ['server-side, as Helm 4 does', 'true'],
  ['by a three-way merge, as Helm 3 does', 'false'],
])('the move outlives a deploy that writes %s, and can be taken back', async (_how, serverSide) => {
  const release = `livekit-${serverSide}`;
  const chart = join(directory, release);
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${release}\nversion: 1.0.0\n`);
  writeFileSync(
    join(chart, 'templates', 'deployment.yaml'),
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${release} }
spec:
  selector: { matchLabels: { app: ${release} } }
  template:
    metadata:
      labels: { app: ${release} }
      annotations: { checksum: "{{ .Values.sum }}" }
    spec:
      containers: [{ name: server, image: 'server:1' }]
`,
  );
  const helm = there().helm(join(bin, 'helm'), 'admin', namespace);
  const write = async (sum: string) => {
    const mode = `--server-side=${serverSide}`;
    const { exitCode, stderr } = await helm.command([
      ...['upgrade', '--install', release, chart, '--set-string', `sum=${sum}`, mode],
    ]);
    expect([exitCode, stderr.replace(/^.*(level=|WARNING).*$/gm, '').trim()]).toEqual([0, '']);
  };
  const template = async () => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${release}`;
    const found = JSON.parse(await there().exchange({ method: 'GET', path })) as {
      spec: { template: { metadata: { annotations: Record<string, string> } } };
    };
    return found.spec.template.metadata.annotations;
  };
  const digest = async () => (await client().get(deployments, namespace, release))?.spec.template.digest;

  await write('1');
  const before = await digest();
  await restart(client(), namespace, release, 'pool-2');
  expect(await digest()).not.toBe(before);
  await write('1');
  expect(await template()).toEqual({ checksum: '1', [MOVED_TO]: 'pool-2' });
  await write('2');
  expect(await template()).toEqual({ checksum: '2', [MOVED_TO]: 'pool-2' });
  await restart(client(), namespace, release, 'pool-3');
  await takeBack(client(), namespace, release);
  expect(await template()).toEqual({ checksum: '2', [MOVED_TO]: 'pool-2' });
  // What it went back to is no move that could be taken back.
  await takeBack(client(), namespace, release);
  expect(await template()).toEqual({ checksum: '2', [MOVED_TO]: 'pool-2' });
});

test('the first move is taken back to the very template of before', async () => {
  const name = 'plain';
  await create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'server', image: 'server:1' }] },
      },
    },
  });
  const digest = async () => (await client().get(deployments, namespace, name))?.spec.template.digest;
  const before = await digest();
  await restart(client(), namespace, name, 'pool-2');
  expect(await digest()).not.toBe(before);
  await takeBack(client(), namespace, name);
  expect(await digest()).toBe(before);
});
