import type { AddonName, AddonTarget } from '../../addons.ts';
import type { Check } from '../../check.ts';
import { asFarAsAllowed } from '../../rights.ts';
import { gitopsChecks } from './gitops/index.ts';
import { ingressTlsChecks } from './ingress-tls/index.ts';
import { monitoringChecks } from './monitoring/index.ts';
import { turnServerChecks } from './turn-server/index.ts';

/** The checks of each add-on, in the order of the table; each has the add-on's name as a tag. They run when it is named. */
export const addonChecks: Readonly<Record<AddonName, readonly Check[]>> = {
  'turn-server': turnServerChecks,
  'ingress-tls': ingressTlsChecks,
  monitoring: monitoringChecks,
  gitops: gitopsChecks,
};

/** Those of the add-ons that are named, to come after all others. */
export function checksOf(addons: readonly Pick<AddonTarget, 'name'>[]): Check[] {
  return addons.flatMap(({ name }) => addonChecks[name]).map(asFarAsAllowed);
}
