import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import { helmFailures } from '../failures.ts';

/** The label by which GKE tells whose a node is. */
export const POOL_LABEL = 'cloud.google.com/gke-nodepool';

/** LiveKit's node pools by generation, as Terraform made them. */
export interface NodePools {
  /** Where LiveKit is to run: the newest generation, its fallback pool among them. */
  readonly current: readonly string[];
  /** What it is to leave; never empty. */
  readonly older: readonly string[];
  /** The pool that grows with the pods, and how far. */
  readonly growing: { readonly name: string; readonly maximum: number };
}

/** The pools of the environment's facts. Throws LK-HELM-120 when there is nothing to move from or to. */
export function nodePools(outputs: EnvironmentOutputs): NodePools {
  const all = outputs.node_pool_names ?? [outputs.node_pool_name];
  const current = outputs.current_node_pool_names ?? [outputs.node_pool_name];
  const older = all.filter((name) => !current.includes(name));
  if (older.length === 0) {
    throw helmFailures.failure('noNewerPool', {
      what: `The environment’s facts know one generation of LiveKit’s node pools (${all.join(', ')}): there is no newer one to move to.`,
    });
  }
  return { current, older, growing: { name: outputs.node_pool_name, maximum: outputs.node_pool_max_nodes } };
}
