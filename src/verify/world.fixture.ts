import { deployments, nodes, pods as podKind } from '../kubernetes/resources.ts';
import type { Deployment, KubernetesNode, Pod } from '../kubernetes/resources.ts';
import { DEFAULT_THRESHOLDS, type World } from './world.ts';

const IMAGE = 'livekit/livekit-server:v1.11.0';
const LABELS = { 'app.kubernetes.io/name': 'livekit-server', 'app.kubernetes.io/instance': 'livekit' };

function metadata(name: string, more: object = {}) {
  return { name, uid: `uid-${name}`, creationTimestamp: '2026-11-21T08:00:00Z', labels: LABELS, ...more };
}

/** A pod as the API server gives it: Ready on a node of its own, unless told otherwise. */
export function livekitPod(
  name: string,
  options: {
    node?: string;
    image?: string;
    imageID?: string;
    restarts?: number;
    ports?: Readonly<Record<string, number>>;
    deleting?: boolean;
    status?: object;
  } = {},
): Pod {
  const ports = options.ports ?? { http: 7880, metrics: 6789 };
  const image = options.image ?? IMAGE;
  return podKind.schema.parse({
    metadata: metadata(name, options.deleting === true ? { deletionTimestamp: '2026-11-21T09:00:00Z' } : {}),
    spec: {
      nodeName: options.node ?? `node-of-${name}`,
      containers: [
        {
          name: 'livekit-server',
          image,
          ports: Object.entries(ports).map(([portName, containerPort]) => ({ name: portName, containerPort })),
        },
      ],
    },
    status: options.status ?? {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'livekit-server',
          image,
          imageID: options.imageID ?? 'sha256:1111',
          ready: true,
          restartCount: options.restarts ?? 0,
          state: { running: { startedAt: '2026-11-21T08:00:01Z' } },
        },
      ],
    },
  });
}

/** A pod that the scheduler found no node for. */
export function pendingPod(name: string, words: string): Pod {
  const pod = livekitPod(name, {
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: words }],
    },
  });
  const { nodeName: _none, ...spec } = pod.spec;
  return { ...pod, spec };
}

export function livekitDeployment(replicas: number, image = IMAGE): Deployment {
  return deployments.schema.parse({
    metadata: metadata('livekit-livekit-server'),
    spec: {
      replicas,
      selector: { matchLabels: LABELS },
      template: { spec: { containers: [{ name: 'livekit-server', image }] } },
    },
  });
}

export function node(
  name: string,
  options: { ready?: boolean; zone?: string; external?: string } = {},
): KubernetesNode {
  return nodes.schema.parse({
    metadata: metadata(name, {
      labels: options.zone === undefined ? {} : { 'topology.kubernetes.io/zone': options.zone },
    }),
    status: {
      conditions: [{ type: 'Ready', status: options.ready === false ? 'False' : 'True' }],
      addresses: options.external === undefined ? [] : [{ type: 'ExternalIP', address: options.external }],
    },
  });
}

/** An environment without a cloud: pods' ports are local ports. */
export function fakeWorld(
  options: Partial<World> & {
    pods?: readonly Pod[];
    nodes?: readonly KubernetesNode[];
    deployment?: Deployment | undefined;
  } = {},
): World {
  const { pods = [], nodes: allNodes = [], deployment, ...over } = options;
  return {
    environment: 'dev',
    outputs: {
      project_id: 'nova-livekit-dev',
      region: 'asia-northeast1',
      cluster_name: 'livekit-cluster-dev',
      cluster_location: 'asia-northeast1',
      cluster_dns_endpoint: null,
      redis_host: '10.0.0.3',
      redis_port: 6379,
      redis_tier: 'BASIC',
      redis_memory_size_gb: 1,
      domain: 'livekit-dev.example.com',
      turn_domain: 'turn-dev.example.com',
      livekit_secret_id: 'projects/nova-livekit-dev/secrets/livekit-dev-keys',
      livekit_secret_version: '1',
      node_pool_name: 'livekit',
      node_pool_min_nodes: 1,
      node_pool_max_nodes: 3,
      node_machine_type: 'c2-standard-4',
      network_name: 'livekit-dev',
      get_credentials_command: 'gcloud container clusters get-credentials livekit-cluster-dev',
    },
    namespace: 'livekit',
    release: 'livekit',
    signalTarget: { kind: 'address', url: new URL('wss://livekit-dev.example.com') },
    kubernetes: {
      get: () => Promise.reject(new Error('not in this test')),
      list: () => Promise.reject(new Error('not in this test')),
    },
    google: { request: () => Promise.reject(new Error('not in this test')) },
    turnTarget: { host: 'turn-dev.example.com', port: 443, serverName: 'turn-dev.example.com' },
    controlStun: { host: '127.0.0.1', port: 9 },
    publicResolver: '127.0.0.1',
    thresholds: DEFAULT_THRESHOLDS,
    addons: [],
    profile: undefined,
    nodePools: () => Promise.resolve(undefined),
    nodeIds: () => Promise.resolve(new Map()),
    forward: (pod, _signal, use) => use(`127.0.0.1:${pod.port}`),
    workload: () => Promise.resolve({ deployment, pods, nodes: allNodes }),
    keys: () => Promise.resolve({ key: 'APItest', secret: 'a-secret-for-tests-of-thirty-two-characters' }),
    ...over,
  };
}
