import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { jsonSchemas } from '../../json-schemas.fixture.ts';
import { kubeconform } from '../../kubeconform.fixture.ts';
import { startApiServer } from '../../preview/api-server.fixture.ts';
import { merge, type Values } from '../../values/tree.ts';
import { EVERYTHING, objectsOf, renderText } from './rendered.fixture.ts';

/** What the chart renders in each mode, held to kubeconform with the schemas of a real API server, custom resources among them. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
jest.setTimeout(300_000);

let directory: string;
let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'monitoring-strict-'));
  const server = await startApiServer(bin);
  cluster = server;
  const definitions = ['gke', 'prometheus-operator'].flatMap((name) =>
    readFileSync(`sandbox/kubernetes/manifests/${name}.yaml`, 'utf8')
      .split(/^---$/m)
      .filter((each) => parse(each) !== null),
  );
  for (const body of definitions) {
    await server.exchange({
      method: 'POST',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?fieldValidation=Strict',
      body,
      contentType: 'application/yaml',
    });
  }
  // The last one is described after all others.
  const wanted = ['clusterrules', 'podmonitorings', 'podmonitors', 'prometheusrules'];
  mkdirSync(join(directory, 'schemas'));
  for (let left = 100; ; left--) {
    const schemas = await jsonSchemas(server.exchange);
    const names = [...schemas.keys()].join('\n');
    if (wanted.every((plural) => names.includes(`${plural.replace(/s$/, '')}-`) || names.includes(`${plural}-`))) {
      for (const [name, text] of schemas) writeFileSync(join(directory, 'schemas', name), text);
      return;
    }
    if (left === 0) throw new Error(`not all custom resources are described: ${names}`);
    await sleep(500);
  }
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const conforms = (text: string) => kubeconform(bin, directory, text);

const OWN = ['ConfigMap', 'Deployment', 'NetworkPolicy', 'PersistentVolumeClaim', 'Service', 'ServiceAccount'];
const RIGHTS = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];

test.each<{ what: string; values: Values; kinds: string[] }>([
  { what: 'nothing given', values: {}, kinds: [...OWN, ...RIGHTS] },
  { what: 'everything on', values: EVERYTHING, kinds: [...OWN, ...RIGHTS] },
  {
    what: 'no volumes, no rights, no policy, nodes and probes off',
    values: {
      ...{ rbac: { create: false }, networkPolicy: { enabled: false }, probes: { enabled: false } },
      targets: { nodes: { enabled: false } },
      prometheus: { storage: { enabled: false } },
      alertmanager: { storage: { enabled: false } },
      ...{ nodeSelector: { pool: 'system' }, tolerations: [{ key: 'a', operator: 'Exists' }] },
      extraTargets: { gateway: { namespace: 'nova', labels: { app: 'gateway' }, port: 'metrics', path: '/metrics' } },
    },
    kinds: ['ConfigMap', 'Deployment', 'Service', 'ServiceAccount'],
  },
  {
    what: 'the operator',
    values: merge(EVERYTHING, { mode: 'operator' }),
    kinds: ['ConfigMap', 'PodMonitor', 'PrometheusRule'],
  },
  { what: 'Google’s', values: merge(EVERYTHING, { mode: 'managed' }), kinds: ['ClusterRules', 'PodMonitoring'] },
])('$what', async ({ values, kinds }) => {
  const text = await renderText(bin, directory, values);
  const objects = objectsOf(text);
  expect([...new Set(objects.map(({ kind }) => kind))].sort()).toEqual([...kinds].sort());
  const { resources, summary } = await conforms(text);
  expect(resources).toEqual([]);
  expect(summary).toEqual({ valid: objects.length, invalid: 0, errors: 0, skipped: 0 });
  // No secret, and nothing that only a privileged pod may.
  expect(text).not.toMatch(/kind: Secret\n|privileged: true|hostNetwork: true|resources: .*proxy/);
});

test('Helm 3 renders the same', async () => {
  const [four, three] = [
    objectsOf(await renderText(bin, directory, EVERYTHING)),
    objectsOf(await renderText(bin, directory, EVERYTHING, 'helm3')),
  ];
  const sorted = (objects: typeof four) => objects.map((each) => JSON.stringify(each)).sort();
  expect(sorted(three)).toEqual(sorted(four));
});

test('kubeconform refuses a field with a typo in a ClusterRules and a PodMonitor', async () => {
  const rules = {
    ...{ apiVersion: 'monitoring.googleapis.com/v1', kind: 'ClusterRules', metadata: { name: 'a' } },
    spec: { groups: [{ name: 'a', rules: [{ expr: 'up', labls: {} }] }] },
  };
  const monitor = {
    ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', metadata: { name: 'a' } },
    spec: { selector: {}, podMetricsEndpoints: [{ port: 'a', relabeling: [] }] },
  };
  for (const object of [rules, monitor]) {
    expect((await conforms(JSON.stringify(object))).summary).toMatchObject({ valid: 0, invalid: 1 });
  }
});

test('each pod is hardened, and its image has a version', async () => {
  const memory = z.object({ memory: z.string() });
  const pod = z.object({
    spec: z.object({
      template: z.object({
        spec: z.object({
          securityContext: z.looseObject({}),
          automountServiceAccountToken: z.boolean(),
          containers: z.array(
            z.object({
              image: z.string(),
              securityContext: z.unknown(),
              resources: z.object({ requests: memory, limits: memory }),
            }),
          ),
        }),
      }),
    }),
  });
  const deployments = objectsOf(await renderText(bin, directory, EVERYTHING)).filter(
    ({ kind }) => kind === 'Deployment',
  );
  expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual([
    'alertmanager',
    'grafana',
    'probes',
    'prometheus',
  ]);
  for (const deployment of deployments) {
    const { spec } = pod.parse(deployment).spec.template;
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    // Only Prometheus asks the API server.
    expect(spec.automountServiceAccountToken).toBe(deployment.metadata.name === 'prometheus');
    for (const { image, securityContext, resources } of spec.containers) {
      expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
      expect(securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ['ALL'] },
      });
      expect([resources.requests.memory, resources.limits.memory].join()).toMatch(/^\d+[MG]i,\d+[MG]i$/);
    }
  }
});

test.each<{ what: string; values: Values }>([
  { what: 'an unknown mode', values: { mode: 'none' } },
  { what: 'a typo', values: { alertmanger: {} } },
  { what: 'mail without a recipient', values: { alertmanager: { email: { enabled: true } } } },
  { what: 'a secret in values', values: { alertmanager: { slack: { apiUrl: 'https://hooks.slack.com/services/x' } } } },
  { what: 'a probe by another module', values: { probes: { targets: [{ address: 'a', module: 'icmp' }] } } },
  { what: 'the tag latest', values: { prometheus: { image: { tag: 'latest' } } } },
])('the schema refuses $what', ({ values }) =>
  expect(renderText(bin, directory, values)).rejects.toThrow(/values don't meet the specifications/),
);
