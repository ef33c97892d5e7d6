import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { kubernetesFailures } from '../../kubernetes/failures.ts';
import { log } from '../../runner/log.ts';
import type { Cause } from '../diagnosis/cause.ts';
import { findCause } from '../diagnosis/find.ts';
import { describePod, describeRollout } from './describe.ts';
import { isSettled, observe, type Observation } from './observe.ts';
import { type PodLife, timeline } from './timeline.ts';
import { judge, type Verdict } from './verdict.ts';

export interface FollowOptions {
  readonly client: Kubernetes;
  readonly namespace: string;
  readonly deployment: string;
  readonly timeoutSeconds: number;
  readonly pollSeconds?: number;
  /** Called with each look, to help the rollout along where it cannot help itself. */
  readonly assist?: ((observation: Observation) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Followed {
  readonly verdict: Exclude<Verdict, { state: 'progressing' }>;
  /** The last look; `undefined` when the Deployment never came. */
  readonly observation: Observation | undefined;
  readonly durationSeconds: number;
  /** What became of each pod meanwhile. */
  readonly lives?: readonly PodLife[];
}

/** Follows a rollout to its verdict: a line in the log for each change, with its cause. */
export async function follow(options: FollowOptions): Promise<Followed> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const narrator = narrate(elapsed);
  const recorded = timeline();
  let settledSince: number | undefined;
  let standing: { cause: Cause; since: number } | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const observation = await look(options, elapsed);
    const isOver = elapsed() >= options.timeoutSeconds;
    if (observation !== undefined) {
      narrator(observation);
      recorded.see(observation);
      await options.assist?.(observation);
      const cause = findCause(observation);
      // The same cause on another pod is the same cause; its patience does not begin anew with each replaced pod.
      if (cause === undefined) standing = undefined;
      else standing = { cause, since: standing?.cause.kind === cause.kind ? standing.since : elapsed() };
      settledSince = isSettled(observation) ? (settledSince ?? elapsed()) : undefined;
      const verdict = judge(
        observation,
        standing && { cause: standing.cause, sinceSeconds: elapsed() - standing.since },
        { settledSeconds: elapsed() - (settledSince ?? elapsed()), isOver },
      );
      if (verdict.state !== 'progressing') {
        return { verdict, observation, durationSeconds: elapsed(), lives: recorded.lives() };
      }
    } else if (isOver) {
      return { verdict: { state: 'failed', cause: undefined }, observation, durationSeconds: elapsed() };
    }
    // Most rollouts end within a minute, many within seconds, and whoever waits for one sees each second.
    const pause = options.pollSeconds ?? (elapsed() < 10 ? 0.2 : elapsed() < 60 ? 0.4 : 1);
    await sleep(pause * 1000, undefined, options.signal ? { signal: options.signal } : undefined);
  }
}

/** The deploy has just written with the same rights, so a refusal is most likely one that passes. */
const FORGIVEN_REFUSALS = 10;

/**
 * One look. A control plane that is away (a zonal cluster's upgrade takes minutes) is asked again until the time is over: the
 * rollout goes on without us, and giving up would call a good one failed. For a moment after its start it refuses everyone, since
 * it has not read its roles yet.
 */
async function look(options: FollowOptions, elapsed: () => number): Promise<Observation | undefined> {
  for (let refusals = 0; ;) {
    try {
      return await observe(options.client, options.namespace, options.deployment, new Date());
    } catch (error) {
      const isAway = error instanceof Failure && error.code === kubernetesFailures.code('unreachable');
      const isForbidden = error instanceof Failure && error.code === kubernetesFailures.code('forbidden');
      const mayPass = isAway || (isForbidden && refusals++ < FORGIVEN_REFUSALS);
      if (!mayPass || elapsed() >= options.timeoutSeconds) throw error;
      log.info(`${elapsed().toFixed(0).padStart(4)} s  ${error.message} Asking again.`);
      if (isForbidden)
        await sleep(
          (options.pollSeconds ?? 1) * 1000,
          undefined,
          options.signal ? { signal: options.signal } : undefined,
        );
    }
  }
}

/** Says what changed since the last look, and nothing else. */
function narrate(elapsed: () => number): (observation: Observation) => void {
  const said = new Map<string, string>();
  let summary = '';
  return (observation) => {
    const lines: string[] = [];
    for (const [age, group] of [
      ['new', observation.newPods],
      ['old', observation.oldPods],
    ] as const) {
      for (const pod of group) {
        const words = describePod(pod);
        // An old pod that serves as before is no news.
        const first = age === 'old' && words === 'ready' ? 'ready' : undefined;
        if ((said.get(pod.metadata.uid) ?? first) === words) continue;
        said.set(pod.metadata.uid, words);
        const node = pod.spec.nodeName === undefined ? '' : ` on ${pod.spec.nodeName}`;
        lines.push(`${age} pod ${pod.metadata.name}${node}: ${words}`);
      }
    }
    const present = new Set([...observation.newPods, ...observation.oldPods].map(({ metadata }) => metadata.uid));
    for (const uid of said.keys()) if (!present.has(uid)) said.delete(uid);
    const where = describeRollout(observation);
    if (where !== summary) lines.push(where);
    summary = where;
    for (const line of lines) log.info(`${elapsed().toFixed(0).padStart(4)} s  ${line}`);
  };
}
