import type { Finding } from '../rule.ts';
import { companionKinds } from './companion-kinds.ts';
import type { ClusterRule } from './rule.ts';

const MANAGED_PROMETHEUS =
  'Switch Google’s managed Prometheus on (`monitoring_config { managed_prometheus { enabled = true } }` on the cluster), or set `companion.monitoring.google: {enabled: false, rules: false}`.';
const HTTP_LOAD_BALANCING =
  'Switch the add-on on (`addons_config { http_load_balancing { disabled = false } }` on the cluster), or use `loadBalancer.type: disable`.';
const OPERATOR =
  'Install the Prometheus operator, or set `companion.monitoring.operator: {enabled: false, rules: false}`.';

/** Custom kinds come with features of the cluster: managed Prometheus, the load balancer add-on. */
export const missingKinds: ClusterRule = {
  question: 'whether the cluster knows all kinds of objects',
  async ask({ client, values, companion }) {
    const wanted = companionKinds(companion).map((kind) => ({ ...kind, path: ['companion', ...kind.path] }));
    if (/^(gke|gclb)/.test(values.loadBalancer.type)) {
      const path = ['loadBalancer', 'type'];
      wanted.push({
        group: 'cloud.google.com',
        version: 'v1',
        kind: 'BackendConfig',
        resource: 'backendconfigs',
        path,
      });
    }
    const answers = await Promise.all(
      wanted.map(async (kind) => ({
        kind,
        isServed: await client.serves({ apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind }),
      })),
    );
    return answers
      .filter(({ isServed }) => !isServed)
      .map(({ kind }): Finding => ({
        kind: 'missingKind',
        level: 'error',
        what: `The cluster does not know ${kind.kind} (${kind.group}/${kind.version}), which \`${kind.path.join('.')}\` asks for.`,
        path: kind.path,
        ...fixFor(kind.group),
      }));
  },
};

function fixFor(group: string): { fix?: string } {
  if (group === 'monitoring.googleapis.com') return { fix: MANAGED_PROMETHEUS };
  if (group === 'monitoring.coreos.com') return { fix: OPERATOR };
  return group.endsWith('gke.io') || group === 'cloud.google.com' ? { fix: HTTP_LOAD_BALANCING } : {};
}
