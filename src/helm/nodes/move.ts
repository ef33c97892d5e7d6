/** One node pool after an upgrade, as outputs and summary tell it. */
export interface PoolRow {
  readonly name: string;
  readonly age: 'current' | 'older';
  readonly nodes: number;
  readonly cordoned: number;
  /** LiveKit's pods on it, those that are ending among them. */
  readonly pods: number;
}

/** What came of a node upgrade beside what became of the pods. */
export interface NodeMove {
  readonly pools: readonly PoolRow[];
  /** No pod of the release is left on an older pool. */
  readonly isEmpty: boolean;
  /** Pods of others on the older nodes, `namespace/name`: they end with their node. */
  readonly others: readonly string[];
  /** Whether this run cordoned, uncordoned or moved anything. */
  readonly changed: boolean;
}
