import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import { log } from '../../runner/log.ts';
import { code, details, fence, inHtml, plain, table } from '../../runner/markdown.ts';
import { type ChartReference, fetchChart } from '../chart.ts';
import { companionChart, companionRelease, companionValues, splitValues } from '../companion.ts';
import { LIVEKIT_CHART } from '../livekit/name.ts';
import type { Helm } from '../helm.ts';
import { factsOf } from '../facts.ts';
import { type Layer, mergeLayers } from '../values/layer.ts';
import { collectLayers } from '../values/prepare.ts';
import { at, effective, isMapping, type Path, type Values, written } from '../values/tree.ts';
import { renderManifest } from '../template.ts';
import { hideIn } from './secrecy.ts';

export interface RenderingOptions {
  readonly environment: string;
  readonly release: string;
  readonly namespace: string;
  readonly chart: ChartReference;
  readonly values: readonly string[];
  readonly set: readonly string[];
  readonly workspace: string;
  readonly suiteDirectory: string;
  readonly outputs: EnvironmentOutputs | undefined;
}

/** One value that is given, and by whom. */
export interface GivenValue {
  readonly path: Path;
  readonly value: unknown;
  /** A file's path, or what else gave it. */
  readonly layer: string;
  /** Those that it won over, the nearest first. */
  readonly over: readonly string[];
}

export interface Rendering {
  readonly environment: string;
  readonly chart: { readonly name: string; readonly version: string };
  readonly layers: readonly string[];
  readonly given: readonly GivenValue[];
  /** By release, in the order in which they are deployed. */
  readonly manifests: readonly { readonly release: string; readonly text: string }[];
}

/**
 * The values by precedence and what Helm makes of them (`mode: render`). The cluster is not asked, and the API keys are not
 * read: they are no values. Throws LK-HELM-001 to -003, -007 and -060.
 */
export async function renderValues(helm: Helm, options: RenderingOptions): Promise<Rendering> {
  const { release, namespace } = options;
  const chart = await fetchChart(helm, options.chart, options.workspace, options.suiteDirectory);
  const isLivekit = chart.name === LIVEKIT_CHART;
  const layers = await collectLayers({
    ...options,
    files: options.values,
    withEnvironmentFiles: isLivekit,
    facts: factsOf(chart.name, options.outputs),
  });
  const merged = mergeLayers(layers);
  const rendered: { release: string; text: string }[] = [];
  const render = async (name: string, chartPath: string, values: Values) => {
    rendered.push({ release: name, text: await renderManifest(helm, { release: name, chartPath, values, namespace }) });
  };
  if (isLivekit) {
    const { livekit, companion } = splitValues(merged);
    if (companion !== undefined) {
      const path = await companionChart(options.workspace, options.suiteDirectory);
      const seen = effective(chart.defaults, livekit);
      await render(companionRelease(release), path, companionValues(release, seen, companion));
    }
    await render(release, chart.path, livekit);
  } else await render(release, chart.path, merged);
  return {
    environment: options.environment,
    chart: { name: chart.name, version: chart.version },
    layers: layers.map(({ name }) => name),
    given: givenValues(layers),
    manifests: await Promise.all(rendered.map(async (each) => ({ ...each, text: await withoutSecrets(each.text) }))),
  };
}

/** Each value that is not a mapping, with the layer that it comes from. Pure. */
export function givenValues(layers: readonly Layer[]): GivenValue[] {
  return leaves(mergeLayers(layers), []).map(({ path, value }) => {
    const names = layers.filter((layer) => at(layer.values, path) !== undefined).map(({ name }) => name);
    const [layer = '', ...over] = names.toReversed();
    return { path, value: hideIn('', path, value), layer, over };
  });
}

function leaves(value: unknown, path: Path): { path: Path; value: unknown }[] {
  if (!isMapping(value) || Object.keys(value).length === 0) return path.length === 0 ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, [...path, key]));
}

/** A chart may make Secrets of its own; what is in them is not shown. Without any it is Helm's own text, comments and all. */
async function withoutSecrets(manifest: string): Promise<string> {
  const { parseAllDocuments, stringify } = await import('yaml');
  const objects = parseAllDocuments(manifest).map((document) => ({ document, value: document.toJS() as unknown }));
  if (!objects.some(({ value }) => isSecret(value))) return manifest.trim();
  const text = objects.map(({ document, value }) =>
    isSecret(value) ? stringify(hideIn('Secret', [], value)) : document.toString({ directives: false }),
  );
  return text.map((part) => `---\n${part.replace(/^---\n/, '').trim()}`).join('\n');
}

const isSecret = (value: unknown): value is Values => isMapping(value) && value['kind'] === 'Secret';

const LONGEST_MANIFEST = 400_000;

/** The values and the manifests as markdown; a manifest that is too long for a summary is in the log only. Pure. */
export function renderRendering({ environment, chart, layers, given, manifests }: Rendering): string {
  const rows = given.map(({ path, value, layer, over }) => [
    code(written(path)),
    code(JSON.stringify(value)),
    plain(layer),
    over.map(plain).join(', '),
  ]);
  const length = manifests.reduce((sum, { text }) => sum + text.length, 0);
  return [
    `## helm-deploy ${environment}: values of ${plain(`${chart.name} ${chart.version}`)}`,
    '',
    `Later ones win: ${layers.map(plain).join(', ')}. Over all of them a deploy sets the digest of the API keys.`,
    '',
    details(
      `${given.length} values`,
      table(['value', 'is', 'from', 'over'], ['left', 'left', 'left', 'left'], rows),
      true,
    ),
    '',
    ...(length > LONGEST_MANIFEST
      ? ['The manifest is too long for a summary; it is in the log.']
      : manifests.map(({ release, text }) => `${details(`Manifest of ${inHtml(release)}`, fence('yaml', text))}\n`)),
  ]
    .join('\n')
    .trim();
}

/** The same in the log, where it can be searched. */
export function printRendering({ given, manifests }: Rendering): void {
  for (const { path, value, layer, over } of given) {
    const before = over.length === 0 ? '' : ` (over ${over.join(', ')})`;
    log.info(`${written(path)} = ${JSON.stringify(value)}   # ${layer}${before}`);
  }
  for (const { release, text } of manifests) log.info(`# Manifest of ${release}\n${text}`);
}
