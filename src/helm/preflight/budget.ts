import { at } from '../values/tree.ts';
import { fewestPods } from './replicas.ts';
import type { PreflightRule } from './rule.ts';

const PATH = ['companion', 'podDisruptionBudget', 'minAvailable'];

/** A budget of as many pods as there are lets no node be drained. */
export const budget: PreflightRule = ({ values, given }) => {
  const least = at(given, PATH);
  const pods = fewestPods(values);
  if (least !== '100%' && !(typeof least === 'number' && least >= pods)) return [];
  return [
    {
      kind: 'budget',
      level: 'warning',
      what: `\`companion.podDisruptionBudget.minAvailable\` is ${least}, and as few as ${pods} ${pods === 1 ? 'pod runs' : 'pods run'}.`,
      path: PATH,
    },
  ];
};
