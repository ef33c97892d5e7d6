import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { EnvironmentOutputs } from '../environment/outputs.ts';
import { run } from '../exec/run.ts';
import { companionValues, splitValues } from './companion.ts';
import { autoscalerBehavior } from './livekit/autoscaler.ts';
import { factsLayer } from './livekit/facts.ts';
import { inspect } from './preflight/preflight.ts';
import { mergeLayers } from './values/layer.ts';
import { collectLayers } from './values/prepare.ts';
import { effective, type Values } from './values/tree.ts';
import { fetchChart } from './chart.ts';
import { openHelm } from './helm.ts';

/** The values that users deploy, rendered by the real Helm for each environment. */
const root = process.cwd();
const livekitChart = join(root, 'sandbox/helm-repository/livekit-server');
const helmPath = join(process.env['LIVEKIT_GKE_TEST_BIN'] ?? '', 'helm');

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  spec: z.looseObject({}).optional(),
});
type KubernetesObject = z.infer<typeof objectSchema>;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'payload-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** As Terraform's outputs of that environment are, by the seed's table. */
const outputs = (environment: string, maximum: number) =>
  ({
    redis_host: '10.1.2.3',
    redis_port: 6379,
    domain: `livekit-${environment}.nova.dev`,
    turn_domain: `turn-${environment}.nova.dev`,
    node_pool_name: 'livekit',
    node_pool_max_nodes: maximum,
    signal_address_name: `livekit-${environment}-signal`,
    turn_address_name: `livekit-${environment}-turn`,
  }) as unknown as EnvironmentOutputs;

async function render(environment: string, maximum: number) {
  const facts = outputs(environment, maximum);
  const layers = await collectLayers({
    workspace: root,
    environment,
    withEnvironmentFiles: true,
    facts: [factsLayer(facts)],
    files: [],
    set: [],
  });
  const helm = openHelm({
    path: helmPath,
    version: '4.3.1',
    kubeconfig: '/dev/null',
    namespace: 'livekit',
    directory,
    environment: { PATH: process.env['PATH'] ?? '', HOME: directory },
  });
  const chart = await fetchChart(helm, { chart: livekitChart, version: undefined, repository: '' }, '/');
  const { livekit, companion = {} } = splitValues(mergeLayers(layers));
  const seen = effective(chart.defaults, livekit);
  return {
    findings: inspect(chart.defaults, layers, facts),
    livekit: await template('livekit-server', livekitChart, livekit),
    companion: await template(
      'livekit-server-gke',
      join(root, 'helm/charts/livekit-gke'),
      companionValues('livekit-server', seen, companion),
    ),
    behavior: autoscalerBehavior('livekit-server', 'livekit', seen, companion),
  };
}

async function template(release: string, chart: string, values: Values): Promise<KubernetesObject[]> {
  const file = join(directory, `${release}.yaml`);
  writeFileSync(file, JSON.stringify(values));
  const { exitCode, stdout, stderr } = await run(
    helmPath,
    ['template', release, chart, '--namespace', 'livekit', '--values', file],
    { timeoutSeconds: 60, env: { PATH: process.env['PATH'] ?? '', HOME: directory } },
  );
  if (exitCode !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as unknown)
    .filter((object) => object !== null)
    .map((object) => objectSchema.parse(object));
}

const only = (objects: readonly KubernetesObject[], kind: string) => {
  const found = objects.filter((object) => object.kind === kind);
  expect(found.map(({ metadata }) => metadata.name)).toHaveLength(1);
  return found[0]?.spec;
};

test.each([
  { environment: 'dev', nodes: 3, replicas: 1, autoscaling: undefined, budget: undefined },
  { environment: 'stg', nodes: 5, replicas: undefined, autoscaling: { minReplicas: 2, maxReplicas: 4 }, budget: 1 },
  { environment: 'prd', nodes: 10, replicas: undefined, autoscaling: { minReplicas: 3, maxReplicas: 9 }, budget: 2 },
])('$environment is what the table says', async ({ environment, nodes, replicas, autoscaling, budget }) => {
  const { findings, livekit, companion, behavior } = await render(environment, nodes);
  expect(findings).toEqual([]);

  const deployment = z
    .looseObject({
      replicas: z.number().optional(),
      template: z.looseObject({
        metadata: z.looseObject({ annotations: z.record(z.string(), z.string()) }),
        spec: z.looseObject({
          containers: z.array(
            z.looseObject({
              image: z.string(),
              ports: z.array(z.looseObject({ name: z.string(), containerPort: z.number() })),
            }),
          ),
        }),
      }),
    })
    .parse(only(livekit, 'Deployment'));
  const [container] = deployment.template.spec.containers;
  expect(deployment.replicas).toBe(replicas);
  expect(container?.image).toMatch(/^livekit\/livekit-server:v1\.13\.\d+/);
  expect(Object.fromEntries(container?.ports.map(({ name, containerPort }) => [name, containerPort]) ?? [])).toEqual({
    http: 7880,
    'rtc-tcp': 7881,
    metrics: 6789,
    'turn-tls': 5349,
    'turn-udp': 3478,
  });
  expect(deployment.template.spec).toMatchObject({
    hostNetwork: true,
    terminationGracePeriodSeconds: 18_000,
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }],
      },
    },
  });
  expect(deployment.template.metadata.annotations).toMatchObject({
    'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  });

  expect(only(livekit, 'BackendConfig')).toMatchObject({
    timeoutSec: 36_000,
    connectionDraining: { drainingTimeoutSec: 3600 },
    healthCheck: { requestPath: '/', port: 7880 },
  });
  const ingress = livekit.find(({ kind }) => kind === 'Ingress');
  expect(ingress?.metadata.annotations).toEqual({
    'kubernetes.io/ingress.class': 'gce',
    'kubernetes.io/ingress.global-static-ip-name': `livekit-${environment}-signal`,
    'networking.gke.io/managed-certificates': `livekit-${environment}`,
    'networking.gke.io/v1beta1.FrontendConfig': 'livekit-server',
  });
  expect(ingress?.spec).toMatchObject({ rules: [{ host: `livekit-${environment}.nova.dev` }] });
  expect(livekit.find(({ metadata }) => metadata.name === 'livekit-server-turn')).toMatchObject({
    metadata: {
      annotations: {
        'cloud.google.com/l4-rbs': 'enabled',
        'networking.gke.io/load-balancer-ip-addresses': `livekit-${environment}-turn`,
      },
    },
    spec: { type: 'LoadBalancer', ports: [{ port: 443, targetPort: 5349 }] },
  });

  const scaler = livekit.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').map(({ spec }) => spec);
  expect(scaler).toEqual(autoscaling === undefined ? [] : [expect.objectContaining(autoscaling)]);
  expect(behavior === undefined).toBe(autoscaling === undefined);

  const budgets = companion.filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ spec }) => spec);
  expect(budgets).toEqual(budget === undefined ? [] : [expect.objectContaining({ minAvailable: budget })]);
  expect(only(companion, 'ManagedCertificate')).toEqual({ domains: [`livekit-${environment}.nova.dev`] });
  expect(companion.find(({ kind }) => kind === 'ManagedCertificate')?.metadata.name).toBe(`livekit-${environment}`);
  expect(only(companion, 'FrontendConfig')).toMatchObject({ redirectToHttps: { enabled: true } });
  expect(only(companion, 'PodMonitoring')).toMatchObject({ endpoints: [{ port: 'metrics', path: '/metrics' }] });
});

test.each([
  ['a budget of nothing', { podDisruptionBudget: { minAvailable: 0 } }, /minAvailable/],
  ['a certificate without a name', { managedCertificate: { enabled: true, domains: ['a.dev'] } }, /name/],
  ['a wildcard domain', { managedCertificate: { enabled: true, name: 'x', domains: ['*.nova.dev'] } }, /domains/],
  ['a key that is not known', { podDisruptionBudgets: {} }, /podDisruptionBudgets/],
  ['pre-pull without an image', { prePull: { enabled: true } }, /image/],
])('the companion chart refuses %s', async (_what, values, words) => {
  await expect(template('x', join(root, 'helm/charts/livekit-gke'), values)).rejects.toThrow(words);
});
