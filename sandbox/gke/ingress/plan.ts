import { z } from 'zod';
import {
  type Backend,
  type BackendConfig,
  type EndpointSlice,
  type FrontendConfig,
  type Ingress,
  keyOf,
  type Service,
} from '../objects.ts';
import { Refusal } from '../refusal.ts';

/** What the front end of one Ingress does. */
export interface FrontEnd {
  /** Namespace and name of the Ingress. */
  readonly key: string;
  readonly address: string;
  readonly http: Http;
  /** Names of certificates by which `CertificateStore` knows them, the default first; none: nothing listens on 443. */
  readonly certificates: readonly string[];
  readonly routes: readonly Route[];
  /** For what no route takes; without one the answer is 404. */
  readonly defaultBackend: string | undefined;
  readonly backends: readonly BackendService[];
}

export type Http = { readonly kind: 'serve' | 'off' } | { readonly kind: 'redirect'; readonly status: number };

export interface Route {
  /** Empty: any; `*.example.org`: any one label. */
  readonly host: string;
  readonly path: string;
  readonly match: 'exact' | 'prefix';
  /** Id of a back end. */
  readonly backend: string;
}

export interface BackendService {
  readonly id: string;
  readonly endpoints: readonly Endpoint[];
  /** The longest life of a WebSocket, active or not, and the longest time for an answer. */
  readonly timeoutSeconds: number;
  /** How long connections of an endpoint that left are kept. */
  readonly drainingSeconds: number;
  readonly healthCheck: HealthCheck;
}

export interface Endpoint {
  /** Of the pod and not of its address alone: the next pod of a node has the same address. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

export interface HealthCheck {
  readonly protocol: 'http' | 'https';
  readonly path: string;
  /** Undefined: the endpoint's own. */
  readonly port: number | undefined;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** All that an Ingress may speak of. */
export interface IngressWorld {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly backendConfigs: readonly BackendConfig[];
  readonly frontendConfigs: readonly FrontendConfig[];
  /** Names of the TLS Secrets and ManagedCertificates, each as namespace/name. */
  readonly secrets: readonly string[];
  readonly managedCertificates: readonly string[];
  /** Reserved global addresses by their name. */
  readonly addresses: ReadonlyMap<string, string>;
  /** An address for an Ingress that names none. */
  readonly ephemeral: (key: string) => string;
}

/** https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration: without a BackendConfig. */
const DEFAULT_TIMEOUT_SECONDS = 30;
const DEFAULT_DRAINING_SECONDS = 0;
const REDIRECTS: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY_DEFAULT: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/** Whether GKE's controller makes a load balancer of it: by the annotation; with neither annotation nor class, too. */
export function isOurs({ metadata, spec }: Ingress): boolean {
  const annotation = metadata.annotations['kubernetes.io/ingress.class'];
  if (annotation !== undefined) return annotation === 'gce' || annotation === '';
  return spec.ingressClassName === undefined || spec.ingressClassName === null;
}

/** The front end that an Ingress asks for; a Refusal says what GKE would not accept. */
export function planIngress(ingress: Ingress, world: IngressWorld): FrontEnd {
  const backends = new Map<string, BackendService>();
  const take = (backend: Backend | null | undefined): string | undefined => {
    if (!backend?.service) return undefined;
    const planned = planBackend(ingress.metadata.namespace, backend.service, world);
    backends.set(planned.id, planned);
    return planned.id;
  };
  const routes = ingress.spec.rules.flatMap(({ host, http }) =>
    (http?.paths ?? []).flatMap(({ path, pathType, backend }): Route[] => {
      const id = take(backend);
      return id === undefined ? [] : [{ host, ...planPath(path, pathType), backend: id }];
    }),
  );
  const defaultBackend = take(ingress.spec.defaultBackend);
  const certificates = planCertificates(ingress, world);
  return {
    key: keyOf(ingress),
    address: planAddress(ingress, world),
    http: planHttp(ingress, world, certificates.length > 0),
    certificates,
    routes,
    defaultBackend,
    backends: [...backends.values()],
  };
}

/** The route that takes a request: a host by name goes before one with a star, the longest path before shorter ones. */
export function findRoute(routes: readonly Route[], host: string, path: string): Route | undefined {
  const rank = (route: Route): number => (route.host === '' ? 0 : route.host.startsWith('*') ? 1 : 2);
  const best = Math.max(...routes.filter((route) => isHost(route.host, host)).map(rank));
  return routes
    .filter((route) => isHost(route.host, host) && rank(route) === best && isPath(route, path))
    .sort((a, b) => Number(b.match === 'exact') - Number(a.match === 'exact') || b.path.length - a.path.length)[0];
}

function isHost(pattern: string, host: string): boolean {
  if (pattern === '') return true;
  if (!pattern.startsWith('*.')) return pattern.toLowerCase() === host;
  return host.slice(host.indexOf('.')) === pattern.slice(1).toLowerCase();
}

function isPath({ path, match }: Route, asked: string): boolean {
  if (match === 'exact') return asked === path;
  return asked === path || asked.startsWith(path.endsWith('/') ? path : `${path}/`);
}

/** ImplementationSpecific is exact on GKE unless it ends with a star; no path and `/` mean everything. */
function planPath(path: string, pathType: string): Pick<Route, 'path' | 'match'> {
  if (pathType === 'Prefix') return { path: path || '/', match: 'prefix' };
  if (pathType === 'Exact') return { path, match: 'exact' };
  if (path === '' || path === '/') return { path: '/', match: 'prefix' };
  return path.endsWith('/*') ? { path: path.slice(0, -1), match: 'prefix' } : { path, match: 'exact' };
}

function planAddress(ingress: Ingress, world: IngressWorld): string {
  const name = ingress.metadata.annotations['kubernetes.io/ingress.global-static-ip-name'];
  if (!name) return world.ephemeral(keyOf(ingress));
  const address = world.addresses.get(name);
  if (address !== undefined) return address;
  throw new Refusal(`the given static IP name ${name} doesn't translate to an existing static IP.`);
}

function planHttp(ingress: Ingress, world: IngressWorld, hasCertificates: boolean): Http {
  if (ingress.metadata.annotations['kubernetes.io/ingress.allow-http'] === 'false') {
    if (hasCertificates) return { kind: 'off' };
    throw new Refusal(
      "invalid ingress frontend configuration, please check your usage of the 'kubernetes.io/ingress.allow-http' annotation.",
    );
  }
  const name = ingress.metadata.annotations['networking.gke.io/v1beta1.FrontendConfig'];
  if (!name) return { kind: 'serve' };
  const config = world.frontendConfigs.find((each) => keyOf(each) === `${ingress.metadata.namespace}/${name}`);
  if (!config) throw new Refusal(`FrontendConfig ${name} not found in namespace ${ingress.metadata.namespace}`);
  const redirect = config.spec.redirectToHttps;
  if (!redirect?.enabled) return { kind: 'serve' };
  return {
    kind: 'redirect',
    status: REDIRECTS[redirect.responseCodeName ?? 'MOVED_PERMANENTLY_DEFAULT'] ?? 301,
  };
}

function planCertificates(ingress: Ingress, world: IngressWorld): string[] {
  const { namespace, annotations } = ingress.metadata;
  if (annotations['ingress.gcp.kubernetes.io/pre-shared-cert']) {
    throw new Refusal(
      'the sandbox has no google_compute_ssl_certificate for ingress.gcp.kubernetes.io/pre-shared-cert',
    );
  }
  const managed = (annotations['networking.gke.io/managed-certificates'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    // One that is not there yet keeps nothing back on GKE: its controller adds it once it is.
    .map((name) => `${namespace}/${name}`)
    .filter((key) => world.managedCertificates.includes(key))
    .map((key) => `managed:${key}`);
  const secrets = ingress.spec.tls
    .flatMap(({ secretName }) => (secretName ? [`${namespace}/${secretName}`] : []))
    .map((key) => {
      if (!world.secrets.includes(key)) throw new Refusal(`secrets "${key.split('/')[1] ?? ''}" not found`);
      return `secret:${key}`;
    });
  return [...managed, ...secrets];
}

function planBackend(
  namespace: string,
  { name, port }: NonNullable<Backend['service']>,
  world: IngressWorld,
): BackendService {
  const key = `${namespace}/${name}`;
  const service = world.services.find((each) => keyOf(each) === key);
  if (!service) throw new Refusal(`Translation failed: invalid ingress spec: could not find service "${key}"`);
  const found = service.spec.ports.find((each) =>
    port.name === undefined ? each.port === port.number : each.name === port.name,
  );
  if (!found) {
    throw new Refusal(
      `Translation failed: invalid ingress spec: could not find port "${port.name ?? port.number ?? ''}" in service "${key}"`,
    );
  }
  const config = backendConfigOf(service, found, world);
  const check = config?.healthCheck;
  return {
    id: `${key}:${found.port}`,
    endpoints: endpointsOf(key, found.name, world.slices),
    timeoutSeconds: config?.timeoutSec ?? DEFAULT_TIMEOUT_SECONDS,
    drainingSeconds: config?.connectionDraining?.drainingTimeoutSec ?? DEFAULT_DRAINING_SECONDS,
    healthCheck: {
      protocol: protocolOf(check?.type),
      path: check?.requestPath ?? '/',
      port: check?.port,
      // Defaults of a check for network endpoint groups.
      intervalSeconds: check?.checkIntervalSec ?? 15,
      timeoutSeconds: check?.timeoutSec ?? 15,
      healthyThreshold: check?.healthyThreshold ?? 1,
      unhealthyThreshold: check?.unhealthyThreshold ?? 2,
    },
  };
}

function protocolOf(type: string | undefined): 'http' | 'https' {
  if (type === 'HTTP2') throw new Refusal('the sandbox has health checks of type HTTP and HTTPS only, not HTTP2');
  return type === 'HTTPS' ? 'https' : 'http';
}

const Attached = z.object({
  ports: z.record(z.string(), z.string()).default({}),
  default: z.string().optional(),
});

function backendConfigOf(
  service: Service,
  port: { readonly name: string; readonly port: number },
  world: IngressWorld,
): BackendConfig['spec'] | undefined {
  const { namespace, annotations } = service.metadata;
  const text = annotations['cloud.google.com/backend-config'];
  if (text === undefined) return undefined;
  const attached = Attached.safeParse(fromJson(text));
  if (!attached.success) {
    throw new Refusal(
      `Translation failed: error getting BackendConfig for port "${port.port}" on service "${keyOf(service)}", err: BackendConfig annotation is invalid json`,
    );
  }
  const { ports, default: fallback } = attached.data;
  const name = ports[port.name] ?? ports[String(port.port)] ?? fallback;
  if (name === undefined) return undefined;
  const config = world.backendConfigs.find((each) => keyOf(each) === `${namespace}/${name}`);
  if (config) return config.spec;
  throw new Refusal(
    `Translation failed: error getting BackendConfig for port "${port.port}" on service "${keyOf(service)}", err: no BackendConfig for service port exists.`,
  );
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Pods that a network endpoint group has: those that are ready and not on their way out. */
function endpointsOf(service: string, portName: string, slices: readonly EndpointSlice[]): Endpoint[] {
  const own = slices.filter(
    ({ metadata }) => `${metadata.namespace}/${metadata.labels['kubernetes.io/service-name'] ?? ''}` === service,
  );
  return own.flatMap(({ ports, endpoints }) => {
    const port = ports.find(({ name }) => (name ?? '') === portName)?.port;
    if (port === null || port === undefined) return [];
    return endpoints
      .filter(({ conditions }) => conditions.ready && !conditions.terminating)
      .flatMap(({ addresses, targetRef }) =>
        addresses.map((host) => ({ id: `${targetRef?.uid ?? 'none'}@${host}:${port}`, host, port })),
      );
  });
}
