import { backendConfig, BACKEND_CONFIG, frontendConfig, ingress, service, slice, world } from '../objects.fixture.ts';
import { Refusal } from '../refusal.ts';
import { findRoute, isOurs, planIngress, type Route } from './plan.ts';

const STATIC = { 'kubernetes.io/ingress.global-static-ip-name': 'livekit-dev' };
const configured = (spec: object) =>
  planIngress(ingress(), world({ services: [service(BACKEND_CONFIG)], backendConfigs: [backendConfig(spec)] }));

describe('the class of an Ingress', () => {
  it.each([
    ['gce', true],
    ['gce-internal', false],
    ['nginx', false],
  ])('%s: %s', (name, isOurClass) => {
    expect(isOurs(ingress({ 'kubernetes.io/ingress.class': name }))).toBe(isOurClass);
  });
});

describe('back ends', () => {
  it('lives 30 s and drains not at all without a BackendConfig', () => {
    expect(planIngress(ingress(), world()).backends[0]).toMatchObject({ timeoutSeconds: 30, drainingSeconds: 0 });
  });

  it('takes time-out, draining and health check from the BackendConfig of the port', () => {
    const healthCheck = {
      requestPath: '/healthy',
      port: 7880,
      checkIntervalSec: 5,
      timeoutSec: 4,
      unhealthyThreshold: 3,
    };
    const { backends } = configured({
      timeoutSec: 36_000,
      connectionDraining: { drainingTimeoutSec: 3600 },
      healthCheck,
    });
    expect(backends[0]).toMatchObject({
      timeoutSeconds: 36_000,
      drainingSeconds: 3600,
      healthCheck: {
        ...{ protocol: 'http', path: '/healthy', port: 7880, intervalSeconds: 5, timeoutSeconds: 4 },
        ...{ healthyThreshold: 1, unhealthyThreshold: 3 },
      },
    });
  });

  it('are the pods that are ready and not on their way out', () => {
    const pods = {
      a: { host: '10.77.0.11' },
      b: { host: '10.77.0.12', ready: false },
      c: { host: '10.77.0.13', terminating: true },
    };
    const { backends } = planIngress(ingress(), world({ slices: [slice('livekit-server', pods)] }));
    expect(backends[0]?.endpoints).toEqual([{ id: 'a@10.77.0.11:7880', host: '10.77.0.11', port: 7880 }]);
  });

  it('of another Service are none of ours', () => {
    const { backends } = planIngress(ingress(), world({ slices: [slice('other', { a: { host: '10.77.0.11' } })] }));
    expect(backends[0]?.endpoints).toEqual([]);
  });
});

describe('the front end', () => {
  it('has the reserved address, or one of its own', () => {
    expect(planIngress(ingress(STATIC), world()).address).toBe('198.51.100.1');
    expect(planIngress(ingress(), world()).address).toBe('198.51.100.254');
  });

  it('redirects as the FrontendConfig says', () => {
    const annotations = { 'networking.gke.io/v1beta1.FrontendConfig': 'livekit-server' };
    const http = (spec: object) =>
      planIngress(ingress(annotations), world({ frontendConfigs: [frontendConfig(spec)] })).http;
    expect(http({ redirectToHttps: { enabled: true } })).toEqual({ kind: 'redirect', status: 301 });
    expect(http({ redirectToHttps: { enabled: true, responseCodeName: 'PERMANENT_REDIRECT' } })).toEqual({
      kind: 'redirect',
      status: 308,
    });
    expect(http({ redirectToHttps: { enabled: false } })).toEqual({ kind: 'serve' });
  });

  it('has a certificate of each kind; a ManagedCertificate that is not there yet keeps nothing back', () => {
    const annotations = { 'networking.gke.io/managed-certificates': 'livekit-dev, late' };
    const more = { managedCertificates: ['livekit/livekit-dev'], secrets: ['livekit/tls'] };
    const plan = planIngress(ingress(annotations, { tls: [{ secretName: 'tls' }] }), world(more));
    expect(plan.certificates).toEqual(['managed:livekit/livekit-dev', 'secret:livekit/tls']);
  });
});

describe('what GKE refuses', () => {
  it.each([
    ['an address that nobody reserved', ingress({ ...STATIC, 'kubernetes.io/ingress.global-static-ip-name': 'x' }), {}],
    ['a FrontendConfig that is not there', ingress({ 'networking.gke.io/v1beta1.FrontendConfig': 'x' }), {}],
    ['a Secret that is not there', ingress({}, { tls: [{ secretName: 'x' }] }), {}],
    ['neither HTTP nor a certificate', ingress({ 'kubernetes.io/ingress.allow-http': 'false' }), {}],
    ['a Service that is not there', ingress(), { services: [] }],
    ['a port that the Service lacks', ingress(), { services: [service({}, { ports: [{ name: 'x', port: 81 }] })] }],
    ['a BackendConfig that is not there', ingress(), { services: [service(BACKEND_CONFIG)] }],
    ['an annotation that is no JSON', ingress(), { services: [service({ 'cloud.google.com/backend-config': '{' })] }],
  ])('%s', (_, asked, more) => {
    expect(() => planIngress(asked, world(more))).toThrow(Refusal);
  });

  it('says which', () => {
    expect(() =>
      planIngress(ingress({ ...STATIC, 'kubernetes.io/ingress.global-static-ip-name': 'gone' }), world()),
    ).toThrow("the given static IP name gone doesn't translate to an existing static IP.");
  });
});

describe('routes', () => {
  const route = (host: string, path: string, match: Route['match'] = 'prefix'): Route => ({
    ...{ host, path, match },
    backend: `${host}${path}`,
  });
  const routes = [
    route('a.example', '/'),
    route('a.example', '/rtc'),
    route('*.example', '/'),
    route('b.c.example', '/x', 'exact'),
  ];
  const backendOf = (host: string, path: string) => findRoute(routes, host, path)?.backend;

  it('go by host, then by the longest path', () => {
    expect(backendOf('a.example', '/')).toBe('a.example/');
    expect(backendOf('a.example', '/rtc')).toBe('a.example/rtc');
    expect(backendOf('a.example', '/rtc/v1')).toBe('a.example/rtc');
    expect(backendOf('a.example', '/rtcx')).toBe('a.example/');
    expect(backendOf('z.example', '/')).toBe('*.example/');
  });

  it('take nothing else', () => {
    expect(backendOf('other.org', '/')).toBeUndefined();
    expect(backendOf('x.y.example', '/')).toBeUndefined();
    expect(backendOf('b.c.example', '/x/y')).toBeUndefined();
  });

  it('without a host take every host', () => {
    expect(findRoute([route('', '/')], 'whatever.org', '/x')?.backend).toBe('/');
  });
});
