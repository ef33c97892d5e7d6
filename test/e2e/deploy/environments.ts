import assert from 'node:assert/strict';
import { z } from 'zod';
import { issue } from '../../../sandbox/gke/certificate/authority.ts';
import { listNodes, POOL_LABEL } from '../../../sandbox/kubernetes/cluster.ts';
import type { Check } from '../scenario.ts';
import { Environment } from './environment.ts';
import { eventually, type Lab, NAMESPACE } from './lab.ts';

interface Expected {
  readonly name: 'dev' | 'stg' | 'prd';
  readonly pods: number;
  /** Least and most of the autoscaler. */
  readonly autoscaler?: readonly [min: number, max: number];
  readonly minAvailable?: number;
  readonly resources: { readonly requests: object; readonly limits: object };
  /** What a machine of the sandbox cannot carry. */
  readonly set?: readonly string[];
}

const LARGE = { requests: { cpu: '6', memory: '16Gi' }, limits: { memory: '26Gi' } };
const ENVIRONMENTS: readonly Expected[] = [
  { name: 'dev', pods: 1, resources: { requests: { cpu: '3', memory: '8Gi' }, limits: { memory: '12Gi' } } },
  { name: 'stg', pods: 2, autoscaler: [2, 4], minAvailable: 1, resources: LARGE },
  {
    ...{ name: 'prd', pods: 3, autoscaler: [3, 9], minAvailable: 2 },
    // The third pod is on the machine of the system pool, which is a small one.
    set: ['resources.requests.cpu=1', 'resources.requests.memory=1Gi'],
    resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { memory: '26Gi' } },
  },
];

/** Each environment of the payload as Terraform makes it, on the three machines that there are, with its own values. */
export async function environments(check: Check, lab: Lab): Promise<void> {
  for (const expected of ENVIRONMENTS) {
    const { name, pods } = expected;
    const what = `${pods} ${pods === 1 ? 'pod' : 'pods'}${expected.autoscaler ? ', autoscaler' : ''}${expected.minAvailable === undefined ? '' : ', budget'}`;
    await check(`${name} by its own values: ${what}, load balancers on the reserved addresses`, async () => {
      const { outputs } = await moveTo(lab, name);
      if (name === 'prd') await enlist(lab);
      await certify(lab);
      const result = await lab.deploy({ set: expected.set ?? [] });
      assert.deepEqual([result.outputs['status'], result.outputs['pods-ready']], ['deployed', String(pods)]);
      await workload(lab, expected);
      await guards(lab, expected);
      await balancers(lab, name, outputs);
      const shown = await lab.deploy({ set: expected.set ?? [], inputs: { mode: 'diff' } });
      assert.equal(shown.outputs['changed'], 'false', shown.summary);
    });
  }
}

/** The world with this environment alone: three machines are nodes of one at a time. */
async function moveTo(lab: Lab, name: string): Promise<Environment> {
  if (lab.environment.name === name) return lab.environment;
  await lab.deploy({ inputs: { mode: 'uninstall' } });
  // A namespace with pods that have 5 h of grace is looked at again in half of that: Kubernetes goes by what they may take.
  await eventually(async () => assert.deepEqual(await lab.pods(), []), 60);
  await lab.kubectl('delete', 'namespace', NAMESPACE, '--timeout=25s');
  await lab.environment.destroy(lab.keys);
  await lab.environment.remove();
  lab.environment = await Environment.open(lab.config, name);
  // It is destroyed with the sandbox.
  await lab.environment.apply(lab.keys, { deletion_protection: false });
  return lab.environment;
}

/** Makes the machine of the system pool one of LiveKit's: three pods, one a node, want them all. */
async function enlist(lab: Lab): Promise<void> {
  const nodes = await listNodes(lab.administrator);
  const isLivekit = ({ metadata }: (typeof nodes)[number]) => metadata.labels['livekit-gke/pool'] === 'livekit';
  const [model, other] = [nodes.find(isLivekit), nodes.find((node) => !isLivekit(node))];
  assert.ok(model);
  if (other === undefined) return;
  const labels = ['livekit-gke/pool', POOL_LABEL].map((label) => `${label}=${model.metadata.labels[label] ?? ''}`);
  await lab.kubectl('label', 'node', other.metadata.name, '--overwrite', ...labels);
  await lab.kubectl('taint', 'node', other.metadata.name, '--overwrite', 'dedicated=livekit:NoSchedule');
}

/** The certificate of TURN, as the action turn-cert leaves it. */
async function certify(lab: Lab): Promise<void> {
  const { turnDomain, name } = lab.environment;
  const { certificate, key } = await issue(lab.config.directory, [turnDomain]);
  await lab.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls' },
      metadata: { name: `livekit-turn-tls-${name}`, namespace: NAMESPACE },
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    },
  );
}

const port = z.object({ hostPort: z.number().optional(), protocol: z.string() });
const portsOf = z.object({
  items: z.array(z.object({ spec: z.object({ containers: z.array(z.object({ ports: z.array(port) })) }) })),
});
const deploymentOf = z.object({
  spec: z.object({
    replicas: z.number(),
    strategy: z.object({ rollingUpdate: z.object({ maxSurge: z.unknown(), maxUnavailable: z.unknown() }) }),
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
      spec: z.object({
        hostNetwork: z.boolean(),
        terminationGracePeriodSeconds: z.number(),
        containers: z.array(z.object({ resources: z.unknown(), lifecycle: z.unknown() })).length(1),
      }),
    }),
  }),
});

async function workload(lab: Lab, { pods: count, resources }: Expected): Promise<void> {
  const pods = await eventually(async () => {
    const present = await lab.pods();
    assert.deepEqual(
      present.map(({ ready, ending, restarts }) => [ready, ending, restarts]),
      Array.from({ length: count }, () => [true, false, 0]),
    );
    return present;
  });
  assert.equal(new Set(pods.map(({ node }) => node)).size, count, 'two pods are on one node');
  const { spec } = await lab.get(deploymentOf, 'deployment', 'livekit-server');
  assert.equal(spec.replicas, count);
  assert.deepEqual(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
  const { metadata, spec: pod } = spec.template;
  assert.equal(metadata.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'], 'false');
  assert.match(metadata.annotations['livekit-gke/keys-hash'] ?? '', /^[0-9a-f]{16}$/);
  assert.deepEqual([pod.hostNetwork, pod.terminationGracePeriodSeconds], [true, 18_000]);
  const [container] = pod.containers;
  assert.deepEqual(container?.lifecycle, { preStop: { sleep: { seconds: 20 } } });
  assert.deepEqual(
    container?.resources,
    JSON.parse(JSON.stringify(resources, (_, each: unknown) => (typeof each === 'number' ? String(each) : each))),
  );
  for (const each of (await lab.get(portsOf, 'pods', '-l', 'app.kubernetes.io/name=livekit-server')).items) {
    // The scheduler knows a node's ports by these.
    const ports = each.spec.containers.flatMap((one) => one.ports.map((own) => `${own.hostPort}/${own.protocol}`));
    assert.deepEqual(new Set(ports), new Set(['7880/TCP', '7881/TCP', '5349/TCP', '3478/UDP', '6789/TCP']));
  }
}

const found = z.object({ items: z.array(z.object({ spec: z.record(z.string(), z.unknown()) })) });

/** Disruption budget and autoscaler, with the slow way down that its chart cannot say. */
async function guards(lab: Lab, { minAvailable, autoscaler }: Expected): Promise<void> {
  const budgets = (await lab.get(found, 'poddisruptionbudgets')).items.map(({ spec }) => spec['minAvailable']);
  assert.deepEqual(budgets, minAvailable === undefined ? [] : [minAvailable]);
  const scalers = (await lab.get(found, 'horizontalpodautoscalers')).items.map(({ spec }) => spec);
  if (autoscaler === undefined) return assert.deepEqual(scalers, []);
  const [scaler] = scalers;
  const { minReplicas, maxReplicas, behavior } = scaler ?? {};
  assert.deepEqual([minReplicas, maxReplicas], autoscaler);
  const { scaleDown } = z.object({ scaleDown: z.record(z.string(), z.unknown()) }).parse(behavior);
  assert.deepEqual(
    [scaleDown['stabilizationWindowSeconds'], scaleDown['selectPolicy'], scaleDown['policies']],
    [1800, 'Min', [{ type: 'Pods', value: 1, periodSeconds: 1800 }]],
  );
}

const named = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
  status: z.object({
    loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string() })).default([]) }).prefault({}),
  }),
});

/** Ingress and TURN Service, and that the BackendConfig is the one of the Service behind them. */
async function balancers(lab: Lab, name: string, facts: Readonly<Record<string, unknown>>): Promise<void> {
  const service = await lab.get(named, 'service', 'livekit-server');
  assert.deepEqual(JSON.parse(service.metadata.annotations['cloud.google.com/backend-config'] ?? ''), {
    ports: { 80: 'livekit-server' },
  });
  const { spec } = await lab.get(z.object({ spec: z.looseObject({}) }), 'backendconfig', 'livekit-server');
  assert.equal(spec['timeoutSec'], 36_000);
  assert.deepEqual(spec['connectionDraining'], { drainingTimeoutSec: 3600 });
  assert.equal(z.object({ requestPath: z.string() }).parse(spec['healthCheck']).requestPath, '/');
  await eventually(async () => {
    const { metadata, status } = await lab.get(named, 'ingress', 'livekit-server');
    const { annotations } = metadata;
    assert.equal(annotations['kubernetes.io/ingress.global-static-ip-name'], `livekit-${name}-signal`);
    assert.equal(annotations['networking.gke.io/managed-certificates'], `livekit-${name}`);
    assert.equal(annotations['networking.gke.io/v1beta1.FrontendConfig'], 'livekit-server');
    assert.deepEqual(status.loadBalancer.ingress, [{ ip: facts['signal_address'] }]);
    assert.match(annotations['ingress.kubernetes.io/backends'] ?? '', /"HEALTHY"/);
    const turn = await lab.get(named, 'service', 'livekit-server-turn');
    assert.equal(turn.metadata.annotations['cloud.google.com/l4-rbs'], 'enabled');
    assert.equal(turn.metadata.annotations['networking.gke.io/load-balancer-ip-addresses'], `livekit-${name}-turn`);
    assert.deepEqual(turn.status.loadBalancer.ingress, [{ ip: facts['turn_address'] }]);
  }, 60);
}
