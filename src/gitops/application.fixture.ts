import { clusterOf } from '../helm/rollout/cluster.fixture.ts';
import { seen as seenPods } from '../helm/rollout/observation.fixture.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import type { Manifest } from '../kubernetes/resources.ts';
import { type Application, applications, appProjects } from './application.ts';

export const OLD = '1'.repeat(40);
export const NEW = '2'.repeat(40);

type Tree = Record<string, unknown>;

/** messaging-service, Synced and Healthy at OLD, automated, unless told otherwise. */
export function application(
  status: Tree = {},
  more: { spec?: Tree; metadata?: Tree; operation?: unknown } = {},
): Application {
  return applications.schema.parse({
    metadata: { name: 'messaging-service', namespace: 'argocd', ...more.metadata },
    spec: {
      project: 'messaging-service',
      source: { repoURL: 'https://github.com/nova/messaging.git', path: 'deploy', targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'nova-messaging' },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
      ...more.spec,
    },
    ...(more.operation !== undefined && { operation: more.operation }),
    status: {
      sync: { status: 'Synced', revision: OLD },
      health: { status: 'Healthy' },
      history: [
        {
          id: 0,
          revision: OLD,
          deployedAt: '2026-11-21T08:00:00Z',
          source: { repoURL: 'https://github.com/nova/messaging.git' },
        },
      ],
      reconciledAt: '2026-11-21T08:00:05Z',
      ...status,
    },
  });
}

export const at = (revision: string, status = 'Synced') => ({ sync: { status, revision } });

/** A cluster that shows these looks one after another, the last one for ever. */
export function argoCd(
  looks: readonly (Application | undefined)[],
  options: { windows?: readonly Tree[]; installed?: boolean } = {},
) {
  const applied: { manifest: Manifest; fieldManager: string | undefined }[] = [];
  const { client: pods } = clusterOf(seenPods('ready'));
  let index = 0;
  const client: Kubernetes = {
    ...pods,
    get: (kind, namespace, name) => {
      if (kind.kind === 'Application') return Promise.resolve(looks[Math.min(index++, looks.length - 1)] as never);
      if (kind.kind !== 'AppProject') return pods.get(kind, namespace, name);
      const spec = { syncWindows: options.windows ?? [] };
      return Promise.resolve(appProjects.schema.parse({ metadata: { name: 'messaging-service' }, spec }) as never);
    },
    list: (kind, namespace) => (kind.kind === 'Application' ? Promise.resolve([]) : pods.list(kind, namespace)),
    apply: (manifest, fieldManager) => Promise.resolve(void applied.push({ manifest, fieldManager })),
    serves: () => Promise.resolve(options.installed ?? true),
  };
  return { client, applied };
}
