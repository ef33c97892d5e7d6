import { rm } from 'node:fs/promises';
import type { EnvironmentOutputs } from '../environment/outputs.ts';
import { Failure } from '../failure/failure.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import { log, step } from '../runner/log.ts';
import { inspectAddon } from './addons/inspect.ts';
import { isAddon } from './addons/path.ts';
import { type Chart, type ChartReference, fetchChart } from './chart.ts';
import {
  type Companion,
  companionChart,
  companionContent,
  companionRelease,
  companionSeen,
  companionValues,
  deployCompanion,
  isCompanionThere,
  splitValues,
} from './companion.ts';
import { conclude, type ConcludeOptions } from './conclude.ts';
import { digestOf, type Manifests, readBeside, releaseDigest } from './digest.ts';
import { factsOf } from './facts.ts';
import { helmFailures } from './failures.ts';
import type { Helm } from './helm.ts';
import { holdRelease, type Predecessor } from './hold.ts';
import { AUTOSCALER_FIELD_MANAGER, autoscalerBehavior } from './livekit/autoscaler.ts';
import { type ApiKeys, KEYS_SECRET, keysHash, KEYS_HASH_ANNOTATION, keysSecret } from './livekit/keys.ts';
import { LIVEKIT_CHART, livekitName } from './livekit/name.ts';
import { readManifest } from './manifest.ts';
import { installManifests } from './manifests/install.ts';
import { collectManifests, type ManifestSet } from './manifests/manifests.ts';
import { reviewManifests } from './manifests/rights.ts';
import type { ManifestSource } from './manifests/source.ts';
import { keepServing, keepServingFromTheStart } from './livekit/pre-stop.ts';
import { turnLayer } from './livekit/turn.ts';
import { isPending, settlePending } from './pending.ts';
import { inspect, inspectCluster, inspectRights, reportFindings } from './preflight/preflight.ts';
import { recordedHistory, recordedManifest } from './record.ts';
import { type ReleaseHistory, type Upgraded, upgrade } from './release.ts';
import type { DeployResult } from './result.ts';
import {
  type ClusterSecret,
  secretManifest,
  SECRETS_FIELD_MANAGER,
  SECRETS_HASH_ANNOTATION,
  secretsHash,
} from './secrets/secret.ts';
import { collectLayers, writeValues } from './values/prepare.ts';
import { type Layer, mergeLayers } from './values/layer.ts';
import { at, effective, type Values } from './values/tree.ts';

export interface DeployOptions extends ConcludeOptions {
  readonly environment: string;
  readonly chart: ChartReference;
  readonly values: readonly string[];
  readonly set: readonly string[];
  readonly workspace: string;
  /** Where this release of the suite lies: charts of its own are there. */
  readonly suiteDirectory: string;
  /** Of the environment; `undefined` when there is no outputs document. */
  readonly outputs: EnvironmentOutputs | undefined;
  /** LiveKit's API keys; `undefined` when another chart is deployed. */
  readonly keys: ApiKeys | undefined;
  /** Kubernetes Secrets that the chart's pods need, from the input `secrets`. */
  readonly secrets?: readonly ClusterSecret[] | undefined;
  /** What is applied before the chart, from the input `manifests`. */
  readonly manifests?: readonly ManifestSource[] | undefined;
}

/** Preflight, Secret, upgrade, rollout, verdict; on a failed rollout the diagnosis first, then what `onFailure` says. */
export async function deploy(helm: Helm, client: Kubernetes, options: DeployOptions): Promise<DeployResult> {
  const started = performance.now();
  const { release, signal } = options;
  const chart = await step(
    'Chart',
    () => fetchChart(helm, options.chart, options.workspace, options.suiteDirectory),
    ({ name, version }) => `Chart ${name} ${version}`,
  );
  const isLivekit = chart.name === LIVEKIT_CHART;
  const layers = await step(
    'Preflight',
    async () => {
      const found = await preflight(client, options, chart);
      await askBefore(client, options, found, chart.defaults, isLivekit);
      return found;
    },
    (found) => `Preflight: values from ${found.map(({ name }) => name).join(', ')}`,
  );
  const manifests = await gatherManifests(helm, options, layers);
  if (manifests.length > 0) {
    await step('Rights for the manifests', () => reviewManifests(client, manifests, options.namespace));
  }
  signal.throwIfAborted();
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: options.namespace } });
  return holdRelease({ ...options, client, who: options.description }, async (held) => {
    const own = { ...options, signal: held.signal };
    const [settled, besideBefore] = await Promise.all([
      settle(helm, client, own, held.predecessor, isLivekit),
      readBeside(client, own, isLivekit),
    ]);
    const { own: before } = settled;
    const { latest } = before;
    log.info(
      `The release ${release} is ${latest === undefined ? 'new' : `in revision ${latest.revision} (${latest.status})`}`,
    );
    const isNewInstall = await installManifests(client, manifests, own);
    const upgraded = await step(
      'Helm upgrade',
      () => change(helm, client, own, layers, chart),
      ({ revision }) => `The release ${release} is in revision ${revision}`,
    ).catch((error: unknown) => {
      if (error instanceof Failure && error.code === helmFailures.code('command')) return error;
      throw error;
    });
    // While the pods start there is time for it.
    const manifestsBefore = manifestsOf(helm, client, own, settled);
    const besideNow = readBeside(client, own, isLivekit);
    for (const asked of [manifestsBefore, besideNow]) asked.catch(() => undefined);
    const result = await conclude(helm, client, own, { chart, history: before, upgraded, started });
    if (result.failure !== undefined) held.fail();
    const differs = async () => {
      const was = await manifestsBefore;
      const now =
        result.failure === undefined && 'revision' in upgraded
          ? digestOf({ own: upgraded.manifest, companion: upgraded.companion ?? was.companion }, await besideNow)
          : await releaseDigest(helm, client, own, isLivekit);
      return now !== digestOf(was, besideBefore);
    };
    // What cannot be asked any more is taken to have changed: the verdict must be told in any case.
    return { ...result, changed: isNewInstall || (await differs().catch(() => true)) };
  });
}

/** What the revisions were made of that a deploy found: they are kept, so that they need not be read before it. */
async function manifestsOf(
  helm: Helm,
  client: Kubernetes,
  { release, namespace }: Pick<DeployOptions, 'release' | 'namespace'>,
  settled: Settled,
): Promise<Manifests> {
  const read = async (name: string, history: ReleaseHistory | undefined) => {
    const revision = history?.latest?.revision;
    if (revision === undefined) return undefined;
    return (await recordedManifest(client, namespace, name, revision)) ?? (await readManifest(helm, name, revision));
  };
  const [own, companion] = await Promise.all([
    read(release, settled.own),
    read(companionRelease(release), settled.companion),
  ]);
  return { own, companion };
}

/** What the input `manifests` names, proven and read. */
export async function gatherManifests(
  helm: Helm,
  options: Pick<DeployOptions, 'manifests' | 'release' | 'namespace' | 'workspace' | 'suiteDirectory' | 'signal'>,
  layers: readonly Layer[],
): Promise<ManifestSet[]> {
  const { manifests = [], signal } = options;
  if (manifests.length === 0) return [];
  return step(
    'Manifests',
    () => collectManifests(helm, manifests, options, mergeLayers(layers), { signal }),
    (sets) => `Manifests: ${sets.map(({ name, objects }) => `${name} (${objects.length})`).join(', ')}`,
  );
}

interface Settled {
  readonly own: ReleaseHistory;
  /** Of LiveKit's companion; another chart has none. */
  readonly companion?: ReleaseHistory | undefined;
}

/** No release that this deploy writes may be pending. */
async function settle(
  helm: Helm,
  client: Kubernetes,
  options: DeployOptions,
  predecessor: Predecessor | undefined,
  isLivekit: boolean,
): Promise<Settled> {
  const settleOne = async (release: string) => {
    const found = await recordedHistory(client, options.namespace, release);
    const isQuiet = found?.latest !== undefined && !isPending(found.latest);
    return isQuiet ? found : settlePending(helm, client, { ...options, predecessor, release });
  };
  if (!isLivekit) return { own: await settleOne(options.release) };
  const [companion, own] = await Promise.all([
    settleOne(companionRelease(options.release)),
    settleOne(options.release),
  ]);
  return { own, companion };
}

/** Releases as they were just written. */
export interface Changed extends Upgraded {
  /** The companion's objects, as YAML documents; `undefined` when it was not written. */
  readonly companion?: string | undefined;
}

/** Namespace, keys and Secrets first, since the pods need them; then what the Ingress refers to; then LiveKit. */
export async function change(
  helm: Helm,
  client: Kubernetes,
  options: DeployOptions,
  layers: readonly Layer[],
  chart: Chart,
): Promise<Changed> {
  const { release, namespace, keys, description } = options;
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  if (keys !== undefined) await client.apply(keysSecret(keys, secretName(layers), namespace));
  for (const secret of options.secrets ?? []) {
    await client.apply(secretManifest(secret, namespace), SECRETS_FIELD_MANAGER);
  }
  const merged = mergeLayers(layers);
  if (chart.name !== LIVEKIT_CHART) return upgradeChart(helm, { release, description, chart }, merged);
  const { livekit, companion } = splitValues(merged);
  const seen = effective(chart.defaults, livekit);
  const name = livekitName(release);
  const own = async () => {
    const isThere = await keepServing(client, namespace, name);
    const upgraded = await upgradeChart(helm, { release, description, chart }, livekit);
    if (!isThere) await keepServingFromTheStart(client, { namespace, name, signal: options.signal });
    const behavior = autoscalerBehavior(name, namespace, seen, companion ?? {});
    if (behavior !== undefined) await client.apply(behavior, AUTOSCALER_FIELD_MANAGER);
    return upgraded;
  };
  if (companion === undefined) return own();
  const chartPath = await companionChart(options.workspace, options.suiteDirectory);
  const values = companionValues(release, seen, companion);
  const content = await companionContent(chartPath, values);
  return withCompanion(helm, client, namespace, { release, chartPath, values, description, content }, own);
}

/**
 * The companion first, since LiveKit's Ingress refers to it, and so that one that is refused changes nothing. One that is there
 * already is written beside LiveKit: nobody waits for it, and it is not refused.
 */
async function withCompanion(
  helm: Helm,
  client: Kubernetes,
  namespace: string,
  companion: Companion,
  own: () => Promise<Upgraded>,
): Promise<Changed> {
  if (!(await isCompanionThere(client, namespace, companion))) {
    const { manifest } = await deployCompanion(helm, companion);
    return { ...(await own()), companion: manifest };
  }
  // Both have ended before a failure of one is told: what follows it must meet no Helm at work.
  const [beside, upgraded] = await Promise.allSettled([deployCompanion(helm, companion), own()]);
  if (beside.status === 'rejected') throw beside.reason;
  if (upgraded.status === 'rejected') throw upgraded.reason;
  return { ...upgraded.value, companion: beside.value.manifest };
}

async function upgradeChart(
  helm: Helm,
  { release, description, chart }: { release: string; description: string; chart: Chart },
  values: Values,
): Promise<Upgraded> {
  const valuesFile = await writeValues(helm.directory, values);
  try {
    return await upgrade(helm, { release, chartPath: chart.path, valuesFile, description });
  } finally {
    await rm(valuesFile, { force: true });
  }
}

/** The values with all that they come from, found good; a preview asks the same. Throws LK-HELM-004. */
export async function preflight(
  client: Kubernetes,
  options: Pick<
    DeployOptions,
    | 'environment'
    | 'chart'
    | 'workspace'
    | 'suiteDirectory'
    | 'values'
    | 'set'
    | 'outputs'
    | 'keys'
    | 'secrets'
    | 'release'
    | 'namespace'
  >,
  chart: Pick<Chart, 'name' | 'defaults'>,
): Promise<readonly Layer[]> {
  const { defaults } = chart;
  const isLivekit = chart.name === LIVEKIT_CHART;
  const facts = factsOf(chart.name, options.outputs);
  const layers = await collectLayers({ ...options, files: options.values, withEnvironmentFiles: isLivekit, facts });
  const hash = secretsLayer(options.secrets, defaults);
  if (hash !== undefined) layers.push(hash);
  if (!isLivekit) {
    if (isAddon(options.chart.chart)) {
      const secrets =
        options.secrets && new Map(options.secrets.map(({ name, entries }) => [name, [...entries.keys()]]));
      const stop = reportFindings(inspectAddon(chart.name, defaults, { ...options, layers, secrets }), layers);
      if (stop !== undefined) throw stop;
    }
    return layers;
  }
  if (options.keys !== undefined) {
    const annotations = { [KEYS_HASH_ANNOTATION]: keysHash(options.keys) };
    // A null would be hidden by the annotation, and is for preflight to see: it reads the layers.
    layers.push({ name: 'the API keys', values: { podAnnotations: annotations } });
  }
  const failure = reportFindings(inspect(defaults, layers, options.outputs), layers);
  if (failure !== undefined) throw failure;
  const seen = effective(defaults, mergeLayers(layers));
  const turn = await turnLayer(client, options.namespace, livekitName(options.release), seen);
  return turn === undefined ? layers : [...layers, turn];
}

/** Rolls the pods when a Secret changes, in a chart that lets them be annotated. */
function secretsLayer(secrets: DeployOptions['secrets'], defaults: Values): Layer | undefined {
  if (secrets === undefined || secrets.length === 0) return undefined;
  if (!Object.hasOwn(defaults, 'podAnnotations')) {
    log.notice('The chart has no `podAnnotations`: its pods do not roll when a Secret of the input `secrets` changes.');
    return undefined;
  }
  const annotations = { [SECRETS_HASH_ANNOTATION]: secretsHash(secrets) };
  return { name: 'the input `secrets`', values: { podAnnotations: annotations } };
}

/** What only the cluster knows of these values, before anything is changed. A preview does not ask: it may not deploy. */
async function askBefore(
  client: Kubernetes,
  { namespace, release, workspace, suiteDirectory, outputs }: DeployOptions,
  layers: readonly Layer[],
  defaults: Values,
  isLivekit: boolean,
): Promise<void> {
  if (!isLivekit) return inspectRights(client, namespace);
  const { livekit, companion } = splitValues(mergeLayers(layers));
  const values = companion && companionValues(release, effective(defaults, livekit), companion);
  const seen = values && (await companionSeen(workspace, suiteDirectory, values));
  return inspectCluster(defaults, layers, outputs, { client, namespace, companion: seen });
}

function secretName(layers: readonly Layer[]): string {
  const name = at(mergeLayers(layers), ['storeKeysInSecret', 'existingSecret']);
  return typeof name === 'string' && name !== '' ? name : KEYS_SECRET;
}
