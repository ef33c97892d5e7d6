import type { Kubernetes } from '../kubernetes/client.ts';
import { configMaps, pods, secrets } from '../kubernetes/resources.ts';
import { log, step } from '../runner/log.ts';
import { code, plain } from '../runner/markdown.ts';
import { companionRelease } from './companion.ts';
import type { ConcludeOptions } from './conclude.ts';
import type { Helm } from './helm.ts';
import { holdRelease } from './hold.ts';
import { lastGoodName } from './last-good.ts';
import { type AppliedManifests, readApplied } from './manifests/record.ts';
import { readHistory, uninstall } from './release.ts';

export type RemoveOptions = Pick<
  ConcludeOptions,
  'release' | 'namespace' | 'timeoutSeconds' | 'whenBusy' | 'description' | 'signal' | 'onHeld'
>;

/** What an uninstall took away, and what it left. */
export interface Removal {
  readonly release: string;
  readonly namespace: string;
  /** Releases, in the order in which they went. */
  readonly removed: readonly string[];
  /** Names of the namespace's Secrets, which are nobody's release. */
  readonly secrets: readonly string[];
  /** Pods that end when their calls are over. */
  readonly ending: readonly string[];
  /** What the input `manifests` had applied beside the release, which stays. */
  readonly manifests?: AppliedManifests | undefined;
}

/**
 * Removes a release and then its companion: certificate, redirect and budget are there for as long as anything refers to them. One
 * that is gone already is none, so that a removal which was interrupted can be done again. Secrets, the namespace and what
 * Terraform made stay. Throws LK-HELM-007, -085 and -086.
 */
export async function remove(helm: Helm, client: Kubernetes, options: RemoveOptions): Promise<Removal> {
  const { release, namespace, signal } = options;
  const both = [release, companionRelease(release)];
  const there = await Promise.all(both.map(async (name) => (await readHistory(helm, name)).latest !== undefined));
  if (!there.includes(true)) {
    log.info(`There is no release ${release} in the namespace ${namespace}: nothing to uninstall.`);
    return { release, namespace, removed: [], secrets: [], ending: [] };
  }
  return holdRelease({ ...options, client, who: options.description }, async (held) => {
    const removed: string[] = [];
    for (const name of both) {
      held.signal.throwIfAborted();
      // Looked at anew: another run may have worked on it while this one waited.
      if ((await readHistory(helm, name)).latest === undefined) continue;
      await step(`Uninstall ${name}`, () => uninstall(helm, name));
      removed.push(name);
    }
    // It speaks of revisions that are no more.
    await client.remove(configMaps, namespace, lastGoodName(release));
    signal.throwIfAborted();
    const removal = { release, namespace, removed, ...(await left(client, options)) };
    log.info(inWords(removal));
    return removal;
  });
}

async function left(
  client: Kubernetes,
  { release, namespace }: RemoveOptions,
): Promise<Pick<Removal, 'secrets' | 'ending' | 'manifests'>> {
  const [kept, running, manifests] = await Promise.all([
    client.list(secrets, namespace),
    client.list(pods, namespace, { labels: { 'app.kubernetes.io/instance': release } }),
    readApplied(client, namespace, release),
  ]);
  return {
    manifests,
    // Helm's own records of releases are no Secrets of the user's.
    secrets: kept.filter(({ type }) => type !== 'helm.sh/release.v1').map(({ metadata }) => metadata.name),
    ending: running.map(({ metadata }) => metadata.name),
  };
}

function inWords({ namespace, secrets: names, ending, manifests }: Removal): string {
  const applied = manifests === undefined ? '' : ` The ${manifests.objects.length} objects of the manifests stay, too.`;
  const kept =
    names.length === 0 ? '' : ` with ${names.length === 1 ? 'the Secret' : 'the Secrets'} ${names.join(', ')}`;
  const pods =
    ending.length === 0 ? '' : ` ${ending.join(', ')} ${ending.length === 1 ? 'ends' : 'end'} when the calls are over.`;
  return `Kept: the namespace ${namespace}${kept}.${applied}${pods}`;
}

/** The job summary of an uninstall. Pure. */
export function renderRemoval({ release, namespace, removed, secrets: names, ending, manifests }: Removal): string {
  if (removed.length === 0) {
    return `## helm-deploy: nothing to uninstall\n\nThere is no release ${code(release)} in the namespace ${code(namespace)}.`;
  }
  const listed = (all: readonly string[]) => all.map(code).join(', ');
  return [
    `## helm-deploy: ${plain(release)} uninstalled`,
    '',
    '| | |',
    '|---|---|',
    `| releases removed | ${listed(removed)} |`,
    `| namespace kept | ${code(namespace)} |`,
    `| Secrets kept | ${names.length === 0 ? 'none' : listed(names)} |`,
    ...(ending.length === 0 ? [] : [`| pods that end when their calls are over | ${listed(ending)} |`]),
    ...(manifests === undefined
      ? []
      : [`| manifests kept | ${manifests.objects.length} objects of ${listed(manifests.origins)} |`]),
    '',
    ...(manifests === undefined
      ? []
      : [
          'What the input `manifests` applied is no part of the release and stays with all that its kinds hold; `kubectl delete -f` with the same file takes it away, its custom resources included.',
          '',
        ]),
    'Addresses, DNS records and the keys in Secret Manager are Terraform’s and stay.',
  ].join('\n');
}
