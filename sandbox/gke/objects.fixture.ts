import { BackendConfig, EndpointSlice, FrontendConfig, Ingress, ManagedCertificate, Node, Service } from './objects.ts';
import type { IngressWorld } from './ingress/plan.ts';

/** Objects as the API server gives them for the chart's release `livekit-server`, in short. */

const meta = (name: string, more: object = {}) => ({ name, namespace: 'livekit', uid: `uid-of-${name}`, ...more });

export function ingress(annotations: Record<string, string> = {}, spec: object = {}): Ingress {
  const path = {
    path: '/',
    pathType: 'Prefix',
    backend: { service: { name: 'livekit-server', port: { number: 80 } } },
  };
  return Ingress.parse({
    metadata: meta('livekit-server', { annotations: { 'kubernetes.io/ingress.class': 'gce', ...annotations } }),
    spec: { rules: [{ host: 'livekit.example.com', http: { paths: [path] } }], ...spec },
    status: { loadBalancer: {} },
  });
}

export function service(annotations: Record<string, string> = {}, spec: object = {}): Service {
  return Service.parse({
    metadata: meta('livekit-server', { annotations }),
    spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
    status: { loadBalancer: {} },
  });
}

export function turn(annotations: Record<string, string> = {}, spec: object = {}): Service {
  return Service.parse({
    metadata: meta('livekit-server-turn', { annotations }),
    spec: { type: 'LoadBalancer', ports: [{ port: 443, protocol: 'TCP', nodePort: 30_443 }], ...spec },
    status: { loadBalancer: {} },
  });
}

export const BACKEND_CONFIG = { 'cloud.google.com/backend-config': '{"ports":{"80":"livekit-server"}}' };

export function backendConfig(spec: object): BackendConfig {
  return BackendConfig.parse({ metadata: meta('livekit-server'), spec });
}

export function frontendConfig(spec: object): FrontendConfig {
  return FrontendConfig.parse({ metadata: meta('livekit-server'), spec });
}

export function certificate(domains: string[], status: object = {}): ManagedCertificate {
  return ManagedCertificate.parse({ metadata: meta('livekit-dev'), spec: { domains }, status });
}

/** Pods of a Service by their name, each with its address and state. */
export function slice(
  name: string,
  pods: Record<string, { host: string; port?: number; ready?: boolean; terminating?: boolean; node?: string }>,
): EndpointSlice {
  return EndpointSlice.parse({
    metadata: meta(`${name}-x`, { labels: { 'kubernetes.io/service-name': name } }),
    ports: [{ name: name.endsWith('turn') ? '' : 'http', port: Object.values(pods)[0]?.port ?? 7880 }],
    endpoints: Object.entries(pods).map(([uid, { host, ready, terminating, node }]) => ({
      ...{ addresses: [host], nodeName: node ?? host, targetRef: { uid } },
      conditions: { ready: ready ?? true, terminating: terminating ?? false },
    })),
  });
}

export function node(name: string, address: string, more: { ready?: boolean; labels?: object } = {}): Node {
  return Node.parse({
    metadata: { name, uid: name, labels: more.labels ?? { 'cloud.google.com/gke-nodepool': 'livekit' } },
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }],
    },
  });
}

export function world(more: Partial<IngressWorld> = {}): IngressWorld {
  return {
    ...{ services: [service()], slices: [slice('livekit-server', { a: { host: '10.77.0.11' } })] },
    ...{ backendConfigs: [], frontendConfigs: [], secrets: [], managedCertificates: [] },
    addresses: new Map([['livekit-dev', '198.51.100.1']]),
    ephemeral: () => '198.51.100.254',
    ...more,
  };
}
