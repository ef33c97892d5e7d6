import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Check } from '../scenario.ts';
import type { StepResult } from './job.ts';
import { eventually, type Lab, NAMESPACE, RELEASE } from './lab.ts';
import { bringBackNode, loseNode } from './machine.ts';
import { heard, noMoreLostThan } from './upgrade.ts';

const REST_SECONDS = 8;
const nodesOf = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
    }),
  ),
});

/** Whatever keeps a rollout from its end is named and taken back, and those who are in a call go on talking. */
export async function faults(check: Check, lab: Lab): Promise<void> {
  const before = await lab.stillPods();
  const call = await lab.call('faults');
  const rest = await call.during(REST_SECONDS);
  heard(rest);
  const [pod] = before;
  assert.ok(pod);
  const spare = await spareNode(lab, pod.node);

  /** A deploy that fails of this, and after which all is as it was. */
  const failsOf = async (work: () => Promise<StepResult>, ...words: RegExp[]): Promise<void> => {
    const from = call.now();
    const { deployed } = await standing(lab);
    const result = await work();
    assert.equal(result.conclusion, 'failure', result.log);
    const said = result.errors.join('\n');
    for (const word of [...words, /rolled back to revision \d+, whose pods are ready/, /Fix: /]) {
      assert.match(said, word, result.log);
    }
    assert.equal(result.outputs['status'], 'rolled-back');
    assert.equal(result.outputs['previous-revision'], String(deployed));
    // A pod on a node that is lost ends when the node is back.
    const living = async () => (await lab.pods()).filter(({ ending }) => !ending);
    await eventually(async () => assert.deepEqual(await living(), before));
    assert.equal((await standing(lab)).latest.status, 'deployed');
    noMoreLostThan(rest, call.since(from));
    assert.equal(call.since(from).resumed, 0, 'a signal connection was cut');
  };

  await check('an image that does not exist: named with its node, rolled back, the call untouched', () =>
    failsOf(
      () => lab.run({ set: ['image.tag=v0.0.0-absent'] }),
      new RegExp(`LK-HELM-020: The image \\S+:v0\\.0\\.0-absent cannot be pulled on the node ${spare}`),
    ),
  );

  await check('a crash at the start: named with the server’s last words, rolled back, the call untouched', async () => {
    lab.repository.write('helm/crash.yaml', 'livekit:\n  webhook:\n    urls: [https://hooks.nova.example]\n');
    await failsOf(
      () => lab.run({ inputs: { values: 'helm/crash.yaml' } }),
      /LK-HELM-022: The container livekit-server of the pod \S+ on \S+ ends with exit code \d+ after its start/,
      /it is to call webhooks, and has no API key/,
    );
  });

  await check('Pending for host ports: the scheduler’s words, rolled back, the call untouched', async () => {
    await lab.apply(squatter(spare));
    try {
      await lab.kubectl('wait', '--for=condition=Ready', 'pod/squatter', '-n', NAMESPACE, '--timeout=30s');
      await failsOf(
        () => lab.run({ set: ['podAnnotations.fault=ports'], inputs: { 'timeout-minutes': '1' } }),
        /LK-HELM-024: No node takes the pod \S+: .*free ports for the requested pod ports/,
      );
    } finally {
      await lab.kubectl('delete', 'pod', 'squatter', '-n', NAMESPACE, '--grace-period=1');
    }
  });

  await check('a node lost during the rollout: named, rolled back, the call untouched', async () => {
    let lost: Promise<void> | undefined;
    try {
      await failsOf(
        () =>
          lab.run({
            set: ['podAnnotations.fault=node'],
            inputs: { 'timeout-minutes': '1' },
            onLine: (line) => {
              if (line.includes('::group::Helm upgrade')) lost ??= loseNode(lab.config, spare);
            },
          }),
        new RegExp(`LK-HELM-082: The node ${spare} no longer reports`),
      );
    } finally {
      await lost;
      await bringBackNode(lab.config, spare);
    }
    await eventually(async () => assert.ok((await readyNodes(lab)).includes(spare)), 60);
    await eventually(async () => assert.deepEqual(await lab.pods(), before), 60);
  });

  await call.leave();
}

/** The node of LiveKit's pool that has no pod. */
async function spareNode(lab: Lab, busy: string): Promise<string> {
  const { items } = await lab.get(nodesOf, 'nodes', '-l', 'livekit-gke/pool=livekit');
  const spare = items.map(({ metadata }) => metadata.name).filter((name) => name !== busy);
  assert.equal(spare.length, 1, `spare nodes: ${spare.join(', ')}`);
  return spare[0] ?? '';
}

async function readyNodes(lab: Lab): Promise<string[]> {
  const { items } = await lab.get(nodesOf, 'nodes');
  const isReady = ({ status }: (typeof items)[number]) =>
    status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return items.filter(isReady).map(({ metadata }) => metadata.name);
}

/** The newest revision, and the one that is deployed. */
async function standing(lab: Lab) {
  const history = await lab.history(RELEASE);
  const latest = history.at(-1);
  assert.ok(latest);
  return { latest, deployed: history.findLast(({ status }) => status === 'deployed')?.revision };
}

/** Somebody else's pod on the node, with one of LiveKit's ports. */
function squatter(node: string): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'squatter', namespace: NAMESPACE } },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node },
      tolerations: [{ operator: 'Exists' }],
      hostNetwork: true,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          ...{ name: 'sleep', image: 'docker.io/library/busybox:latest', imagePullPolicy: 'IfNotPresent' },
          command: ['sleep', '600'],
          ports: [{ containerPort: 7881, hostPort: 7881, protocol: 'TCP' }],
        },
      ],
    },
  };
}
