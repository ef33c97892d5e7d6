import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { companionValues } from './companion.ts';
import { autoscalerBehavior } from './livekit/autoscaler.ts';
import { COMPANION_CHART_FOLDER, LIVEKIT_CHART_FOLDER, payloadValues, template } from './payload.fixture.ts';
import { inspect } from './preflight/preflight.ts';

/** The values that users deploy, rendered by the real Helm for each environment. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';

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

async function render(environment: string, maximum: number) {
  const values = await payloadValues(bin, directory, environment, maximum);
  const { outputs, layers, defaults, livekit, seen, companion, forCompanion } = values;
  return {
    findings: inspect(defaults, layers, outputs),
    livekit: objects(await template(bin, directory, 'livekit-server', LIVEKIT_CHART_FOLDER, livekit)),
    companion: objects(await template(bin, directory, 'livekit-server-gke', COMPANION_CHART_FOLDER, forCompanion)),
    behavior: autoscalerBehavior('livekit-server', 'livekit', seen, companion),
  };
}

const objects = (text: string): KubernetesObject[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((object) => object !== null)
    .map((object) => objectSchema.parse(object));

const only = (all: readonly KubernetesObject[], kind: string) => {
  const found = all.filter((object) => object.kind === kind);
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

test('a digest in the tag pins the image of the pods and of the pre-pull, and stands in no label', async () => {
  const tag = `v1.13.11@sha256:${'a'.repeat(64)}`;
  const { livekit, seen } = await payloadValues(bin, directory, 'dev', 3);
  const pinned = { ...livekit, image: { tag } };
  const image = { repository: 'livekit/livekit-server', tag };
  const companion = companionValues('livekit-server', { ...seen, image }, { prePull: { enabled: true } });
  const texts = await Promise.all([
    template(bin, directory, 'livekit-server', LIVEKIT_CHART_FOLDER, pinned),
    template(bin, directory, 'livekit-server-gke', COMPANION_CHART_FOLDER, companion),
  ]);
  for (const text of texts) {
    expect(text.match(/^.*@sha256.*$/gm)).toEqual([
      expect.stringMatching(/ image: "?livekit\/livekit-server:v1\.13\.11@sha256:a{64}"?$/),
    ]);
  }
});

test.each([
  ['a budget of nothing', { podDisruptionBudget: { minAvailable: 0 } }, /minAvailable/],
  ['a certificate without a name', { managedCertificate: { enabled: true, domains: ['a.dev'] } }, /name/],
  ['a wildcard domain', { managedCertificate: { enabled: true, name: 'x', domains: ['*.nova.dev'] } }, /domains/],
  ['a key that is not known', { podDisruptionBudgets: {} }, /podDisruptionBudgets/],
  ['pre-pull without an image', { prePull: { enabled: true } }, /image/],
])('the companion chart refuses %s', async (_what, values, words) => {
  await expect(template(bin, directory, 'x', COMPANION_CHART_FOLDER, values)).rejects.toThrow(words);
});
