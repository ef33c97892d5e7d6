import { z } from 'zod';
import { helmFailures } from './failures.ts';
import { type Helm, helmWords } from './helm.ts';

const revisionSchema = z.object({
  revision: z.number(),
  updated: z.string(),
  status: z.string(),
  chart: z.string(),
  description: z.string().default(''),
});

export type Revision = z.infer<typeof revisionSchema>;

/** What Helm knows of a release before it is touched. */
export interface ReleaseHistory {
  /** Oldest first; empty when there is no such release. */
  readonly revisions: readonly Revision[];
  readonly latest: Revision | undefined;
  /** The last revision that worked: what a rollback goes to. */
  readonly deployed: Revision | undefined;
}

export async function readHistory(helm: Helm, release: string): Promise<ReleaseHistory> {
  const { exitCode, stdout, stderr } = await helm.command(['history', release, '--max', '50', '--output', 'json']);
  if (exitCode !== 0) {
    if (/release: not found/.test(stderr)) return { revisions: [], latest: undefined, deployed: undefined };
    throw helmFailures.failure('command', { what: `helm history ${release} failed: ${helmWords(stderr)}.` });
  }
  return historyOf(z.array(revisionSchema).parse(JSON.parse(stdout)));
}

/** In whatever order they come. Pure. */
export function historyOf(found: readonly Revision[]): ReleaseHistory {
  const revisions = found.toSorted((a, b) => a.revision - b.revision);
  return {
    revisions,
    latest: revisions.at(-1),
    deployed: revisions.findLast(({ status }) => status === 'deployed'),
  };
}

const upgradedSchema = z.object({
  version: z.number(),
  manifest: z.string().default(''),
  info: z.object({ last_deployed: z.string() }),
});

/** A release as it was just written. */
export interface Upgraded {
  readonly revision: number;
  /** When, as its history says it. */
  readonly updated: string;
  /** All objects of the release, as YAML documents. */
  readonly manifest: string;
}

export interface UpgradeOptions {
  readonly release: string;
  readonly chartPath: string;
  readonly valuesFile: string;
  /** Kept in the release's history: which run made the revision. */
  readonly description: string;
  /** On Helm's own record of the revision. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** `helm upgrade --install`, without waiting: the suite follows the rollout itself. Pure, for tests. */
export function upgradeArguments(options: UpgradeOptions): string[] {
  return [
    'upgrade',
    options.release,
    options.chartPath,
    '--install',
    '--values',
    options.valuesFile,
    '--description',
    options.description,
    '--history-max',
    '20',
    '--timeout',
    '5m',
    '--output',
    'json',
    ...Object.entries(options.labels ?? {}).flatMap(([name, value]) => ['--labels', `${name}=${value}`]),
  ];
}

/** Installs or upgrades; throws LK-HELM-007 with Helm's own words. */
export async function upgrade(helm: Helm, options: UpgradeOptions): Promise<Upgraded> {
  const { exitCode, stdout, stderr } = await helm.command(upgradeArguments(options), { timeoutSeconds: 360 });
  if (exitCode !== 0) {
    throw helmFailures.failure('command', { what: `helm upgrade ${options.release} failed: ${helmWords(stderr)}.` });
  }
  const { version, manifest, info } = upgradedSchema.parse(JSON.parse(stdout));
  return { revision: version, updated: info.last_deployed, manifest };
}

/** Goes back to an earlier revision, without waiting; throws LK-HELM-007. */
export async function rollBack(helm: Helm, release: string, revision: number): Promise<void> {
  const { exitCode, stderr } = await helm.command(['rollback', release, String(revision), '--history-max', '20'], {
    timeoutSeconds: 360,
  });
  if (exitCode !== 0) {
    throw helmFailures.failure('command', { what: `helm rollback ${release} failed: ${helmWords(stderr)}.` });
  }
}

/** Removes a release; what is not the release's own (the key Secret) stays. */
export async function uninstall(helm: Helm, release: string): Promise<void> {
  const { exitCode, stderr } = await helm.command(['uninstall', release], { timeoutSeconds: 360 });
  if (exitCode !== 0) {
    throw helmFailures.failure('command', { what: `helm uninstall ${release} failed: ${helmWords(stderr)}.` });
  }
}
