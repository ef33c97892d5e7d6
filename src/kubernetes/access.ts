import { readFile } from 'node:fs/promises';
import { reason } from '../failure/failure.ts';
import type { Cluster } from '../google/cluster.ts';
import type { Endpoints } from '../google/endpoints.ts';
import { kubernetesFailures } from './failures.ts';

/** Where and how a cluster's control plane is reached. */
export interface KubernetesAccess {
  /** URL without a trailing slash. */
  readonly server: string;
  /** PEM; `undefined` where the control plane has a publicly trusted certificate (GKE's DNS endpoint). */
  readonly certificateAuthority: string | undefined;
  /** The name in the certificate, where the server is reached by another. */
  readonly tlsServerName: string | undefined;
}

/**
 * Chooses the endpoint: the DNS endpoint (bound to IAM, open to hosted runners) before the public address. An override in
 * `endpoints` takes its place and keeps its name for TLS. Throws LK-KUBE-006 and -007.
 */
export async function clusterAccess(cluster: Cluster, endpoints: Endpoints): Promise<KubernetesAccess> {
  if (cluster.status !== 'RUNNING' && cluster.status !== 'RECONCILING' && cluster.status !== 'DEGRADED') {
    const more = cluster.statusMessage === undefined ? '' : ` (${cluster.statusMessage})`;
    throw kubernetesFailures.failure('notRunning', {
      what: `The cluster ${cluster.name} in ${cluster.location} is ${cluster.status}${more}.`,
    });
  }
  const dns = cluster.controlPlaneEndpointsConfig?.dnsEndpointConfig;
  const dnsEndpoint = dns?.allowExternalTraffic === true ? dns.endpoint : undefined;
  if (endpoints.kubernetes !== undefined) {
    return {
      server: endpoints.kubernetes.server,
      certificateAuthority: await readAuthority(endpoints.kubernetes.certificateAuthority),
      tlsServerName: dnsEndpoint,
    };
  }
  if (dnsEndpoint !== undefined && dnsEndpoint !== '') {
    return { server: `https://${dnsEndpoint}`, certificateAuthority: undefined, tlsServerName: undefined };
  }
  if (cluster.endpoint !== undefined && cluster.endpoint !== '' && cluster.masterAuth !== undefined) {
    return {
      server: `https://${cluster.endpoint}`,
      certificateAuthority: Buffer.from(cluster.masterAuth.clusterCaCertificate, 'base64').toString('utf8'),
      tlsServerName: undefined,
    };
  }
  throw kubernetesFailures.failure('noEndpoint', {
    what: `The cluster ${cluster.name} in ${cluster.location} has no endpoint for this runner.`,
  });
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw kubernetesFailures.failure('unreachable', {
      what: `The certificate authority ${path} of LIVEKIT_GKE_ENDPOINTS could not be read: ${reason(error)}.`,
      cause: error,
    });
  }
}
