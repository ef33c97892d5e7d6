import { isMapping, type Values } from '../values/tree.ts';
import { compare, type Difference } from './compare.ts';
import type { Live } from './live.ts';
import { annotation, type ClusterObject, identity } from './object.ts';

export type ChangeAction = 'create' | 'change' | 'delete' | 'unreadable' | 'unknown-kind';

/** What a deploy would do to one object. */
export interface ObjectChange {
  readonly action: ChangeAction;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Of a change only. */
  readonly differences: readonly Difference[];
  /** Whether all pods of this workload are replaced. */
  readonly rollsPods: boolean;
}

/** One release, and what is to become of it. */
export interface ReleasePlan {
  readonly release: string;
  readonly namespace: string;
  /** Who applies the objects: `helm`. */
  readonly manager: string;
  readonly objects: readonly ClusterObject[];
  /** The manifest that stands; `undefined` when it cannot be read or there is none. */
  readonly previous: readonly ClusterObject[] | undefined;
  /** What in the cluster bears the release's name, where the manifest that stands is not known. */
  readonly owned: readonly ClusterObject[];
  /** By the object's identity. */
  readonly live: ReadonlyMap<string, Live>;
}

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** What a deploy of the manifest would change in the cluster, in the manifest's order; deletions last. Pure. */
export function changesOf(plan: ReleasePlan): ObjectChange[] {
  const { namespace, objects, previous, owned, live, release } = plan;
  const id = (object: ClusterObject) => identity(object, namespace);
  const before = new Map((previous ?? []).map((object) => [id(object), object]));
  const kept = new Set(objects.map(id));
  const changes = objects.flatMap((object) => {
    const found = live.get(id(object)) ?? { state: 'absent' };
    const change = changeOf(object, found, before.get(id(object)), plan);
    return change === undefined ? [] : [change];
  });
  // Only what is there can be deleted; a hint on the object keeps it.
  const leftovers = (previous ?? owned).filter(
    (object) => !kept.has(id(object)) && annotation(object, 'helm.sh/resource-policy') !== 'keep',
  );
  for (const object of leftovers) {
    if (previous === undefined && annotation(object, 'meta.helm.sh/release-name') !== release) continue;
    if (previous !== undefined && live.get(id(object))?.state === 'absent') continue;
    changes.push({ ...named(object, namespace), action: 'delete', differences: [], rollsPods: false });
  }
  return changes;
}

function changeOf(
  object: ClusterObject,
  live: Live,
  before: ClusterObject | undefined,
  { namespace, manager, release }: ReleasePlan,
): ObjectChange | undefined {
  const base = { ...named(object, namespace), differences: [], rollsPods: false };
  if (live.state === 'absent') return { ...base, action: 'create' };
  if (live.state === 'unreadable') return { ...base, action: 'unreadable' };
  if (live.state === 'unknown') return { ...base, action: 'unknown-kind' };
  const differences = compare({
    declared: manager === HELM ? asHelmApplies(object, release, namespace) : object.value,
    live: live.value,
    previous: before?.value,
    manager,
  });
  if (differences.length === 0) return undefined;
  const rollsPods = WORKLOADS.has(object.kind) && differences.some(isOfTemplate) && !waitsForDelete(live.value);
  return { ...base, action: 'change', differences, rollsPods };
}

/** Helm's name as the owner of fields. */
export const HELM = 'helm';

/** Helm marks each object as its own. A Secret's text becomes data on the way. */
function asHelmApplies({ kind, value }: ClusterObject, release: string, namespace: string): Values {
  const metadata = isMapping(value['metadata']) ? value['metadata'] : {};
  const labels = isMapping(metadata['labels']) ? metadata['labels'] : {};
  const annotations = isMapping(metadata['annotations']) ? metadata['annotations'] : {};
  const marked = {
    ...value,
    metadata: {
      ...metadata,
      labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: {
        ...annotations,
        'meta.helm.sh/release-name': release,
        'meta.helm.sh/release-namespace': namespace,
      },
    },
  };
  const { stringData, ...rest } = marked as Values & { stringData?: unknown };
  if (kind !== 'Secret' || !isMapping(stringData)) return marked;
  const data = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')]);
  return { ...rest, data: { ...(isMapping(rest['data']) ? rest['data'] : {}), ...Object.fromEntries(data) } };
}

export const isOfTemplate = ({ path: [first, second] }: Difference): boolean =>
  first === 'spec' && second === 'template';

/** Such a workload replaces a pod only when somebody deletes it. */
function waitsForDelete(live: Values): boolean {
  const spec = live['spec'];
  const strategy = isMapping(spec) ? spec['updateStrategy'] : undefined;
  return isMapping(strategy) && strategy['type'] === 'OnDelete';
}

const named = ({ kind, namespace, name }: ClusterObject, own: string) => ({ kind, namespace: namespace ?? own, name });
