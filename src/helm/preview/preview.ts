import { z } from 'zod';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { deployments, pods, resource } from '../../kubernetes/resources.ts';
import { type Load, readLoad } from '../../livekit/load.ts';
import { step } from '../../runner/log.ts';
import { fetchChart } from '../chart.ts';
import { companionChart, companionRelease, companionValues, splitValues } from '../companion.ts';
import { type DeployOptions, gatherManifests, preflight } from '../deploy.ts';
import { helmFailures } from '../failures.ts';
import { type Helm, helmWords } from '../helm.ts';
import { type ChartSource, renderManifest } from '../template.ts';
import { AUTOSCALER_FIELD_MANAGER, autoscalerBehavior } from '../livekit/autoscaler.ts';
import { KEYS_HASH_ANNOTATION } from '../livekit/keys.ts';
import { LIVEKIT_CHART, livekitName } from '../livekit/name.ts';
import { definedKinds, type ManifestSet } from '../manifests/manifests.ts';
import { leftOver, readApplied } from '../manifests/record.ts';
import { isForeign, PRE_STOP_FIELD_MANAGER, preStop, readPreStop } from '../livekit/pre-stop.ts';
import { SECRETS_HASH_ANNOTATION } from '../secrets/secret.ts';
import { mergeLayers } from '../values/layer.ts';
import { effective, merge, type Values } from '../values/tree.ts';
import { changesOf, HELM, type ObjectChange } from './change.ts';
import { isForbidden, type Live, type LiveReader, liveReader } from './live.ts';
import { openTexts } from './text-difference.ts';
import { type ClusterObject, identity, objectOf, objectsOf } from './object.ts';

export type PreviewOptions = Pick<
  DeployOptions,
  | 'environment'
  | 'release'
  | 'namespace'
  | 'chart'
  | 'values'
  | 'set'
  | 'workspace'
  | 'suiteDirectory'
  | 'outputs'
  | 'keys'
  | 'manifests'
  | 'secrets'
  | 'forward'
  | 'signal'
> & {
  /** Whether there are Secrets that this identity may not read. */
  readonly secretsHidden?: boolean;
};

/** A workload whose pods are replaced, and who is on them now. */
export interface RolledWorkload {
  readonly kind: string;
  readonly name: string;
  readonly pods: number;
  /** Of all its pods; `unknown` when one of them does not tell, `undefined` for pods that hold no calls. */
  readonly load: Load | 'unknown' | undefined;
}

/** What a deploy of these values would change. */
export interface Preview {
  readonly environment: string;
  readonly release: string;
  readonly namespace: string;
  readonly chart: { readonly name: string; readonly version: string };
  readonly changes: readonly ObjectChange[];
  readonly rolls: readonly RolledWorkload[];
  /** What could not be seen, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Compares what a deploy would write with what the cluster has. Only reads: the right to see the namespace's objects is
 * enough. Throws what a deploy's preflight throws, and LK-HELM-007.
 */
export async function preview(helm: Helm, client: Kubernetes, options: PreviewOptions): Promise<Preview> {
  const { release, namespace } = options;
  const chart = await step(
    'Chart',
    () => fetchChart(helm, options.chart, options.workspace, options.suiteDirectory),
    ({ name, version }) => `Chart ${name} ${version}`,
  );
  const notes: string[] = [];
  const isLivekit = chart.name === LIVEKIT_CHART;
  let manifests: ManifestSet[] = [];
  const merged = await step('Values and preflight', async () => {
    const layers = await preflight(seeingSecrets(client, release, notes), options, chart);
    manifests = await gatherManifests(helm, options, layers);
    const values = mergeLayers(layers);
    const isHidden = options.secretsHidden === true && Object.hasOwn(chart.defaults, 'podAnnotations');
    const seen = isHidden ? await withPresentSecrets(client, options, values, notes) : values;
    return isLivekit && options.keys === undefined ? withPresentKeys(client, options, seen, notes) : seen;
  });
  const changes = await step(
    'Comparison with the cluster',
    async () => {
      const reader = liveReader(client, namespace);
      const applied = await compareManifests(client, reader, options, manifests, notes);
      if (!isLivekit) {
        const source = { release, chartPath: chart.path, values: merged };
        return [...applied, ...withNewKinds(await compareRelease(helm, reader, options, source, notes), manifests)];
      }
      const { livekit, companion } = splitValues(merged);
      const seen = effective(chart.defaults, livekit);
      const found: ObjectChange[] = [...applied];
      if (companion !== undefined) {
        const chartPath = await companionChart(options.workspace, options.suiteDirectory);
        const values = companionValues(release, seen, companion);
        found.push(
          ...(await compareRelease(
            helm,
            reader,
            options,
            { release: companionRelease(release), chartPath, values },
            notes,
          )),
        );
      }
      found.push(
        ...(await compareRelease(helm, reader, options, { release, chartPath: chart.path, values: livekit }, notes)),
      );
      const behavior = objectOf(autoscalerBehavior(livekitName(release), namespace, seen, companion ?? {}));
      if (behavior !== undefined)
        found.push(...(await compareApart(reader, behavior, namespace, AUTOSCALER_FIELD_MANAGER)));
      const present = await readPreStop(client, namespace, livekitName(release));
      const lastSeconds = objectOf(preStop(livekitName(release), namespace));
      if (present === undefined || isForeign(present) || lastSeconds === undefined) return found;
      return withMore(found, await compareApart(reader, lastSeconds, namespace, PRE_STOP_FIELD_MANAGER));
    },
    (found) => (found.length === 0 ? 'Nothing would change' : `Objects that would change: ${found.length}`),
  );
  return {
    environment: options.environment,
    release,
    namespace,
    chart: { name: chart.name, version: chart.version },
    changes,
    rolls: await Promise.all(changes.filter(({ rollsPods }) => rollsPods).map((each) => busy(client, each, options))),
    notes,
  };
}

/** One release against the cluster. */
async function compareRelease(
  helm: Helm,
  reader: LiveReader,
  { namespace }: PreviewOptions,
  source: ChartSource,
  notes: string[],
): Promise<ObjectChange[]> {
  const [objects, previous] = await Promise.all([
    rendered(helm, source, namespace),
    standing(helm, source.release, notes),
  ]);
  const live = await readAll(reader, [...objects, ...(previous ?? [])], namespace);
  const owned = previous === undefined ? await labelled(reader, objects) : [];
  const changes = changesOf({ release: source.release, namespace, manager: HELM, objects, previous, owned, live });
  return Promise.all(changes.map(async (change) => ({ ...change, differences: await openTexts(change.differences) })));
}

async function rendered(
  helm: Helm,
  { release, chartPath, values }: ChartSource,
  namespace: string,
): Promise<ClusterObject[]> {
  return objectsOf(await renderManifest(helm, { release, chartPath, values, namespace }));
}

/** The manifest that Helm keeps of the present revision. It lies in a Secret, which not everyone may read. */
async function standing(helm: Helm, release: string, notes: string[]): Promise<ClusterObject[] | undefined> {
  const { exitCode, stdout, stderr } = await helm.command(['get', 'manifest', release]);
  if (exitCode === 0) return objectsOf(stdout);
  if (/release: not found/.test(stderr)) return [];
  if (!/forbidden/i.test(stderr)) {
    throw helmFailures.failure('command', { what: `helm get manifest ${release} failed: ${helmWords(stderr)}.` });
  }
  notes.push(
    `This identity may not read what Helm keeps of ${release}: fields that Helm 3 would remove are not shown, and deletions are told by the objects’ labels.`,
  );
  return undefined;
}

async function readAll(
  reader: LiveReader,
  objects: readonly ClusterObject[],
  namespace: string,
): Promise<Map<string, Live>> {
  const wanted = new Map(objects.map((object) => [identity(object, namespace), object]));
  return new Map(await Promise.all([...wanted].map(async ([id, object]) => [id, await reader.read(object)] as const)));
}

/** Kinds that a chart may have had before; more than these are not looked for. */
const USUAL: readonly (readonly [apiVersion: string, kind: string])[] = [
  ...['ConfigMap', 'Service', 'ServiceAccount', 'PersistentVolumeClaim'].map((kind) => ['v1', kind] as const),
  ...['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => ['apps/v1', kind] as const),
  ...['Job', 'CronJob'].map((kind) => ['batch/v1', kind] as const),
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['policy/v1', 'PodDisruptionBudget'],
  ...['Ingress', 'NetworkPolicy'].map((kind) => ['networking.k8s.io/v1', kind] as const),
  ...['Role', 'RoleBinding'].map((kind) => ['rbac.authorization.k8s.io/v1', kind] as const),
  ['cloud.google.com/v1', 'BackendConfig'],
  ['networking.gke.io/v1', 'ManagedCertificate'],
  ['networking.gke.io/v1beta1', 'FrontendConfig'],
  ['monitoring.googleapis.com/v1', 'PodMonitoring'],
  ['monitoring.googleapis.com/v1', 'Rules'],
];

async function labelled(reader: LiveReader, objects: readonly ClusterObject[]): Promise<ClusterObject[]> {
  const kinds = [...USUAL, ...objects.map(({ apiVersion, kind }) => [apiVersion, kind] as const)];
  const different = new Map(kinds.map((each) => [each.join('|'), each]));
  return (await Promise.all([...different.values()].map((each) => reader.labelled(...each)))).flat();
}

/** What is applied before the chart, set by set: a later one may lay fields over an object of an earlier one. */
async function compareManifests(
  client: Kubernetes,
  reader: LiveReader,
  { release, namespace }: PreviewOptions,
  sets: readonly ManifestSet[],
  notes: string[],
): Promise<ObjectChange[]> {
  if (sets.length === 0) return [];
  let changes: ObjectChange[] = [];
  for (const { objects, fieldManager } of sets) {
    const live = await readAll(reader, objects, namespace);
    const plan = { release: '', namespace, manager: fieldManager, objects, previous: [], owned: [], live };
    changes = withMore(changes, changesOf(plan));
  }
  const left = leftOver(await readApplied(client, namespace, release), sets, namespace);
  if (left.length > 0) notes.push(`The manifests have these objects no more, and they would stay: ${left.join(', ')}.`);
  return withNewKinds(changes, sets);
}

/** Of a kind that the manifests define everything is new, where the cluster does not know it yet. */
function withNewKinds(changes: readonly ObjectChange[], sets: readonly ManifestSet[]): ObjectChange[] {
  const kinds = new Set(sets.flatMap(({ objects }) => objects.flatMap(definedKinds)).map((kind) => kind.split('/')[1]));
  return changes.map((change) =>
    change.action === 'unknown-kind' && kinds.has(change.kind) ? { ...change, action: 'create' } : change,
  );
}

/** The object itself is Helm's; of it only this part is applied apart. A new one is told of already. */
async function compareApart(
  reader: LiveReader,
  object: ClusterObject,
  namespace: string,
  manager: string,
): Promise<ObjectChange[]> {
  const live = await readAll(reader, [object], namespace);
  const plan = { release: '', namespace, manager, previous: [], owned: [], live };
  return changesOf({ ...plan, objects: [object] }).filter(({ action }) => action === 'change');
}

/** What is to become of one object is told in one place. */
function withMore(changes: readonly ObjectChange[], more: readonly ObjectChange[]): ObjectChange[] {
  const isSame = (one: ObjectChange, other: ObjectChange) => one.kind === other.kind && one.name === other.name;
  const joined = changes.map((change) => {
    const added = change.action === 'change' ? more.find((each) => isSame(each, change)) : undefined;
    if (added === undefined) return change;
    const differences = [...change.differences, ...added.differences];
    return { ...change, differences, rollsPods: change.rollsPods || added.rollsPods };
  });
  return [...joined, ...more.filter((each) => !changes.some((change) => isSame(change, each)))];
}

const workload = (kind: string) =>
  resource(
    'apps/v1',
    kind,
    `${kind.toLowerCase()}s`,
    z.object({ spec: z.object({ selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }) }) }),
  );

/** Who is on the pods that are to be replaced. */
async function busy(
  client: Kubernetes,
  { kind, name }: ObjectChange,
  { namespace, forward, signal }: PreviewOptions,
): Promise<RolledWorkload> {
  const found = await client.get(workload(kind), namespace, name);
  const labels = found?.spec.selector.matchLabels ?? {};
  const running = Object.keys(labels).length === 0 ? [] : await client.list(pods, namespace, { labels });
  const calls = running.flatMap((pod) => {
    const all = pod.spec.containers.flatMap(({ ports }) => ports);
    const port = all.find((each) => each.name === 'metrics')?.containerPort;
    return port === undefined ? [] : [{ namespace, name: pod.metadata.name, port }];
  });
  if (forward === undefined || calls.length === 0) return { kind, name, pods: running.length, load: undefined };
  const loads = await Promise.all(calls.map((pod) => readLoad(forward, pod, signal)));
  const sum = (part: keyof Load) => loads.reduce((total, load) => total + (load?.[part] ?? 0), 0);
  const load = loads.includes(undefined)
    ? ('unknown' as const)
    : { rooms: sum('rooms'), participants: sum('participants') };
  return { kind, name, pods: running.length, load };
}

/** Without the keys the pods' digest of them is taken as it is: a preview needs no access to them. */
async function withPresentKeys(
  client: Kubernetes,
  { release, namespace }: PreviewOptions,
  values: Values,
  notes: string[],
): Promise<Values> {
  const running = await client.get(annotatedDeployments, namespace, livekitName(release));
  const hash = running?.spec.template.metadata.annotations[KEYS_HASH_ANNOTATION];
  notes.push('This identity may not read the API keys: whether they have changed, which rolls the pods, is not shown.');
  return merge(values, { podAnnotations: { [KEYS_HASH_ANNOTATION]: hash ?? 'not-known-to-the-preview' } });
}

/** The same for the Secrets of the input `secrets`. */
async function withPresentSecrets(
  client: Kubernetes,
  { release, namespace }: PreviewOptions,
  values: Values,
  notes: string[],
): Promise<Values> {
  const running = await client.list(annotatedDeployments, namespace, {
    labels: { 'app.kubernetes.io/instance': release },
  });
  const hashes = running.map(({ spec }) => spec.template.metadata.annotations[SECRETS_HASH_ANNOTATION]);
  notes.push(
    'This identity may not read the Secrets’ values: whether they have changed, which rolls the pods, is not shown.',
  );
  const hash = hashes.find((one) => one !== undefined);
  return hash === undefined ? values : merge(values, { podAnnotations: { [SECRETS_HASH_ANNOTATION]: hash } });
}

const annotatedDeployments = resource(
  'apps/v1',
  'Deployment',
  'deployments',
  z.object({
    spec: z.object({
      template: z.object({
        metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }).prefault({}),
      }),
    }),
  }),
);

/**
 * A Secret that this identity may not see is taken to be as the running pods say: TURN's certificate is there when they serve
 * TURN/TLS, or when nothing runs yet.
 */
function seeingSecrets(client: Kubernetes, release: string, notes: string[]): Kubernetes {
  return {
    ...client,
    async get(kind, namespace, name) {
      try {
        return await client.get(kind, namespace, name);
      } catch (error) {
        if (kind.kind !== 'Secret' || !isForbidden(error)) throw error;
        notes.push(`This identity may not see the Secret ${name}: it is taken to be as the running pods have it.`);
        const running = await client.get(deployments, namespace, livekitName(release));
        const ports = running?.spec.template.spec.containers.flatMap((container) => container.ports);
        if (ports?.some((port) => port.name === 'turn-tls') === false) return undefined;
        return kind.schema.parse({
          metadata: { name, namespace, uid: '', creationTimestamp: '' },
          type: 'kubernetes.io/tls',
        });
      }
    },
  };
}
