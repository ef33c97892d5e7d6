import type { Kubernetes } from '../../kubernetes/client.ts';
import { type KubernetesNode, nodes as nodeKind } from '../../kubernetes/resources.ts';
import { log } from '../../runner/log.ts';
import { POOL_LABEL } from './pools.ts';

/** Owns what a node upgrade writes, apart from what a deploy owns: without it the field is as before. */
export const NODES_FIELD_MANAGER = 'livekit-gke-nodes';

/** On a node: which run cordoned it. A node that somebody else cordoned lacks it, and stays as it is. */
export const CORDONED_BY = 'livekit-gke/cordoned-by';

const KEEP_SECONDS = 15;

export const isCordoned = ({ spec }: KubernetesNode): boolean => spec.unschedulable === true;

const isOurs = ({ metadata }: KubernetesNode) => metadata.annotations[CORDONED_BY] !== undefined;

/** Lets no new pod onto these nodes; gives the names of those that took pods until now. */
export async function cordon(client: Kubernetes, nodes: readonly KubernetesNode[], who: string): Promise<string[]> {
  const open = nodes.filter((node) => !isCordoned(node)).map(({ metadata }) => metadata.name);
  for (const name of open) {
    await client.apply(
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, annotations: { [CORDONED_BY]: who } },
        spec: { unschedulable: true },
      },
      NODES_FIELD_MANAGER,
    );
  }
  if (open.length > 0) log.info(`Cordoned ${open.join(', ')}: no new pod comes onto an old node`);
  return open;
}

/** Lets pods onto the nodes again that an upgrade cordoned, whichever run it was; gives their names. */
export async function uncordon(client: Kubernetes, nodes: readonly KubernetesNode[]): Promise<string[]> {
  const ours = nodes.filter(isOurs).map(({ metadata }) => metadata.name);
  for (const name of ours) {
    // Applied without the fields: what this manager alone has set goes.
    await client.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name } }, NODES_FIELD_MANAGER);
  }
  if (ours.length > 0) log.info(`Uncordoned ${ours.join(', ')}`);
  return ours;
}

/** Called with every look: cordons what comes up in these pools meanwhile, for example a repaired node. */
export function keepCordoned(client: Kubernetes, pools: readonly string[], who: string): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < KEEP_SECONDS * 1000) return;
    last = performance.now();
    const all = await client.list(nodeKind, undefined);
    await cordon(
      client,
      all.filter(({ metadata }) => pools.includes(metadata.labels[POOL_LABEL] ?? '')),
      who,
    );
  };
}
