import type { PlanModel } from '../plan-model.ts';
import type { GuardFinding } from './finding.ts';
import { destroyed } from './protected-types.ts';

/** One finding when more resources go than `most`, replaced ones included. */
export function maxDestroyFindings(model: PlanModel, most: number | undefined): GuardFinding[] {
  if (most === undefined) return [];
  const addresses = destroyed(model).map(({ address }) => address);
  if (addresses.length <= most) return [];
  const message = `${addresses.length.toLocaleString('en')} resources would be destroyed or replaced, more than the limit of ${most.toLocaleString('en')} (max-destroy)`;
  return [{ kind: 'max-destroy', address: undefined, message, level: 'needs-label', destroys: { most, addresses } }];
}
