import { z } from 'zod';
import { resource } from '../kubernetes/resources.ts';

/** Argo CD's own namespace, where its applications are. */
export const ARGOCD_NAMESPACE = 'argocd';
/** Who rolled back, when, and from where: on an application whose automated sync a rollback has switched off. */
export const PAUSED_ANNOTATION = 'livekit-gke/sync-paused';

const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

const source = z.looseObject({ repoURL: z.string().default(''), targetRevision: z.string().optional() });

const resourceStatus = z.object({
  group: z.string().default(''),
  kind: z.string().default(''),
  namespace: z.string().default(''),
  name: z.string().default(''),
  status: z.string().default(''),
  requiresPruning: z.boolean().default(false),
  health: z.object({ status: z.string().default(''), message: z.string().default('') }).optional(),
});

const syncResult = z.object({
  revision: z.string().default(''),
  revisions: texts,
  resources: listOf(
    z.object({
      kind: z.string().default(''),
      namespace: z.string().default(''),
      name: z.string().default(''),
      status: z.string().default(''),
      message: z.string().default(''),
      hookPhase: z.string().default(''),
    }),
  ),
});

const historyEntry = z.looseObject({
  id: z.number().default(0),
  revision: z.string().default(''),
  revisions: texts,
  deployedAt: z.string().nullish(),
  source: source.optional(),
  sources: listOf(source),
});

/** An application as far as the suite looks at it. */
export const applications = resource(
  'argoproj.io/v1alpha1',
  'Application',
  'applications',
  z.object({
    metadata: z.object({
      name: z.string(),
      namespace: z.string().default(''),
      deletionTimestamp: z.string().optional(),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
    spec: z.object({
      project: z.string().default('default'),
      source: source.optional(),
      sources: listOf(source),
      destination: z
        .object({ namespace: z.string().default(''), server: z.string().default(''), name: z.string().default('') })
        .prefault({}),
      syncPolicy: z
        .looseObject({
          automated: z
            .object({
              enabled: z.boolean().nullish(),
              prune: z.boolean().default(false),
              selfHeal: z.boolean().default(false),
            })
            .nullish(),
          syncOptions: texts,
        })
        .prefault({}),
    }),
    /** Asked for, and not yet begun. */
    operation: z.unknown().optional(),
    status: z
      .object({
        sync: z
          .object({ status: z.string().default('Unknown'), revision: z.string().default(''), revisions: texts })
          .prefault({}),
        health: z.object({ status: z.string().default('Unknown'), message: z.string().default('') }).prefault({}),
        operationState: z
          .object({
            phase: z.string().default(''),
            message: z.string().default(''),
            startedAt: z.string().default(''),
            finishedAt: z.string().nullish(),
            retryCount: z.number().default(0),
            syncResult: syncResult.optional(),
            operation: z.object({ sync: z.object({ revision: z.string().default('') }).optional() }).prefault({}),
          })
          .optional(),
        conditions: listOf(z.object({ type: z.string(), message: z.string().default('') })),
        resources: listOf(resourceStatus),
        history: listOf(historyEntry),
        reconciledAt: z.string().nullish(),
        summary: z.object({ images: texts }).prefault({}),
      })
      .prefault({}),
  }),
);

const syncWindow = z.object({
  kind: z.string().default(''),
  schedule: z.string().default(''),
  duration: z.string().default(''),
  applications: texts,
  namespaces: texts,
  clusters: texts,
  manualSync: z.boolean().default(false),
  timeZone: z.string().default(''),
  andOperator: z.boolean().default(false),
  description: z.string().default(''),
});

/** A project: what its applications may take from where, and when. */
export const appProjects = resource(
  'argoproj.io/v1alpha1',
  'AppProject',
  'appprojects',
  z.object({
    metadata: z.object({ name: z.string() }),
    spec: z
      .object({
        sourceRepos: texts,
        destinations: listOf(
          z.object({ namespace: z.string().default(''), server: z.string().default(''), name: z.string().default('') }),
        ),
        clusterResourceWhitelist: listOf(z.object({ group: z.string().default(''), kind: z.string().default('') })),
        syncWindows: listOf(syncWindow),
      })
      .prefault({}),
  }),
);

export type Application = z.infer<typeof applications.schema>;
export type AppProject = z.infer<typeof appProjects.schema>;
export type SyncWindow = AppProject['spec']['syncWindows'][number];
export type HistoryEntry = Application['status']['history'][number];

/** The revisions that Argo CD has compared with: one for each source. */
export function revisionsOf({ revision, revisions }: { revision: string; revisions: readonly string[] }): string[] {
  return revisions.length > 0 ? [...revisions] : revision === '' ? [] : [revision];
}

/** Where an application's manifests come from. */
export const sourcesOf = ({ spec }: Application) =>
  spec.sources.length > 0 ? spec.sources : spec.source === undefined ? [] : [spec.source];

export const isAutomated = ({ spec }: Application): boolean =>
  spec.syncPolicy.automated !== null &&
  spec.syncPolicy.automated !== undefined &&
  spec.syncPolicy.automated.enabled !== false;

/** Whether a commit is among these: in full, or by as much of it as was given. */
export const hasRevision = (revisions: readonly string[], wanted: string): boolean =>
  revisions.some((revision) => revision === wanted || (wanted.length >= 7 && revision.startsWith(wanted)));

/** The first part of a commit; another revision (a chart's version) as it is. */
export const short = (revision: string): string => (/^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 8) : revision);
