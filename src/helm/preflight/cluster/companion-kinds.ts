import { at, type Values } from '../../values/tree.ts';

export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  /** The value in the companion's values that asks for it. */
  readonly path: readonly string[];
}

const MONITORING = 'monitoring.googleapis.com';
const OPERATOR = 'monitoring.coreos.com';

const kinds: readonly CustomKind[] = [
  {
    group: 'policy',
    version: 'v1',
    kind: 'PodDisruptionBudget',
    resource: 'poddisruptionbudgets',
    path: ['podDisruptionBudget', 'minAvailable'],
  },
  {
    group: 'networking.gke.io',
    version: 'v1',
    kind: 'ManagedCertificate',
    resource: 'managedcertificates',
    path: ['managedCertificate', 'enabled'],
  },
  {
    group: 'networking.gke.io',
    version: 'v1beta1',
    kind: 'FrontendConfig',
    resource: 'frontendconfigs',
    path: ['frontendConfig', 'enabled'],
  },
  {
    group: MONITORING,
    version: 'v1',
    kind: 'PodMonitoring',
    resource: 'podmonitorings',
    path: ['monitoring', 'google', 'enabled'],
  },
  { group: MONITORING, version: 'v1', kind: 'Rules', resource: 'rules', path: ['monitoring', 'google', 'rules'] },
  {
    group: OPERATOR,
    version: 'v1',
    kind: 'PodMonitor',
    resource: 'podmonitors',
    path: ['monitoring', 'operator', 'enabled'],
  },
  {
    group: OPERATOR,
    version: 'v1',
    kind: 'PrometheusRule',
    resource: 'prometheusrules',
    path: ['monitoring', 'operator', 'rules'],
  },
  { group: 'apps', version: 'v1', kind: 'DaemonSet', resource: 'daemonsets', path: ['prePull', 'enabled'] },
];

/** What the companion chart makes with these values. */
export function companionKinds(companion: Values | undefined): CustomKind[] {
  return kinds.filter(({ path }) => {
    const value = at(companion, path);
    return value !== undefined && value !== null && value !== false;
  });
}
