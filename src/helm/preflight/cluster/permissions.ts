import type { Access, Kubernetes } from '../../../kubernetes/client.ts';
import type { Finding } from '../rule.ts';
import { companionKinds } from './companion-kinds.ts';
import type { ClusterContext, ClusterRule } from './rule.ts';

interface Need {
  readonly group: string;
  /** `pods/log` has a subresource. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Without it the deploy works and tells less. */
  readonly isOptional?: boolean;
  readonly isClusterWide?: boolean;
}

/** What Helm does with the objects of a release. */
const OWNS = ['get', 'list', 'create', 'update', 'patch', 'delete'];

/** What every deploy does. */
const always: readonly Need[] = [
  { group: '', resource: 'namespaces', verbs: ['create'], isClusterWide: true },
  { group: '', resource: 'secrets', verbs: OWNS },
  { group: '', resource: 'configmaps', verbs: OWNS },
  { group: '', resource: 'services', verbs: OWNS },
  { group: 'apps', resource: 'deployments', verbs: OWNS },
  { group: 'apps', resource: 'replicasets', verbs: ['get', 'list'] },
  { group: 'apps', resource: 'replicasets/scale', verbs: ['patch'] },
  { group: '', resource: 'pods', verbs: ['get', 'list', 'delete'] },
  { group: '', resource: 'pods/log', verbs: ['get'], isOptional: true },
  { group: '', resource: 'pods/portforward', verbs: ['get', 'create'], isOptional: true },
  { group: '', resource: 'events', verbs: ['list'] },
  { group: '', resource: 'nodes', verbs: ['list'], isClusterWide: true, isOptional: true },
  { group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'create', 'update', 'delete'], isOptional: true },
];

/** What comes with the values. */
function byValues({ values, companion }: ClusterContext): Need[] {
  const { loadBalancer, autoscaling } = values;
  const needs: Need[] = [];
  const own = (group: string, resource: string) => needs.push({ group, resource, verbs: OWNS });
  if (loadBalancer.type.startsWith('gke')) own('networking.k8s.io', 'ingresses');
  if (/^(gke|gclb)/.test(loadBalancer.type)) own('cloud.google.com', 'backendconfigs');
  if (autoscaling.enabled) own('autoscaling', 'horizontalpodautoscalers');
  for (const { group, resource } of companionKinds(companion)) own(group, resource);
  return needs;
}

/**
 * RBAC, or the IAM role that stands for it, asked before anything is changed: one sentence for all that is missing. The
 * API server answers each question by itself, since GKE's rights come from a webhook that lists nothing.
 */
export const permissions: ClusterRule = {
  question: 'whether this identity may do all that a deploy does',
  ask: (context) => reviewRights(context.client, context.namespace, byValues(context)),
};

/** What is missing of the rights that every deploy wants, and of these. */
export async function reviewRights(
  client: Kubernetes,
  namespace: string,
  more: readonly Need[] = [],
): Promise<Finding[]> {
  const answers = await Promise.all(
    [...always, ...more].map(async (need) => {
      const answered = await Promise.all(
        need.verbs.map(async (verb) => ((await client.mayDo(access(need, verb, namespace))) ? [] : [verb])),
      );
      return { need, missing: answered.flat() };
    }),
  );
  const lacking = answers.filter(({ missing }) => missing.length > 0);
  const [needed, wished] = [false, true].map((is) => lacking.filter(({ need }) => (need.isOptional ?? false) === is));
  return [...finding('error', needed ?? [], namespace), ...finding('warning', wished ?? [], namespace)];
}

function access({ group, resource, isClusterWide }: Need, verb: string, namespace: string): Access {
  const [name = '', subresource] = resource.split('/');
  return { verb, group, resource: name, subresource, namespace: isClusterWide === true ? undefined : namespace };
}

function finding(
  level: Finding['level'],
  lacking: readonly { need: Need; missing: readonly string[] }[],
  namespace: string,
): Finding[] {
  if (lacking.length === 0) return [];
  const byVerbs = Map.groupBy(lacking, ({ missing }) => missing.join('/'));
  const rights = [...byVerbs]
    .map(([verbs, each]) => `${verbs} ${each.map(({ need }) => need.resource).join(', ')}`)
    .join('; ');
  const rest = level === 'error' ? '' : ' (the deploy works without, and tells less)';
  return [
    {
      kind: 'permission',
      level,
      what: `In the namespace ${namespace} this identity may not ${rights}${rest}.`,
      path: [],
    },
  ];
}
