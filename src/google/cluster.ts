import { z } from 'zod';
import type { GoogleClient } from './request.ts';

/** The parts of Container API's Cluster that the suite uses (https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters). */
const clusterSchema = z.object({
  name: z.string(),
  location: z.string(),
  status: z.string(),
  statusMessage: z.string().optional(),
  endpoint: z.string().optional(),
  masterAuth: z.object({ clusterCaCertificate: z.string() }).optional(),
  currentMasterVersion: z.string().optional(),
  controlPlaneEndpointsConfig: z
    .object({
      dnsEndpointConfig: z
        .object({ endpoint: z.string().optional(), allowExternalTraffic: z.boolean().optional() })
        .optional(),
    })
    .optional(),
});

export type Cluster = z.infer<typeof clusterSchema>;

/** Looks up a cluster; throws LK-GOOGLE-007 when there is none of that name. */
export function readCluster(google: GoogleClient, project: string, location: string, name: string): Promise<Cluster> {
  return google.request({
    host: 'container.googleapis.com',
    path: `/v1/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}/clusters/${encodeURIComponent(name)}`,
    answer: clusterSchema,
    subject: `the cluster ${name} in ${location}`,
  });
}
