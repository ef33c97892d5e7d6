import type { Pool } from './record.ts';

/**
 * Which machine belongs to which pool. Machines stay where they are; first every pool gets its minimum, in the order
 * of the pools, then what it wants beyond, as far as machines remain.
 */
export function planNodes(
  pools: Readonly<Record<string, Pool>>,
  machines: readonly string[],
  assigned: Readonly<Record<string, string>>,
): Record<string, string> {
  const plan: Record<string, string> = {};
  const count = (key: string): number => Object.values(plan).filter((each) => each === key).length;
  for (const machine of machines) {
    const key = assigned[machine];
    const pool = key === undefined ? undefined : pools[key];
    if (key !== undefined && pool && count(key) < pool.wanted) plan[machine] = key;
  }
  for (const level of ['minimum', 'wanted'] as const) {
    for (const [key, pool] of Object.entries(pools)) {
      for (const machine of machines) {
        if (count(key) >= pool[level]) break;
        plan[machine] ??= key;
      }
    }
  }
  return plan;
}
