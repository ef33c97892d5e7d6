import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reason } from '../../failure/failure.ts';
import { isAddon } from '../addons/path.ts';
import type { Helm } from '../helm.ts';
import type { ClusterObject } from '../preview/object.ts';
import { renderManifest } from '../template.ts';
import { at, isMapping, type Values } from '../values/tree.ts';
import { download, type DownloadOptions } from './download.ts';
import { manifestFailures } from './failures.ts';
import { inNamespace } from './place.ts';
import { readManifests } from './read.ts';
import type { ManifestSource } from './source.ts';

/** What one line of the input `manifests` applies. */
export interface ManifestSet {
  /** The file's or folder's name. */
  readonly name: string;
  /** Where it comes from, for messages and for the record in the cluster. */
  readonly origin: string;
  /** Owns what this line applies; a later line may own single fields of the same object. */
  readonly fieldManager: string;
  readonly objects: readonly ClusterObject[];
}

export interface ManifestPlace {
  readonly release: string;
  readonly namespace: string;
  readonly workspace: string;
  readonly suiteDirectory: string;
}

/** `install.yaml` and `settings` are told apart in the managed fields; a new version of one keeps its name. */
export const manifestsManager = (name: string) => `livekit-gke-manifests/${name}`.slice(0, 128);

/**
 * Gets, proves and reads all manifests, before anything is applied. A chart among them gets the part of the release's values that
 * stands under its folder's name, as a chart's part would. Throws LK-HELM-007 and -150 to -153.
 */
export async function collectManifests(
  helm: Helm,
  sources: readonly ManifestSource[],
  place: ManifestPlace,
  values: Values,
  options: DownloadOptions,
): Promise<ManifestSet[]> {
  const texts = await Promise.all(
    sources.map(async (source) => {
      if (source.kind === 'download') {
        return { text: await download(source, options), origin: `${source.url.href}#sha256=${source.sha256}` };
      }
      return { text: await local(helm, source, place, values), origin: source.path };
    }),
  );
  const sets: ManifestSet[] = [];
  for (const [index, { name }] of sources.entries()) {
    const { text = '', origin = '' } = texts[index] ?? {};
    sets.push({ name, origin, fieldManager: manifestsManager(name), objects: await readManifests(name, text) });
  }
  // A binding may stand in another file than its account.
  const placed = inNamespace(
    sets.flatMap(({ objects }) => objects),
    place.namespace,
  );
  let taken = 0;
  return sets.map((set) => ({ ...set, objects: placed.slice(taken, (taken += set.objects.length)) }));
}

async function local(
  helm: Helm,
  { kind, name, path }: Exclude<ManifestSource, { kind: 'download' }>,
  { release, namespace, workspace, suiteDirectory }: ManifestPlace,
  values: Values,
): Promise<string> {
  const root = isAddon(path) && !existsSync(join(workspace, path)) ? suiteDirectory : workspace;
  const full = join(root, path);
  if (kind === 'file') {
    return readFile(full, 'utf8').catch((error: unknown) => {
      const what = `${path} in the input \`manifests\` could not be read: ${reason(error)}.`;
      throw manifestFailures.failure('source', {
        what,
        fix: 'Check the path, relative to the workspace; the job needs actions/checkout before this step.',
      });
    });
  }
  if (!existsSync(join(full, 'Chart.yaml'))) {
    throw manifestFailures.failure('source', {
      what: `${path} in the input \`manifests\` is neither a YAML file nor the folder of a chart.`,
    });
  }
  const own = at(values, [name]);
  return renderManifest(helm, { release, chartPath: full, values: isMapping(own) ? own : {}, namespace });
}

/** `argoproj.io/Application`, of a definition; empty for all else. */
export function definedKinds({ kind, value }: ClusterObject): string[] {
  if (kind !== 'CustomResourceDefinition') return [];
  const spec = value['spec'] as { group?: unknown; names?: { kind?: unknown } } | undefined;
  return typeof spec?.group === 'string' && typeof spec.names?.kind === 'string'
    ? [`${spec.group}/${spec.names.kind}`]
    : [];
}
