import { z } from 'zod';
import type { GoogleClient } from './request.ts';

/** The parts of Container API's NodePool that the suite uses (https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters.nodePools). */
const poolSchema = z.object({
  name: z.string(),
  status: z.string().default(''),
  locations: z.array(z.string()).default([]),
  autoscaling: z
    .object({
      enabled: z.boolean().default(false),
      maxNodeCount: z.number().default(0),
      totalMaxNodeCount: z.number().default(0),
    })
    .optional(),
  config: z
    .object({
      machineType: z.string().default(''),
      tags: z.array(z.string()).default([]),
      serviceAccount: z.string().optional(),
    })
    .prefault({}),
});

export type NodePool = z.infer<typeof poolSchema>;

/** Reads the node pools of a cluster. */
export async function readNodePools(
  google: Pick<GoogleClient, 'request'>,
  project: string,
  location: string,
  cluster: string,
): Promise<NodePool[]> {
  const { nodePools } = await google.request({
    host: 'container.googleapis.com',
    path: `/v1/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}/clusters/${encodeURIComponent(cluster)}/nodePools`,
    answer: z.object({ nodePools: z.array(poolSchema).default([]) }),
    subject: `the node pools of ${cluster}`,
  });
  return nodePools;
}

/** Nodes that a pool may have at most, in all zones together; `undefined` for one that is not autoscaled. */
export function mostNodes({ autoscaling, locations }: NodePool): number | undefined {
  if (autoscaling?.enabled !== true) return undefined;
  return autoscaling.totalMaxNodeCount || autoscaling.maxNodeCount * Math.max(1, locations.length);
}
