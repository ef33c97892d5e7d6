import { randomBytes } from 'node:crypto';
import { Failure } from '../../failure/failure.ts';
import type { Check, Result } from '../check.ts';
import { request } from '../http.ts';
import { roomService } from '../rooms.ts';
import { throughPod } from '../signal.ts';
import { isReady, servingPods } from '../workload.ts';

/** To make a room takes some requests to Redis, each of them a millisecond or two on a good network. */
const SLOW_MILLISECONDS = 1000;

export const podsKnown: Check = {
  id: 'pods-known',
  title: 'Pods know each other',
  proves:
    'Every pod is registered in Redis and reached by the next one: a room made through one pod is placed on the other’s node, and seen there, through Redis and without delay.',
  tags: ['pods', 'memorystore'],
  needs: ['metrics', 'signal'],
  timeoutSeconds: 30,
  async run(world, signal): Promise<Result> {
    const apiKey = await world.keys();
    const ids = await world.nodeIds();
    const pods = servingPods(await world.workload())
      .filter(isReady)
      .flatMap(({ metadata: { name } }) => {
        const id = ids.get(name);
        return id === undefined ? [] : [{ name, id }];
      });
    const found = await Promise.all(
      pods.map(async (pod, index): Promise<Introduction> => {
        const by = pods[(index + 1) % pods.length] ?? pod;
        const room = `livekit-gke-verify-${randomBytes(6).toString('hex')}`;
        return throughPod(world, by.name, signal, async (origin) => {
          const rooms = roomService(origin, apiKey);
          try {
            // What the way to the pod takes by itself; the first request also makes the tunnel's connection.
            await request(origin.http, signal);
            const { milliseconds: own } = await request(origin.http, signal);
            const started = performance.now();
            await rooms.create(room, signal, pod.id);
            const milliseconds = Math.max(0, Math.round(performance.now() - started - own));
            const seen = await throughPod(world, pod.name, signal, (own) =>
              roomService(own, apiKey).existing([room], signal),
            );
            return {
              pod: pod.name,
              by: by.name,
              milliseconds,
              words: seen.includes(room) ? undefined : 'it does not see the room',
            };
          } catch (error) {
            if (!(error instanceof Failure)) throw error;
            return { pod: pod.name, by: by.name, words: error.message.replace(/\.$/, '') };
          } finally {
            await rooms.remove(room, AbortSignal.timeout(2000)).catch(() => undefined);
          }
        });
      }),
    );
    return judgeIntroductions(found, `${world.outputs.redis_host}:${world.outputs.redis_port}`);
  },
};

export interface Introduction {
  readonly pod: string;
  /** The pod that was asked to make a room on the other. */
  readonly by: string;
  /** From the request to the answer, by Redis and back, without the way from here to the pod. */
  readonly milliseconds?: number;
  /** What went wrong. */
  readonly words: string | undefined;
}

/** The verdict on which pods could place rooms on each other. */
export function judgeIntroductions(found: readonly Introduction[], redis: string): Result {
  if (found.length === 0) {
    return {
      verdict: 'inconclusive',
      evidence: 'The node id of no pod is known.',
      cause: 'No pod is ready, or its metrics could not be read.',
      fix: 'See what the checks pods-ready and metrics say.',
    };
  }
  const [bad] = found.filter(({ words }) => words !== undefined);
  if (bad !== undefined) {
    return {
      verdict: 'fail',
      evidence: `${bad.by} could not place a room on ${bad.pod}: ${bad.words}.`,
      cause: 'The pods do not share one Redis, or it does not answer: each would serve its own rooms only.',
      fix: `Compare \`livekit.redis.address\` in the values with ${redis}, and look at the Memorystore instance and the pods’ log.`,
    };
  }
  const times = found.flatMap(({ milliseconds }) => milliseconds ?? []);
  const slowest = times.length === 0 ? undefined : Math.max(...times);
  const what =
    found.length === 1
      ? `${found[0]?.pod} places rooms on itself`
      : found.map(({ by, pod }) => `${by} places rooms on ${pod}`).join('; ');
  const evidence = `${what}${slowest === undefined ? '' : `, through Redis within ${slowest} ms`}.`;
  if (slowest !== undefined && slowest > SLOW_MILLISECONDS) {
    return {
      verdict: 'warn',
      evidence,
      cause: `Redis, or the way to it, is slow: a new room takes some requests to it, and more than ${SLOW_MILLISECONDS} ms together is felt by whoever joins.`,
      fix: 'Look at the CPU and the memory of the Memorystore instance, and at the nodes’ CPU.',
    };
  }
  return { verdict: 'pass', evidence };
}
