import type { PlanModel, ResourceChange } from '../plan-model.ts';
import type { GuardFinding } from './finding.ts';
import { globMatcher } from './glob.ts';

/**
 * What cannot be made anew without calls dropping, clients losing an address or data being gone. Versions of a secret are
 * not among them: a new one replaces the old with every rotation.
 */
export const PROTECTED_TYPES: readonly string[] = [
  'google_container_cluster',
  'google_container_node_pool',
  'google_redis_instance',
  'google_redis_cluster',
  'google_memorystore_instance',
  'google_compute_address',
  'google_compute_global_address',
  'google_secret_manager_secret',
  'google_storage_bucket',
  'google_dns_managed_zone',
];

/** Destroyed or replaced resources of protected types, one finding each. `types` may have `*` in them. */
export function protectedFindings(model: PlanModel, types: readonly string[]): GuardFinding[] {
  const isProtected = types.map(globMatcher);
  return destroyed(model)
    .filter(({ type }) => isProtected.some((matches) => matches(type)))
    .map(({ address, type, action }) => ({
      kind: 'protected',
      address,
      message: `would be ${action === 'replace' ? 'replaced' : 'destroyed'}, and ${type} is a protected type`,
      level: 'needs-label',
    }));
}

/** What is gone after the plan, if only for a moment. */
export function destroyed(model: PlanModel): ResourceChange[] {
  return model.resources.filter(({ action }) => action === 'delete' || action === 'replace');
}
