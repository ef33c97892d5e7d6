import type { Pool } from './record.ts';

/**
 * Which machine belongs to which pool. First every pool gets its minimum, in the order of the pools, then what it wants
 * beyond, as far as machines remain. Machines stay where they are, unless a pool lacks its minimum: then another gives up
 * what it has beyond its own, as an autoscaler takes a node away that has no pods. A machine in `busy` has some.
 */
export function planNodes(
  pools: Readonly<Record<string, Pool>>,
  machines: readonly string[],
  assigned: Readonly<Record<string, string>>,
  busy: ReadonlySet<string> = new Set(),
): Record<string, string> {
  const plan: Record<string, string> = {};
  const count = (key: string): number => Object.values(plan).filter((each) => each === key).length;
  const poolOf = (machine: string): Pool | undefined => pools[assigned[machine] ?? ''];
  const busyFirst = [...machines].sort((a, b) => Number(busy.has(b)) - Number(busy.has(a)));
  // What no pool has is given first.
  const spareFirst = [...machines].sort((a, b) => Number(poolOf(a) !== undefined) - Number(poolOf(b) !== undefined));
  for (const level of ['minimum', 'wanted'] as const) {
    for (const machine of busyFirst) {
      const key = assigned[machine];
      const pool = poolOf(machine);
      if (key === undefined || pool === undefined || machine in plan) continue;
      const limit = busy.has(machine) ? pool.wanted : pool[level];
      if (count(key) < limit) plan[machine] = key;
    }
    for (const [key, pool] of Object.entries(pools)) {
      for (const machine of spareFirst) {
        if (count(key) >= pool[level]) break;
        plan[machine] ??= key;
      }
    }
  }
  return plan;
}
