import type { Kubernetes } from '../kubernetes/client.ts';
import { helmFailures } from './failures.ts';
import { type Helm, helmWords } from './helm.ts';
import { readHistory, type Revision } from './release.ts';
import type { DeployResult } from './result.ts';
import { type DrainOptions, readDraining } from './rollout/drain.ts';
import { isSettled, observe } from './rollout/observe.ts';
import { countPods } from './rollout/rollout.ts';
import { deploymentsOf } from './workloads.ts';

/** How a release stands, without changing or waiting for anything. Throws LK-HELM-008 when there is none. */
export async function readStatus(
  helm: Helm,
  client: Kubernetes,
  release: string,
  { namespace, forward, signal }: Pick<DrainOptions, 'namespace' | 'forward' | 'signal'>,
): Promise<DeployResult> {
  const { latest, revisions } = await readHistory(helm, release);
  if (latest === undefined) {
    throw helmFailures.failure('noRelease', { what: `There is no release ${release} in the namespace ${namespace}.` });
  }
  const { exitCode, stdout, stderr } = await helm.command(['get', 'manifest', release]);
  if (exitCode !== 0) {
    throw helmFailures.failure('command', { what: `helm get manifest ${release} failed: ${helmWords(stderr)}.` });
  }
  const now = new Date();
  const looks = await Promise.all((await deploymentsOf(stdout)).map((name) => observe(client, namespace, name, now)));
  const seen = looks.filter((look) => look !== undefined);
  const old = seen.flatMap(({ oldPods }) => oldPods);
  const draining = await readDraining(old, { namespace, forward, signal });
  const isWell = latest.status === 'deployed' && seen.length === looks.length && seen.every(isSettled);
  return {
    release,
    namespace,
    chart: chartOf(latest),
    revision: latest.revision,
    previousRevision: revisions.at(-2)?.revision,
    status: !isWell ? 'failed' : draining.length > 0 ? 'draining' : 'deployed',
    ...countPods(seen.map((observation) => ({ observation }))),
    draining,
    durationSeconds: 0,
    failure: undefined,
  };
}

/** Helm writes a chart as `livekit-server-1.9.0`. */
export function chartOf({ chart }: Pick<Revision, 'chart'>): { name: string; version: string } {
  const [, name = chart, version = ''] = /^(.+)-(\d+\.\d+\.\d+\S*)$/.exec(chart) ?? [];
  return { name, version };
}
