import { describe, expect, test } from '@jest/globals';
import {
  backendConfigs,
  ingresses,
  type LoadBalancer,
  managedCertificates,
  services,
} from '../load-balancer/objects.ts';
import { judgeBackendConfig } from './backend-config.ts';
import { judgeDns, type Seen } from './dns.ts';
import { judgeRedirect } from './https.ts';
import { judgeIngress } from './ingress.ts';
import { judgeManaged } from './managed-certificate.ts';

const ADDRESS = '198.51.100.1';
const TURN = '203.0.113.129';
const at = (ip?: string) => ({ loadBalancer: { ingress: ip === undefined ? [] : [{ ip }] } });

const ingressOf = (annotations: Record<string, string> = {}, ip: string | undefined = ADDRESS) =>
  ingresses.schema.parse({
    metadata: {
      name: 'livekit',
      annotations: { 'ingress.kubernetes.io/backends': '{"k8s1-a":"HEALTHY"}', ...annotations },
    },
    status: at(ip),
  });
const serviceOf = (name: string, annotations: Record<string, string>, ip?: string) =>
  services.schema.parse({ metadata: { name, annotations }, spec: { type: 'LoadBalancer' }, status: at(ip) });
const configOf = (spec: object) => backendConfigs.schema.parse({ metadata: { name: 'livekit' }, spec });

const attached = { 'cloud.google.com/backend-config': '{"default": "livekit"}' };
const good: LoadBalancer = {
  ingress: ingressOf(),
  service: serviceOf('livekit', attached),
  turnService: serviceOf('livekit-turn', {}, TURN),
  backendConfigs: [configOf({ timeoutSec: 36_000, connectionDraining: { drainingTimeoutSec: 3600 } })],
  certificates: [],
};

describe('backend-config', () => {
  test('passes when it is attached, with ten hours', () =>
    expect(judgeBackendConfig(good)).toEqual({
      verdict: 'pass',
      evidence: 'livekit is attached, with timeoutSec 36000 and drainingTimeoutSec 3600.',
    }));

  test.each<[string, Partial<LoadBalancer>, string, RegExp]>([
    ['it is not attached', { service: serviceOf('livekit', {}) }, 'fail', /no BackendConfig attached/],
    [
      'the annotation is no JSON',
      { service: serviceOf('livekit', { 'cloud.google.com/backend-config': 'livekit' }) },
      'fail',
      /no BackendConfig attached .*: livekit\)/,
    ],
    ['it is gone', { backendConfigs: [] }, 'fail', /which does not exist/],
    ['it has no time-out', { backendConfigs: [configOf({})] }, 'fail', /unset \(30\)/],
    ['it cuts what drains', { backendConfigs: [configOf({ timeoutSec: 36_000 })] }, 'warn', /drainingTimeoutSec 0/],
    ['there is no load balancer', { ingress: undefined }, 'skip', /no Ingress/],
  ])('when %s', (_when, more, verdict, words) => {
    const result = judgeBackendConfig({ ...good, ...more });
    expect(result).toMatchObject({ verdict, evidence: expect.stringMatching(words) });
    expect(result.fix).toBeDefined();
  });
});

describe('ingress', () => {
  const reserved = { signal: ADDRESS, turn: TURN };
  test('passes on the reserved addresses with healthy back ends', () =>
    expect(judgeIngress(good, reserved)).toEqual({
      verdict: 'pass',
      evidence: `The Ingress has ${ADDRESS}, 1 of 1 back ends are healthy; TURN has ${TURN}.`,
    }));

  test.each<[string, Partial<LoadBalancer>, RegExp]>([
    ['it has no address', { ingress: ingresses.schema.parse({ metadata: { name: 'livekit' } }) }, /no address yet/],
    ['it has another address', { ingress: ingressOf({}, '198.51.100.9') }, /198\.51\.100\.1 is reserved/],
    [
      'a back end is sick',
      { ingress: ingressOf({ 'ingress.kubernetes.io/backends': '{"k8s1-a":"UNHEALTHY"}' }) },
      /k8s1-a is UNHEALTHY/,
    ],
    ['no back end is known', { ingress: ingressOf({ 'ingress.kubernetes.io/backends': 'x' }) }, /names no back end/],
    [
      'TURN has another address',
      { turnService: serviceOf('t-turn', {}, '203.0.113.200') },
      /203\.0\.113\.129 is reserved/,
    ],
  ])('fails when %s', (_when, more, words) =>
    expect(judgeIngress({ ...good, ...more }, reserved)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringMatching(words),
    }),
  );

  test('an address that nobody told is not compared', () =>
    expect(judgeIngress(good, { signal: undefined, turn: undefined }).verdict).toBe('pass'));
});

describe('managed-certificate', () => {
  const certificate = (status: object, domains = ['livekit.example.com']) =>
    managedCertificates.schema.parse({ metadata: { name: 'livekit-dev' }, spec: { domains }, status });
  const judge = (...all: ReturnType<typeof certificate>[]) => judgeManaged(['livekit-dev'], all, 'livekit.example.com');

  test('passes when it is Active', () =>
    expect(judge(certificate({ certificateStatus: 'Active', expireTime: '2027-02-01T00:00:00Z' }))).toEqual({
      verdict: 'pass',
      evidence: 'livekit-dev is Active for livekit.example.com, until 2027-02-01.',
    }));

  test.each([
    ['FailedNotVisible', /AAAA/],
    ['FailedCaaForbidden', /pki\.goog/],
  ])('names the blocker of %s', (status, cause) =>
    expect(
      judge(
        certificate({ certificateStatus: 'Provisioning', domainStatus: [{ domain: 'livekit.example.com', status }] }),
      ),
    ).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining(status),
      cause: expect.stringMatching(cause),
    }),
  );

  test('being issued takes time, and is no failure', () => expect(judge(certificate({})).verdict).toBe('warn'));
  test('one that is not there fails', () => expect(judge().evidence).toContain('does not exist'));
  test('one for another domain fails', () =>
    expect(judge(certificate({ certificateStatus: 'Active' }, ['old.example.com'])).evidence).toContain(
      'not for livekit',
    ));
  test('without any there is nothing to say', () => expect(judgeManaged([], [], 'd').verdict).toBe('skip'));
});

describe('dns', () => {
  const said = (a: string[] | undefined, aaaa: string[] = []) => ({ a, aaaa });
  const seen = (more: Partial<Seen> = {}): Seen => ({
    name: 'livekit.example.com',
    kind: 'signal',
    address: ADDRESS,
    resolver: said([ADDRESS]),
    everybody: said([ADDRESS]),
    own: [{ server: '192.0.2.53', said: said([ADDRESS]) }],
    zone: 'example.com',
    ...more,
  });

  test('passes when all say the same', () => expect(judgeDns([seen()], undefined).verdict).toBe('pass'));
  test.each<[string, Partial<Seen>, RegExp, RegExp]>([
    [
      'the zone says otherwise',
      { own: [{ server: '192.0.2.53', said: said(['192.0.2.9']) }] },
      /has 192\.0\.2\.9/,
      /zone’s record/,
    ],
    ['only the resolver is behind', { resolver: said([]) }, /no address here instead/, /earlier answer/],
    ['nobody knows it', { resolver: said([]), own: [] }, /no address/, /not delegated/],
    ['there is an AAAA record', { resolver: said([ADDRESS], ['2001:db8::1']) }, /2001:db8::1/, /IPv4 only/],
    ['there are two addresses', { resolver: said([ADDRESS, '192.0.2.9']), own: [] }, /192\.0\.2\.9/, /lead to/],
  ])('fails when %s', (_when, more, evidence, cause) =>
    expect(judgeDns([seen(more)], undefined)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringMatching(evidence),
      cause: expect.stringMatching(cause),
    }),
  );

  test('what only the rest of the world sees wrongly fails; one that may not be asked is not held against the record', () => {
    expect(judgeDns([seen({ everybody: said(['192.0.2.9']) })], undefined)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('for a public resolver'),
    });
    expect(judgeDns([seen({ everybody: said(undefined) })], undefined).verdict).toBe('pass');
  });

  test('a name server that does not answer is not held against the record', () =>
    expect(judgeDns([seen({ own: [{ server: '192.0.2.53', said: said(undefined) }] })], undefined).verdict).toBe(
      'pass',
    ));

  test('CAA must let Google issue', () => {
    const caa = (...issuers: string[]) => ({ at: 'example.com', issuers });
    expect(judgeDns([seen()], caa('letsencrypt.org'))).toMatchObject({ verdict: 'fail', final: true });
    expect(judgeDns([seen()], caa('letsencrypt.org', 'pki.goog; x=y')).verdict).toBe('pass');
    expect(judgeDns([seen()], undefined, caa('entrust.net'))).toMatchObject({ verdict: 'warn', final: true });
    expect(judgeDns([seen()], undefined, caa('letsencrypt.org; validationmethods=dns-01')).verdict).toBe('pass');
  });
});

describe('the redirect', () => {
  const ok = { verdict: 'pass', evidence: 'Good.' } as const;
  test.each([
    [308, 'pass'],
    [200, 'warn'],
    [undefined, 'pass'],
  ])('status %s', (status, verdict) => expect(judgeRedirect(ok, 'livekit.example.com', status).verdict).toBe(verdict));
});
