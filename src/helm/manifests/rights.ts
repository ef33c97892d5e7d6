import { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { kubernetesFailures } from '../../kubernetes/failures.ts';
import { resourceFinder } from '../preview/live.ts';
import { sendable } from './apply.ts';
import { manifestFailures } from './failures.ts';
import { definedKinds, type ManifestSet } from './manifests.ts';

/**
 * Asked before anything is applied: may this identity apply each kind, and would the server take what needs no namespace?
 * Definitions and roles are sent as a dry run, since only the server knows whether a role grants more than this identity has.
 * Throws LK-HELM-154 and -155, and LK-KUBE-004 for what the server finds wrong.
 */
export async function reviewManifests(
  client: Kubernetes,
  sets: readonly ManifestSet[],
  namespace: string,
): Promise<void> {
  const find = resourceFinder(client);
  const lacking = new Set<string>();
  const asked = new Map<string, Promise<boolean>>();
  const may = (group: string, resource: string, where: string | undefined) => {
    const key = [group, resource, where].join('|');
    const answer =
      asked.get(key) ??
      Promise.all(
        ['get', 'create', 'patch'].map((verb) => client.mayDo({ verb, group, resource, namespace: where })),
      ).then((answers) => !answers.includes(false));
    asked.set(key, answer);
    return answer;
  };
  const own = new Set(sets.flatMap(({ objects }) => objects.flatMap(definedKinds)));
  await Promise.all(
    sets.flatMap(({ objects, fieldManager }) =>
      objects.map(async (object) => {
        const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/')[0] ?? '') : '';
        // Of a kind that the manifests themselves define nothing can be asked yet.
        if (own.has(`${group}/${object.kind}`) && (await find(object.apiVersion, object.kind)) === undefined) return;
        const { manifest, plural, namespaced } = await sendable(find, object, namespace);
        const where = namespaced ? manifest.metadata.namespace : undefined;
        if (!(await may(group, plural, where))) {
          lacking.add(`${plural}${group === '' ? '' : `.${group}`}`);
          return;
        }
        // A binding whose role is not there yet is refused for that.
        if (namespaced || object.kind === 'ClusterRoleBinding') return;
        try {
          await client.apply(manifest, fieldManager, { plural, dryRun: true });
        } catch (error) {
          if (!(error instanceof Failure && error.code === kubernetesFailures.code('forbidden'))) throw error;
          lacking.add(`${plural}.${group} (${object.name} grants what this identity does not have)`);
        }
      }),
    ),
  );
  if (lacking.size === 0) return;
  throw manifestFailures.failure('rights', {
    what: `This identity may not apply what the manifests have: ${[...lacking].sort().join(', ')}.`,
  });
}
