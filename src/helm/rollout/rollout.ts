import type { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { evidenceOf } from '../diagnosis/evidence.ts';
import { explained, lastWords } from '../diagnosis/last-words.ts';
import { helmFailures, rolloutFailures } from '../failures.ts';
import type { PodRow } from '../result.ts';
import { describePod, describeRollout, imageOf } from './describe.ts';
import { follow, type Followed, type FollowOptions } from './follow.ts';
import { isEnding, isReady } from './observe.ts';

export interface RolloutOptions {
  readonly client: Kubernetes;
  readonly namespace: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly pollSeconds?: number;
  readonly assist?: FollowOptions['assist'];
}

/** Follows the Deployments of a release, side by side. */
export function followAll(options: RolloutOptions, deployments: readonly string[]): Promise<Followed[]> {
  return Promise.all(deployments.map((deployment) => follow({ ...options, deployment })));
}

/** The failure of a rollout with its cause and evidence; `undefined` when none failed. */
export async function rolloutFailure(
  options: RolloutOptions,
  release: string,
  followed: readonly Followed[],
): Promise<Failure | undefined> {
  for (const { verdict, observation, durationSeconds } of followed) {
    if (verdict.state !== 'failed') continue;
    const log = await lastWords(options.client, options.namespace, verdict.cause);
    const cause = verdict.cause && explained(verdict.cause, log);
    const evidence = evidenceOf(observation, cause, log);
    if (cause !== undefined) {
      return rolloutFailures.failure(cause.kind, { what: cause.what, fix: cause.fix, evidence });
    }
    const where = observation === undefined ? 'its Deployment never appeared' : describeRollout(observation);
    return helmFailures.failure('rolloutTimeout', {
      what: `The rollout of ${release} did not end within ${Math.round(durationSeconds / 60)} min: ${where}.`,
      evidence,
    });
  }
  return undefined;
}

function podRows(followed: readonly Pick<Followed, 'observation'>[]): PodRow[] {
  return followed.flatMap(({ observation }) =>
    observation === undefined
      ? []
      : [...observation.newPods, ...observation.oldPods].map((pod) => ({
          name: pod.metadata.name,
          node: pod.spec.nodeName ?? '',
          image: imageOf(pod),
          age: observation.newPods.includes(pod) ? ('new' as const) : ('old' as const),
          state: describePod(pod),
          ready: isReady(pod) && !isEnding(pod),
          created: pod.metadata.creationTimestamp,
        })),
  );
}

/** What the outputs and the summary say of the pods, over all Deployments of the release. */
export function countPods(followed: readonly Pick<Followed, 'observation'>[]) {
  const pods = podRows(followed);
  const current = pods.filter(({ age }) => age === 'new');
  return {
    pods,
    podsWanted: followed.reduce((sum, { observation }) => sum + (observation?.deployment.spec.replicas ?? 0), 0),
    podsReady: current.filter(({ ready }) => ready).length,
    image: current[0]?.image ?? '',
  };
}
