import { z } from 'zod';
import { type Application, applications } from '../../../../gitops/application.ts';
import { configMaps, resource } from '../../../../kubernetes/resources.ts';
import type { AddonTarget } from '../../../addons.ts';
import type { Result } from '../../../check.ts';
import type { World } from '../../../world.ts';

/** Where Argo CD is, and which application is looked at (`application=…`, `revision=…` in the input `addons`). */
export interface GitopsTarget {
  readonly namespace: string;
  readonly application: string;
  /** `undefined`: whichever the application follows. */
  readonly revision: string | undefined;
}

export function gitopsTarget({ addons }: Pick<World, 'addons'>): GitopsTarget {
  const target: AddonTarget | undefined = addons.find(({ name }) => name === 'gitops');
  return {
    namespace: target?.namespace ?? 'argocd',
    application: target?.options.get('application') ?? 'messaging-service',
    revision: target?.options.get('revision'),
  };
}

export function readApplication(world: World): Promise<Application | undefined> {
  const { namespace, application } = gitopsTarget(world);
  return world.kubernetes.get(applications, namespace, application);
}

export const noApplication = ({ namespace, application }: GitopsTarget): Result => ({
  verdict: 'fail',
  final: true,
  evidence: `There is no application ${application} in the namespace ${namespace}.`,
  cause: 'The add-on gitops is not deployed, or its application has another name.',
  fix: 'Deploy helm/addons/gitops, or write `gitops <namespace>/<release> application=<name>` into the input `addons`.',
});

/** Argo CD's settings, as far as they are set. */
export async function readSettings(world: World, name: string): Promise<Readonly<Record<string, string>> | undefined> {
  return (await world.kubernetes.get(configMaps, gitopsTarget(world).namespace, name))?.data;
}

/** A Secret by the names of its entries, and the address that a repository's has: no secret value is kept. */
export const repositorySecrets = resource(
  'v1',
  'Secret',
  'secrets',
  z.object({
    metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
    data: z
      .record(z.string(), z.string())
      .default({})
      .transform((data) => ({
        keys: Object.entries(data).flatMap(([key, value]) => (value === '' ? [] : [key])),
        url: Buffer.from(data['url'] ?? '', 'base64').toString('utf8'),
      })),
  }),
);
