import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Kubernetes } from '../kubernetes/client.ts';
import { secrets } from '../kubernetes/resources.ts';
import { helmFailures } from './failures.ts';
import type { Helm } from './helm.ts';
import { type Upgraded, upgrade } from './release.ts';
import { writeValues } from './values/prepare.ts';
import { readLayer } from './values/layer.ts';
import { at, effective, isMapping, merge, type Values } from './values/tree.ts';

/** The release of the chart livekit-gke: budget, certificate, redirect, monitoring. One for each release of LiveKit. */
export const companionRelease = (release: string) => `${release}-gke`;

/** Where the values of the companion chart stand in LiveKit's values files. */
const KEY = 'companion';

export interface Split {
  /** What LiveKit's own chart gets. */
  readonly livekit: Values;
  /** What the companion chart gets; `undefined` when it is switched off by `companion: false`. */
  readonly companion: Values | undefined;
}

/** Takes the companion chart's values out of LiveKit's. Throws LK-HELM-060. */
export function splitValues(values: Values): Split {
  const { [KEY]: companion = {}, ...livekit } = values;
  if (companion === false) return { livekit, companion: undefined };
  if (isMapping(companion)) return { livekit, companion };
  throw helmFailures.failure('companion', {
    what: `\`${KEY}\` in the values is ${companion === null ? 'null' : `a ${typeof companion}`}, not a mapping.`,
  });
}

/** The companion chart's values: what LiveKit's values say already, and over it what is given. Pure. */
export function companionValues(release: string, livekit: Values, given: Values): Values {
  const repository = at(livekit, ['image', 'repository']);
  const tag = at(livekit, ['image', 'tag']);
  const image = typeof repository === 'string' && typeof tag === 'string' ? `${repository}:${tag}` : '';
  const known: Values = {
    target: { release },
    managedCertificate: { domains: hosts(livekit) },
    prePull: { image },
  };
  return merge(known, given);
}

function hosts(livekit: Values): string[] {
  const entries = at(livekit, ['loadBalancer', 'tls']);
  if (!Array.isArray(entries)) return [];
  const listed = entries.flatMap((entry: unknown) => {
    const names = at(entry, ['hosts']);
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  });
  return [...new Set(listed)];
}

/**
 * The companion chart's folder: the user's own where the workspace has one, else the one that comes with this release.
 * Throws LK-HELM-061.
 */
export async function companionChart(workspace: string, suiteDirectory: string): Promise<string> {
  for (const root of [workspace, suiteDirectory]) {
    const folder = join(root, 'helm', 'charts', 'livekit-gke');
    if ((await stat(join(folder, 'Chart.yaml')).catch(() => undefined))?.isFile() === true) return folder;
  }
  throw helmFailures.failure('companionChart', {
    what: `The chart livekit-gke is neither in ${workspace} nor in ${suiteDirectory}.`,
  });
}

/** The companion's values as its templates see them. Throws LK-HELM-002 and -061. */
export async function companionSeen(workspace: string, suiteDirectory: string, values: Values): Promise<Values> {
  const { values: defaults } = await readLayer(await companionChart(workspace, suiteDirectory), 'values.yaml');
  return effective(defaults, values);
}

/** On Helm's record of the companion's release: what it was made of. */
const CONTENT_LABEL = 'livekit-gke/companion-content';

export interface Companion {
  /** LiveKit's own. */
  readonly release: string;
  readonly chartPath: string;
  readonly values: Values;
  readonly description: string;
  /** Of chart and values; see `companionContent`. */
  readonly content: string;
}

/** The same for the same chart and values: 40 hexadecimal digits of a SHA-256. */
export async function companionContent(chartPath: string, values: Values): Promise<string> {
  const found = await readdir(chartPath, { recursive: true, withFileTypes: true });
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(chartPath, join(entry.parentPath, entry.name)))
    .sort();
  const texts = await Promise.all(files.map(async (name) => [name, await readFile(join(chartPath, name), 'utf8')]));
  return createHash('sha256')
    .update(JSON.stringify([texts, values]))
    .digest('hex')
    .slice(0, 40);
}

/** Whether the cluster has the companion as it is wanted, so that writing it once more only takes back what others changed. */
export async function isCompanionThere(
  client: Pick<Kubernetes, 'list'>,
  namespace: string,
  { release, content }: Pick<Companion, 'release' | 'content'>,
): Promise<boolean> {
  const labels = { owner: 'helm', name: companionRelease(release), status: 'deployed', [CONTENT_LABEL]: content };
  return (await client.list(secrets, namespace, { labels })).length > 0;
}

/** Installs or upgrades it; nothing is waited for, since none of its objects serves. Throws LK-HELM-007. */
export async function deployCompanion(
  helm: Helm,
  { release, chartPath, values, description, content }: Companion,
): Promise<Upgraded> {
  const valuesFile = await writeValues(helm.directory, values);
  const labels = { [CONTENT_LABEL]: content };
  try {
    return await upgrade(helm, { release: companionRelease(release), chartPath, valuesFile, description, labels });
  } finally {
    await rm(valuesFile, { force: true });
  }
}
