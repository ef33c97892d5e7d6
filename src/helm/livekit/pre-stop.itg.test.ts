import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { deployments } from '../../kubernetes/resources.ts';
import { startApiServer } from '../preview/api-server.fixture.ts';
import { keepServing, keepServingFromTheStart, readPreStop } from './pre-stop.ts';

/** The pods' last seconds beside a real API server and the real Helm: they stay, and no deploy rolls the pods for them again. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
jest.setTimeout(240_000);

const namespace = 'livekit';
const OURS = { sleep: { seconds: 20 } };
const directory = mkdtempSync(join(tmpdir(), 'pre-stop-'));
let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;
const there = () => {
  if (cluster === undefined) throw new Error('the API server did not start');
  return cluster;
};
const client = () => there().client('admin');

beforeAll(async () => {
  cluster = await startApiServer(bin);
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const body = JSON.stringify(object);
  await there().exchange({ method: 'POST', path: '/api/v1/namespaces', body, contentType: 'application/json' });
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A chart with a Deployment as LiveKit's has it, or with an action of its own before the end. */
function chart(release: string): string {
  const path = join(directory, release);
  mkdirSync(join(path, 'templates'), { recursive: true });
  writeFileSync(join(path, 'Chart.yaml'), `apiVersion: v2\nname: ${release}\nversion: 1.0.0\n`);
  writeFileSync(
    join(path, 'templates', 'deployment.yaml'),
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
      containers:
        - name: livekit-server
          image: 'server:1'
          {{- with .Values.command }}
          lifecycle: { preStop: { exec: { command: [{{ . | quote }}] } } }
          {{- end }}
`,
  );
  return path;
}

function releaseOf(name: string, serverSide: string) {
  const path = chart(name);
  const helm = there().helm(join(bin, 'helm'), 'admin', namespace);
  const run = async (...args: string[]) => {
    const { exitCode, stderr } = await helm.command(args);
    expect([exitCode, stderr.replace(/^.*(level=|WARNING).*$/gm, '').trim()]).toEqual([0, '']);
  };
  return {
    write: (...set: string[]) =>
      run('upgrade', '--install', name, path, `--server-side=${serverSide}`, ...set.flatMap((each) => ['--set', each])),
    rollBack: (revision: number) => run('rollback', name, String(revision), `--server-side=${serverSide}`),
    digest: async () => (await client().get(deployments, namespace, name))?.spec.template.digest,
    preStop: () => readPreStop(client(), namespace, name),
  };
}

test.each([
  ['server-side, as Helm 4 does', 'true'],
  ['by a three-way merge, as Helm 3 does', 'false'],
])('they outlive upgrades and a rollback that are written %s', async (_how, serverSide) => {
  const name = `livekit-${serverSide}`;
  const release = releaseOf(name, serverSide);
  expect(await keepServing(client(), namespace, name)).toBe(false);
  await release.write('sum=a');
  const signal = new AbortController().signal;
  await keepServingFromTheStart(client(), { namespace, name, signal, seconds: 0.2 });
  const installed = await release.digest();
  expect(await release.preStop()).toEqual(OURS);
  // The same again: neither Helm nor we change the template, so that no pod is replaced.
  expect(await keepServing(client(), namespace, name)).toBe(true);
  await release.write('sum=a');
  expect(await release.digest()).toBe(installed);
  await release.write('sum=b');
  expect(await release.preStop()).toEqual(OURS);
  expect(await release.digest()).not.toBe(installed);
  // Back to revision 1, which Helm wrote without them: to the very template of then, with them.
  await release.rollBack(1);
  expect(await release.preStop()).toEqual(OURS);
  expect(await release.digest()).toBe(installed);
});

test('a release that was made without them has them before Helm’s next change, so that both are one', async () => {
  const release = releaseOf('livekit-before', 'true');
  await release.write('sum=a');
  expect(await release.preStop()).toEqual({});
  expect(await keepServing(client(), namespace, 'livekit-before')).toBe(true);
  expect(await release.preStop()).toEqual(OURS);
  await release.write('sum=b');
  expect(await release.preStop()).toEqual(OURS);
});

test('an action of the chart’s own stays as it is', async () => {
  const release = releaseOf('livekit-own', 'true');
  await release.write('sum=a', 'command=true');
  const before = await release.digest();
  expect(await keepServing(client(), namespace, 'livekit-own')).toBe(true);
  expect(await release.digest()).toBe(before);
  expect(await release.preStop()).toEqual({ exec: { command: ['true'] } });
});
