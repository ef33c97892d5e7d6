import { parseMetrics } from '../livekit/metrics.ts';
import { askPods } from './ask-pods.ts';
import type { World } from './world.ts';

/**
 * LiveKit's id of each running pod, by the pod's name: it is a label of all its metrics. Empty when they cannot be read:
 * the check `metrics` says why, and calls are then made on whatever node LiveKit chooses.
 */
export async function readNodeIds(
  world: Pick<World, 'workload' | 'namespace' | 'forward'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    const answers = await askPods(world, { portName: 'metrics', port: 6789, path: '/metrics' }, limit);
    return new Map(
      answers.flatMap(({ pod, answer }) => {
        const sample = parseMetrics(answer.body).find(({ name }) => name === 'livekit_room_total');
        const id = sample?.labels['node_id'];
        return id === undefined ? [] : [[pod, id] as const];
      }),
    );
  } catch {
    return new Map();
  }
}
