import { createHash } from 'node:crypto';
import { z } from 'zod';

/** One kind of object: where the API serves it, and the parts of it that the suite reads. */
export interface ResourceKind<T> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly schema: z.ZodType<T>;
  readonly listSchema: z.ZodType<{ items: T[]; metadata?: { continue?: string | undefined } | undefined }>;
}

/** An object to apply; only what the suite means to own is in it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** Of the object that this one replaces. */
    readonly resourceVersion?: string;
  };
  readonly [field: string]: unknown;
}

export function resource<T extends z.ZodType>(apiVersion: string, kind: string, plural: string, schema: T) {
  return {
    apiVersion,
    kind,
    plural,
    schema,
    listSchema: z.object({
      // An empty list is null in some answers.
      items: z
        .array(schema)
        .nullable()
        .transform((items) => items ?? []),
      metadata: z.object({ continue: z.string().optional() }).optional(),
    }),
  } as unknown as ResourceKind<z.infer<T>>;
}

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().optional(),
  deletionGracePeriodSeconds: z.number().optional(),
  generation: z.number().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  ownerReferences: z.array(z.object({ kind: z.string(), name: z.string(), uid: z.string() })).default([]),
});

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().nullish(),
});

const terminated = z.object({
  exitCode: z.number(),
  reason: z.string().optional(),
  message: z.string().optional(),
  finishedAt: z.string().nullish(),
});

const containerState = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  running: z.object({ startedAt: z.string().nullish() }).optional(),
  terminated: terminated.optional(),
});

const containerStatus = z.object({
  name: z.string(),
  image: z.string(),
  imageID: z.string().default(''),
  ready: z.boolean(),
  restartCount: z.number(),
  state: containerState.default({}),
  lastState: containerState.default({}),
});

const container = z.object({
  name: z.string(),
  image: z.string().default(''),
  ports: z
    .array(z.object({ name: z.string().optional(), containerPort: z.number(), hostPort: z.number().optional() }))
    .default([]),
  lifecycle: z
    .object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }).optional() }).optional() })
    .optional(),
});

const podSpec = z.object({
  nodeName: z.string().optional(),
  hostNetwork: z.boolean().optional(),
  terminationGracePeriodSeconds: z.number().optional(),
  containers: z.array(container),
});

export const pods = resource(
  'v1',
  'Pod',
  'pods',
  z.object({
    metadata,
    spec: podSpec,
    status: z.object({
      phase: z.string().default('Unknown'),
      podIP: z.string().optional(),
      conditions: z.array(condition).default([]),
      initContainerStatuses: z.array(containerStatus).default([]),
      containerStatuses: z.array(containerStatus).default([]),
      reason: z.string().optional(),
      message: z.string().optional(),
    }),
  }),
);

const labelSelector = z.object({ matchLabels: z.record(z.string(), z.string()).default({}) });

const podTemplate = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }).optional(),
  spec: podSpec,
});

/**
 * Equal for a Deployment and the ReplicaSet of its present template, as the Deployment controller compares the two: all of
 * the template but the label that the controller adds.
 */
function templateDigest(template: unknown): string {
  const text = JSON.stringify(template, (key, value: unknown) => (key === 'pod-template-hash' ? undefined : value));
  return createHash('sha256').update(text).digest('hex');
}

export const deployments = resource(
  'apps/v1',
  'Deployment',
  'deployments',
  z.object({
    metadata,
    spec: z.object({
      replicas: z.number().default(1),
      paused: z.boolean().optional(),
      selector: labelSelector,
      template: z
        .unknown()
        .transform((template) => ({ ...podTemplate.parse(template), digest: templateDigest(template) })),
    }),
    status: z
      .object({
        observedGeneration: z.number().default(0),
        replicas: z.number().default(0),
        updatedReplicas: z.number().default(0),
        readyReplicas: z.number().default(0),
        conditions: z.array(condition).default([]),
      })
      .prefault({}),
  }),
);

export const replicaSets = resource(
  'apps/v1',
  'ReplicaSet',
  'replicasets',
  z.object({
    metadata,
    spec: z.object({
      replicas: z.number().default(0),
      template: z.unknown().transform((template) => ({ digest: templateDigest(template) })),
    }),
    status: z.object({ conditions: z.array(condition).default([]) }).prefault({}),
  }),
);

export const events = resource(
  'v1',
  'Event',
  'events',
  z.object({
    metadata: z.object({ name: z.string(), creationTimestamp: z.string().nullish() }),
    type: z.string().default('Normal'),
    reason: z.string().default(''),
    message: z.string().default(''),
    count: z.number().nullish(),
    lastTimestamp: z.string().nullish(),
    eventTime: z.string().nullish(),
    involvedObject: z.object({
      kind: z.string().default(''),
      name: z.string().default(''),
      uid: z.string().default(''),
    }),
  }),
);

export const nodes = resource(
  'v1',
  'Node',
  'nodes',
  z.object({
    metadata,
    spec: z
      .object({
        unschedulable: z.boolean().optional(),
        taints: z.array(z.object({ key: z.string(), value: z.string().optional(), effect: z.string() })).default([]),
      })
      .prefault({}),
    status: z
      .object({
        conditions: z.array(condition).default([]),
        /** `{type: 'ExternalIP', address: '203.0.113.11'}` and others. */
        addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
        /** What pods may ask for: `{cpu: '3920m', memory: '13Gi'}`. */
        allocatable: z.record(z.string(), z.string()).default({}),
      })
      .prefault({}),
  }),
);

/** A Secret without its values: the suite asks whether one is there and of which type, never what is in it. */
export const secrets = resource(
  'v1',
  'Secret',
  'secrets',
  z.object({
    metadata,
    type: z.string().default('Opaque'),
    data: z
      .record(z.string(), z.unknown())
      .default({})
      .transform((data) => Object.keys(data)),
  }),
);

export const configMaps = resource(
  'v1',
  'ConfigMap',
  'configmaps',
  z.object({ metadata, data: z.record(z.string(), z.string()).default({}) }),
);

const ordered = {
  metadata,
  status: z
    .object({
      observedGeneration: z.number().default(0),
      /** StatefulSet: the revision that its pods are going to. */
      updateRevision: z.string().optional(),
      /** DaemonSet: how many nodes are to have a pod. */
      desiredNumberScheduled: z.number().default(0),
      conditions: z.array(condition).default([]),
    })
    .prefault({}),
};

export const statefulSets = resource(
  'apps/v1',
  'StatefulSet',
  'statefulsets',
  z.object({
    ...ordered,
    spec: z.object({
      replicas: z.number().default(1),
      selector: labelSelector,
      template: podTemplate,
      updateStrategy: z
        .object({
          type: z.string().default('RollingUpdate'),
          rollingUpdate: z.object({ partition: z.number().default(0) }).prefault({}),
        })
        .prefault({}),
    }),
  }),
);

export const daemonSets = resource(
  'apps/v1',
  'DaemonSet',
  'daemonsets',
  z.object({
    ...ordered,
    spec: z.object({
      selector: labelSelector,
      template: podTemplate,
      updateStrategy: z.object({ type: z.string().default('RollingUpdate') }).prefault({}),
    }),
  }),
);

/** The templates that a DaemonSet has had; the one with the highest number is the present one. */
export const controllerRevisions = resource(
  'apps/v1',
  'ControllerRevision',
  'controllerrevisions',
  z.object({ metadata, revision: z.number() }),
);

export const podDisruptionBudgets = resource(
  'policy/v1',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
  z.object({
    metadata,
    spec: z.object({ selector: labelSelector.prefault({}) }).prefault({}),
    status: z
      .object({
        disruptionsAllowed: z.number().default(0),
        currentHealthy: z.number().default(0),
        desiredHealthy: z.number().default(0),
        expectedPods: z.number().default(0),
      })
      .prefault({}),
  }),
);

export const horizontalPodAutoscalers = resource(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
  z.object({
    metadata,
    spec: z.object({
      scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
      minReplicas: z.number().default(1),
    }),
    status: z.object({ conditions: z.array(condition).nullable().default([]) }).prefault({}),
  }),
);

export const managedCertificates = resource(
  'networking.gke.io/v1',
  'ManagedCertificate',
  'managedcertificates',
  z.object({ metadata }),
);

export const frontendConfigs = resource(
  'networking.gke.io/v1beta1',
  'FrontendConfig',
  'frontendconfigs',
  z.object({ metadata }),
);

/** Says who works on something at this moment, and until when that is believed without a further word. */
export const leases = resource(
  'coordination.k8s.io/v1',
  'Lease',
  'leases',
  z.object({
    metadata: metadata.extend({ resourceVersion: z.string() }),
    spec: z
      .object({
        holderIdentity: z.string().nullish(),
        leaseDurationSeconds: z.number().nullish(),
        acquireTime: z.string().nullish(),
        renewTime: z.string().nullish(),
      })
      .prefault({}),
  }),
);

export const namespaces = resource('v1', 'Namespace', 'namespaces', z.object({ metadata }));

export type Pod = z.infer<typeof pods.schema>;
export type Deployment = z.infer<typeof deployments.schema>;
export type ReplicaSet = z.infer<typeof replicaSets.schema>;
export type KubernetesEvent = z.infer<typeof events.schema>;
export type StatefulSet = z.infer<typeof statefulSets.schema>;
export type DaemonSet = z.infer<typeof daemonSets.schema>;
export type Lease = z.infer<typeof leases.schema>;
export type KubernetesNode = z.infer<typeof nodes.schema>;

const applicable: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  HorizontalPodAutoscaler: 'horizontalpodautoscalers',
  Lease: 'leases',
  Namespace: 'namespaces',
  Node: 'nodes',
  Secret: 'secrets',
  StatefulSet: 'statefulsets',
};

/** `/api/v1/namespaces/livekit/pods/x`, `/apis/apps/v1/...`; without a name the collection, without a namespace cluster-wide. */
export function resourcePath(
  kind: { readonly apiVersion: string; readonly plural: string },
  namespace: string | undefined,
  name?: string,
): string {
  const group = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${scope}/${kind.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** Where a manifest is sent: the object itself to apply, its collection to create. */
export function manifestPath(manifest: Manifest, named: boolean, plural = applicable[manifest.kind]): string {
  if (plural === undefined) throw new TypeError(`no path is known for the kind ${manifest.kind}`);
  const { name, namespace } = manifest.metadata;
  return resourcePath({ apiVersion: manifest.apiVersion, plural }, namespace, named ? name : undefined);
}
