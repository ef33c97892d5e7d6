import type { Access, Kubernetes } from '../../kubernetes/client.ts';
import {
  type KubernetesNode,
  type Manifest,
  nodes as nodeKind,
  type Pod,
  pods as podKind,
  type ResourceKind,
} from '../../kubernetes/resources.ts';
import { POOL_LABEL } from './pools.ts';

interface FakePod {
  readonly name: string;
  readonly template: string;
  node: string | undefined;
  ready: boolean;
  ending: boolean;
}

interface FakeNode {
  readonly name: string;
  readonly pool: string;
  ready: boolean;
  fields: { annotations?: Record<string, string>; unschedulable?: boolean };
  /** What kubectl set, beside whoever applies. */
  cordonedByHand: boolean;
}

const created = '2026-11-21T09:00:00Z';
const DAY = 86_400_000;

/**
 * A Deployment of one pod a node, and the parts of Kubernetes that move it: the scheduler takes schedulable nodes only, the
 * Deployment ends an old pod once a new one is ready. A pod that was told to end stays until `endCalls`.
 */
export function playCluster(pools: Readonly<Record<string, number>>, replicas: number) {
  const nodes: FakeNode[] = Object.entries(pools).flatMap(([pool, count]) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${pool}-${'abc'.charAt(index)}`,
      pool,
      ready: true,
      fields: {},
      cordonedByHand: false,
    })),
  );
  const written: string[] = [];
  const applied: { manifest: Manifest; manager: string | undefined }[] = [];
  const denied = new Set<string>();
  const others: { namespace: string; name: string; node: string; owner: string }[] = [];
  let template: Record<string, string> = {};
  let own: Record<string, string> = {};
  let broken = false;
  let surge: number | string = 1;
  let pods: FakePod[] = nodes.slice(0, replicas).map(({ name }, index) => ({
    name: `livekit-${index}`,
    template: digest(),
    node: name,
    ready: true,
    ending: false,
  }));
  let made = replicas;

  function digest() {
    return JSON.stringify(template);
  }
  const isOpen = ({ ready, fields, cordonedByHand }: FakeNode) =>
    ready && fields.unschedulable !== true && !cordonedByHand;
  /** One look's worth of Kubernetes. */
  function reconcile(): void {
    const present = () => pods.filter((pod) => pod.template === digest() && !pod.ending);
    while (present().length < replicas) {
      pods.push({ name: `livekit-${made++}`, template: digest(), node: undefined, ready: false, ending: false });
    }
    for (const pod of present()) {
      pod.node ??= nodes.find((node) => isOpen(node) && !pods.some((other) => other.node === node.name))?.name;
      pod.ready ||= pod.node !== undefined && !broken;
    }
    const spare = present().filter(({ ready }) => ready).length;
    const old = pods.filter((pod) => pod.template !== digest() && !pod.ending);
    for (const pod of old.slice(0, Math.max(0, old.length + spare - replicas))) {
      pod.ending = true;
      if (!pod.ready) pods = pods.filter((each) => each !== pod);
      written.push(`${pod.name} was told to end`);
    }
  }

  const metadata = (name: string, more: object = {}) => ({ name, uid: name, creationTimestamp: created, ...more });
  const asPod = ({ name, template: of, node, ready, ending }: FakePod): Pod =>
    podKind.schema.parse({
      metadata: metadata(name, {
        namespace: 'livekit',
        ownerReferences: [{ kind: 'ReplicaSet', name: of, uid: of }],
        ...(ending
          ? { deletionTimestamp: new Date(Date.now() + DAY).toISOString(), deletionGracePeriodSeconds: 18_000 }
          : {}),
      }),
      spec: { nodeName: node, containers: [{ name: 'livekit-server' }] },
      status: {
        phase: node === undefined ? 'Pending' : 'Running',
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    });
  const asNode = ({ name, pool, ready, fields, cordonedByHand }: FakeNode): KubernetesNode =>
    nodeKind.schema.parse({
      metadata: metadata(name, { labels: { [POOL_LABEL]: pool }, annotations: fields.annotations ?? {} }),
      spec: cordonedByHand || fields.unschedulable === true ? { unschedulable: true } : {},
      status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    });
  const deployment = () => ({
    metadata: metadata('livekit-server', { generation: 1, annotations: own }),
    spec: {
      replicas,
      selector: { matchLabels: { app: 'livekit' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge } },
      template: { metadata: { annotations: template }, spec: { containers: [{ name: 'livekit-server' }] } },
    },
    status: { observedGeneration: 1 },
  });

  function objects(kind: string, namespace: string | undefined): readonly unknown[] {
    if (kind === 'Node') return nodes.map(asNode);
    if (kind === 'ReplicaSet') {
      const all = [...new Set([...pods.map((pod) => pod.template), digest()])];
      return all.map((of) => ({
        metadata: metadata(of, { ownerReferences: [{ kind: 'Deployment', name: 'x', uid: 'livekit-server' }] }),
        spec: {
          template: {
            metadata: { annotations: JSON.parse(of) as unknown },
            spec: { containers: [{ name: 'livekit-server' }] },
          },
        },
      }));
    }
    if (kind !== 'Pod') return [];
    const mine = pods.map(asPod);
    return namespace !== undefined
      ? mine
      : [
          ...mine,
          ...others.map(({ namespace: of, name, node, owner }) => ({
            metadata: metadata(name, { namespace: of, ownerReferences: [{ kind: owner, name: 'o', uid: 'o' }] }),
            spec: { nodeName: node, containers: [] },
            status: { phase: 'Running' },
          })),
        ];
  }

  function apply(manifest: Manifest, manager: string | undefined): void {
    applied.push({ manifest, manager });
    if (manifest.kind === 'Node') {
      const node = nodes.find(({ name }) => name === manifest.metadata.name);
      if (node === undefined) throw new Error(`there is no node ${manifest.metadata.name}`);
      const spec = manifest['spec'] as { unschedulable?: boolean } | undefined;
      node.fields = { annotations: manifest.metadata.annotations ?? {}, ...spec };
      written.push(`${node.name} ${spec?.unschedulable === true ? 'cordoned' : 'uncordoned'}`);
    }
    if (manifest.kind === 'Deployment') {
      const spec = manifest['spec'] as { template: { metadata: { annotations: Record<string, string> } } };
      template = { ...spec.template.metadata.annotations };
      own = { ...manifest.metadata.annotations };
      written.push('rolled');
    }
  }

  const client = {
    server: 'https://cluster',
    get: (kind: ResourceKind<unknown>) => {
      if (kind.kind !== 'Deployment') return Promise.resolve(undefined);
      reconcile();
      return Promise.resolve(kind.schema.parse(deployment()));
    },
    list: (kind: ResourceKind<unknown>, namespace: string | undefined) =>
      Promise.resolve(objects(kind.kind, namespace).map((object) => kind.schema.parse(object))),
    apply: (manifest: Manifest, manager?: string) => Promise.resolve(apply(manifest, manager)),
    claim: () => Promise.resolve(true),
    remove: () => Promise.resolve(),
    scale: () => Promise.resolve(),
    mayDo: ({ verb, resource }: Access) => Promise.resolve(!denied.has(`${verb} ${resource}`)),
    logs: () => Promise.resolve(''),
  } as unknown as Kubernetes;

  return {
    client,
    /** In order: what was cordoned, rolled and told to end. */
    written,
    applied,
    denied,
    others,
    nodes,
    pods: () => pods.map(({ name, node, ready, ending }) => ({ name, node, ready, ending })),
    template: () => template,
    /** The calls on pods that are ending are over, and so are the pods. */
    endCalls: () => {
      pods = pods.filter(({ ending }) => !ending);
    },
    /** The servers that were told to end have ended; `remove` lets go of their pods, as the kubelet does a little later. */
    endServers: () => {
      const over = pods.filter(({ ending }) => ending);
      for (const pod of over) pod.ready = false;
      return { remove: () => void (pods = pods.filter((pod) => !over.includes(pod))) };
    },
    /** Pods that start from now on never become ready, or do again. */
    breakPods: (is: boolean) => {
      broken = is;
    },
    /** The pods that serve are not ready any more. */
    unready: () => {
      for (const pod of pods) if (!pod.ending) pod.ready = false;
    },
    surgeOf: (value: number | string) => {
      surge = value;
    },
  };
}
