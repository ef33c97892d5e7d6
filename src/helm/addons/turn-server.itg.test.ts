import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { run } from '../../exec/run.ts';
import { jsonSchemas } from '../json-schemas.fixture.ts';
import { kubeconform } from '../kubeconform.fixture.ts';
import { startApiServer } from '../preview/api-server.fixture.ts';
import { merge, type Values } from '../values/tree.ts';

/** What the chart renders, held to kubeconform with the schemas of a real API server, Google's custom resources among them. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
jest.setTimeout(240_000);

let directory: string;
let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'turn-server-strict-'));
  const server = await startApiServer(bin);
  cluster = server;
  const definitions = readFileSync('sandbox/kubernetes/manifests/gke.yaml', 'utf8').split(/^---$/m);
  for (const body of definitions.filter((each) => parse(each) !== null)) {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?fieldValidation=Strict';
    await server.exchange({ method: 'POST', path, body, contentType: 'application/yaml' });
  }
  mkdirSync(join(directory, 'schemas'));
  // A definition is described some time after it is written.
  for (let left = 100; ; left--) {
    const schemas = await jsonSchemas(server.exchange);
    if ([...schemas.keys()].some((name) => name.startsWith('podmonitoring-'))) {
      for (const [name, text] of schemas) writeFileSync(join(directory, 'schemas', name), text);
      return;
    }
    if (left === 0) throw new Error('PodMonitoring is not described');
    await sleep(500);
  }
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function render(values: Values, files: readonly string[] = [], helm = 'helm'): Promise<string> {
  const own = join(directory, 'values.json');
  writeFileSync(own, JSON.stringify(values));
  const given = [...files, own].flatMap((file) => ['--values', file]);
  const { exitCode, stdout, stderr } = await run(
    join(bin, helm),
    [
      'template',
      '--kube-version',
      '1.34.1',
      'turn-server',
      'helm/addons/turn-server',
      '--namespace',
      'nova-turn',
      ...given,
    ],
    { timeoutSeconds: 60, env: { PATH: process.env['PATH'] ?? '', HOME: directory } },
  );
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

const conforms = (text: string) => kubeconform(bin, directory, text);

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string() }),
});
const objectsOf = (text: string) =>
  parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [objectSchema.parse(value)];
  });

const EVERYTHING: Values = {
  ...{ replicaCount: 2, priorityClassName: 'high', imagePullSecrets: [{ name: 'registry' }], drainSeconds: 600 },
  ...{ tls: { enabled: true }, metrics: { google: true }, clusterRanges: ['198.18.0.0-198.18.255.255'] },
  ...{ service: { addressName: 'livekit-dev-turn-server' }, podLabels: { team: 'nova' }, podAnnotations: { a: 'b' } },
};
const FOLDER = 'helm/addons/turn-server';
const OWN = ['ConfigMap', 'Deployment', 'Service'];

test.each<{ what: string; values: Values; files?: string[]; kinds: string[] }>([
  { what: 'nothing given', values: {}, kinds: OWN },
  { what: 'for the messaging service', values: {}, files: [`${FOLDER}/values-messaging.yaml`], kinds: OWN },
  { what: 'beside LiveKit', values: {}, files: [`${FOLDER}/values-livekit.yaml`], kinds: OWN },
  { what: 'everything on', values: EVERYTHING, kinds: [...OWN, 'PodDisruptionBudget', 'PodMonitoring'] },
  {
    what: 'no load balancer and no metrics',
    values: { service: { type: 'ClusterIP' }, metrics: { enabled: false }, drainSeconds: 0 },
    kinds: OWN,
  },
])('$what', async ({ values, files, kinds }) => {
  const text = await render(values, files);
  const objects = objectsOf(text);
  expect([...new Set(objects.map(({ kind }) => kind))].sort()).toEqual(expect.arrayContaining([...kinds].sort()));
  const { resources, summary } = await conforms(text);
  expect(resources).toEqual([]);
  expect(summary).toEqual({ valid: objects.length, invalid: 0, errors: 0, skipped: 0 });
  // Everything is in the one namespace; no secret is made, and nothing that only a privileged pod may.
  expect([...new Set(objects.map(({ metadata }) => metadata.namespace))]).toEqual(['nova-turn']);
  expect(text).not.toMatch(/kind: Secret\n|privileged: true/);
});

test('Helm 3 renders the same', async () => {
  const [four, three] = [objectsOf(await render(EVERYTHING)), objectsOf(await render(EVERYTHING, [], 'helm3'))];
  const sorted = (objects: typeof four) => objects.map((each) => JSON.stringify(each)).sort();
  expect(sorted(three)).toEqual(sorted(four));
});

test('kubeconform refuses a field with a typo', async () => {
  const text = await render(merge(EVERYTHING, {}));
  const wrong = text.replace('hostNetwork: true', 'hostNetwrk: true').replace('endpoints:', 'endpoint:');
  expect(wrong.match(/hostNetwrk|endpoint:/g)).toHaveLength(2);
  expect((await conforms(wrong)).summary).toMatchObject({ invalid: 2 });
});

test('the pod is hardened, on the host’s network, on nodes of its own', async () => {
  const hardened = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  const deployment = objectsOf(await render(EVERYTHING)).find(({ kind }) => kind === 'Deployment');
  expect(deployment).toMatchObject({
    spec: {
      template: {
        metadata: { labels: { component: 'turn-server', team: 'nova' } },
        spec: {
          ...{
            hostNetwork: true,
            automountServiceAccountToken: false,
            nodeSelector: { 'livekit-gke/pool': 'turn-server' },
          },
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          initContainers: [{ securityContext: hardened }],
          containers: [
            { securityContext: hardened, resources: { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } } },
          ],
        },
      },
    },
  });
});
