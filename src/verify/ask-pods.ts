import { type HttpAnswer, request } from './http.ts';
import { limited } from './limit.ts';
import { containerPort, servingPods } from './workload.ts';
import type { World } from './world.ts';

/** Tunnels at once: each is a kubectl process of some 40 MB. */
const AT_ONCE = 6;

/**
 * Sends a GET to a port of every running pod, through the cluster's API. The ports of the nodes are closed to the world
 * (and this runner is part of it), as they should be.
 */
export async function askPods(
  world: Pick<World, 'workload' | 'namespace' | 'forward'>,
  target: { readonly portName: string; readonly port: number; readonly path: string },
  signal: AbortSignal,
): Promise<{ pod: string; answer: HttpAnswer }[]> {
  const pods = servingPods(await world.workload()).filter((pod) => pod.status.phase === 'Running');
  return limited(AT_ONCE, pods, (pod) => {
    const { name } = pod.metadata;
    const port = containerPort(pod, target.portName, target.port);
    return world.forward({ namespace: world.namespace, name, port }, signal, async (address) => ({
      pod: name,
      answer: await request(`http://${address}${target.path}`, signal),
    }));
  });
}
