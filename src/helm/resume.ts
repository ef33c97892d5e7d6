import type { Kubernetes } from '../kubernetes/client.ts';
import { log } from '../runner/log.ts';
import { conclude, type ConcludeOptions, historyBefore } from './conclude.ts';
import { helmFailures } from './failures.ts';
import { type Helm, helmWords } from './helm.ts';
import { holdRelease, type Predecessor } from './hold.ts';
import { settlePending } from './pending.ts';
import { readHistory } from './release.ts';
import type { DeployResult } from './result.ts';
import { chartOf } from './status.ts';

/**
 * Goes on where an earlier run handed over (`mode: follow`): follows the release's present revision, and then its drain.
 * Throws LK-HELM-006 and -008.
 */
export async function resume(helm: Helm, client: Kubernetes, options: ConcludeOptions): Promise<DeployResult> {
  const { release, namespace } = options;
  if ((await readHistory(helm, release)).latest === undefined) throw noRelease(release, namespace);
  return holdRelease({ ...options, client, who: options.description }, async ({ signal, predecessor }) =>
    follow(helm, client, { ...options, signal }, predecessor),
  );
}

const noRelease = (release: string, namespace: string) =>
  helmFailures.failure('noRelease', { what: `There is no release ${release} in the namespace ${namespace}.` });

async function follow(
  helm: Helm,
  client: Kubernetes,
  options: ConcludeOptions,
  predecessor: Predecessor | undefined,
): Promise<DeployResult> {
  const started = performance.now();
  const { release, namespace } = options;
  const history = await settlePending(helm, client, { ...options, predecessor });
  const { latest } = history;
  if (latest === undefined) throw noRelease(release, namespace);
  const { exitCode, stdout, stderr } = await helm.command(['get', 'manifest', release]);
  if (exitCode !== 0) {
    throw helmFailures.failure('command', { what: `helm get manifest ${release} failed: ${helmWords(stderr)}.` });
  }
  log.info(`Following revision ${latest.revision} of ${release}, written ${latest.updated}`);
  return conclude(helm, client, options, {
    chart: chartOf(latest),
    history: historyBefore(history, latest),
    upgraded: { ...latest, manifest: stdout },
    started,
  });
}
