import type { Handshake } from '../../../tls/handshake.ts';
import { judgeAddress } from './address.ts';
import { judgeEntrance } from './certificate.ts';
import { judgeConnections } from './connections.ts';
import { judgeCors } from './cors.ts';
import { type Entrance, type EntranceIngress, worst } from './entrance.ts';
import { judgeHeaders } from './headers.ts';
import { judgeHealth } from './health.ts';
import { judgeDns, judgeIngress } from './ingress.ts';
import { judgeRate, limitOf } from './rate.ts';
import { judgeSocket } from './web-socket.ts';

const ADDRESS = '203.0.113.140';
const settings = {
  'limit-rps': '100',
  'limit-burst-multiplier': '1',
  'limit-connections': '10',
  'enable-cors': 'true',
  'cors-allow-origin': 'https://app.nova.com',
  'cors-allow-credentials': 'true',
};
const ingress: EntranceIngress = {
  name: 'messaging-service-ingress',
  namespace: 'nova-messaging',
  host: 'api.nova.com',
  className: 'nginx',
  secretName: 'nova-tls-cert',
  settings,
  hints: { 'health-path': '/health', 'health-answer': '{"status":"ok"}' },
  address: ADDRESS,
};
const entrance: Entrance = {
  namespace: 'ingress-nginx',
  release: 'ingress-tls',
  className: 'nginx',
  replicas: 2,
  readyReplicas: 2,
  service: { address: ADDRESS, addressName: 'livekit-dev-ingress' },
  ingresses: [ingress],
};

describe('the address', () => {
  it('is good when it is the reserved one', () => {
    expect(judgeAddress(entrance, ADDRESS).verdict).toBe('pass');
  });

  it.each([
    ['is another than the reserved one', entrance, '203.0.113.9', 'fail', /203\.0\.113\.9 is reserved for it/],
    [
      'is not there yet',
      { ...entrance, service: { address: undefined, addressName: 'a' } },
      ADDRESS,
      'fail',
      /no address yet/,
    ],
    ['is nobody’s, as nothing is deployed', { ...entrance, service: undefined }, ADDRESS, 'fail', /has no Service/],
    [
      'has pods behind it that do not start',
      { ...entrance, readyReplicas: 0 },
      ADDRESS,
      'fail',
      /Of 2 pods of Traefik 0/,
    ],
    ['is not known as reserved', entrance, undefined, 'warn', /does not know as reserved/],
  ] as const)('%s', (_name, found, reserved, verdict, words) => {
    const result = judgeAddress(found, reserved);
    expect(result.verdict).toBe(verdict);
    expect(result.evidence).toMatch(words);
    expect(result.fix).toBeDefined();
  });
});

describe('an Ingress', () => {
  it('is served', () => {
    expect(judgeIngress(ingress, entrance).verdict).toBe('pass');
  });

  it.each([
    ['of another class', { ...ingress, className: 'gce' }, 'fail', /has the class gce; Traefik serves nginx/],
    ['that Traefik has not taken up', { ...ingress, address: undefined }, 'fail', /has no address/],
    [
      'with an annotation that Traefik passes over',
      { ...ingress, settings: { ...settings, 'limit-whitelist': '10.0.0.0/8' } },
      'warn',
      /passes over limit-whitelist/,
    ],
  ] as const)('%s is told', (_name, one, verdict, words) => {
    const result = judgeIngress(one, entrance);
    expect(result.verdict).toBe(verdict);
    expect(result.evidence).toMatch(words);
  });
});

describe('DNS', () => {
  const good = judgeIngress(ingress, entrance);

  it('leads to the entrance', () => {
    expect(judgeDns(good, ingress, [ADDRESS])).toBe(good);
  });

  it.each([[[]], [['198.51.100.1']], [[ADDRESS, '198.51.100.1']]])('leads to %j, which is told', (found) => {
    expect(judgeDns(good, ingress, found).verdict).toBe('warn');
  });
});

describe('health', () => {
  const answer = (status: number, body: string, type = 'application/json') =>
    judgeHealth(ingress, '/health', { status, body, headers: { 'content-type': type } });

  it('is what the service’s documents say, however it is spaced', () => {
    expect(answer(200, '{ "status": "ok" }\n').verdict).toBe('pass');
  });

  it.each([
    [200, '{"status":"degraded"}', /should answer 200/],
    [404, '404 page not found', /no route/],
    [503, '', /no ready pods/],
    [502, 'Bad Gateway', /do not answer Traefik/],
  ] as const)('is not %i %s', (status, body, cause) => {
    const result = answer(status, body, 'text/plain');
    expect(result.verdict).toBe('fail');
    expect(result.cause).toMatch(cause);
  });
});

describe('the certificate', () => {
  const good: Handshake = {
    kind: 'done',
    address: ADDRESS,
    version: 'TLSv1.3',
    names: ['api.nova.com'],
    issuer: 'R12',
    validFrom: new Date(Date.now() - 86_400_000),
    validTo: new Date(Date.now() + 40 * 86_400_000),
    chainLength: 2,
    untrusted: undefined,
    words: '',
  };
  const refused: Handshake = { kind: 'broken', address: ADDRESS, words: 'protocol version' };
  const redirect = { status: 301, location: 'https://api.nova.com/health' };

  it('is trusted, long enough, without old versions, behind a redirect', () => {
    const result = judgeEntrance(ingress, good, refused, redirect, 14);
    expect(result.verdict).toBe('pass');
    expect(result.evidence).toMatch(/39 days|40 days/);
  });

  it.each([
    [
      'made up by Traefik',
      { ...good, issuer: 'TRAEFIK DEFAULT CERT', untrusted: 'name' as const },
      refused,
      redirect,
      'fail',
      /wants the Secret nova-messaging\/nova-tls-cert/,
    ],
    [
      'self-signed',
      { ...good, untrusted: 'chain' as const },
      refused,
      redirect,
      'fail',
      /authority that clients do not know/,
    ],
    ['expired', { ...good, untrusted: 'expired' as const }, refused, redirect, 'fail', /has ended/],
    ['with TLS 1.1 beside', good, { ...good, version: 'TLSv1.1' }, redirect, 'fail', /TLS below 1\.2/],
    ['without a redirect', good, refused, { status: 200, location: undefined }, 'fail', /in the open/],
    ['redirected elsewhere', good, refused, { status: 301, location: 'http://x' }, 'fail', /in the open/],
    [
      'ending soon',
      { ...good, validTo: new Date(Date.now() + 5 * 86_400_000) },
      refused,
      redirect,
      'warn',
      /Fewer than 14 days/,
    ],
  ] as const)('%s is told', (_name, met, old, plain, verdict, cause) => {
    const result = judgeEntrance(ingress, met, old, plain, 14);
    expect(result.verdict).toBe(verdict);
    expect(result.cause).toMatch(cause);
  });
});

describe('headers', () => {
  const wanted = { 'X-Frame-Options': 'DENY' };
  const all = {
    'strict-transport-security': 'max-age=31536000',
    'content-security-policy': "default-src 'none'",
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=()',
  };

  it('are all there', () => {
    expect(judgeHeaders(ingress, wanted, all).verdict).toBe('pass');
  });

  it.each(Object.keys(all))('miss %s', (name) => {
    const result = judgeHeaders(ingress, {}, { ...all, [name]: undefined });
    expect(result.verdict).toBe('fail');
    expect(result.evidence.toLowerCase()).toContain(name);
  });

  it('have another value than was deployed', () => {
    expect(judgeHeaders(ingress, wanted, { ...all, 'x-frame-options': 'SAMEORIGIN' }).evidence).toContain('SAMEORIGIN');
  });

  it('promise HTTPS for too short a time', () => {
    expect(judgeHeaders(ingress, {}, { ...all, 'strict-transport-security': 'max-age=60' }).verdict).toBe('warn');
  });
});

describe('CORS', () => {
  const origin = 'https://app.nova.com';
  const allows = { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };

  it('allows the listed origin and no other', () => {
    expect(judgeCors(ingress, origin, allows, {}).verdict).toBe('pass');
  });

  it('fails when the listed origin is not allowed', () => {
    expect(judgeCors(ingress, origin, {}, {}).verdict).toBe('fail');
  });

  it('fails when a strange origin is allowed', () => {
    const other = { 'access-control-allow-origin': 'https://not-allowed.invalid' };
    expect(judgeCors(ingress, origin, allows, other).verdict).toBe('fail');
  });

  it('fails when everybody is allowed with credentials', () => {
    const everybody = { 'access-control-allow-origin': '*' };
    expect(judgeCors(ingress, '*', everybody, everybody).verdict).toBe('fail');
  });
});

describe('the limit of requests', () => {
  const limit = limitOf(ingress) ?? { perSecond: 0, burst: 0 };

  it('is the annotation’s, and five times as large in bursts without a multiplier', () => {
    expect(limit).toEqual({ perSecond: 100, burst: 100 });
    expect(limitOf({ ...ingress, settings: { 'limit-rps': '100' } })?.burst).toBe(500);
    expect(limitOf({ ...ingress, settings: {} })).toBeUndefined();
  });

  it.each([
    ['holds', { sent: 200, limited: 95, seconds: 0.05 }, 'pass'],
    ['does not hold', { sent: 200, limited: 0, seconds: 0.05 }, 'fail'],
    ['has a larger burst', { sent: 200, limited: 60, seconds: 0.05 }, 'fail'],
    ['cannot be met so slowly', { sent: 200, limited: 0, seconds: 3 }, 'inconclusive'],
  ] as const)('%s', (_name, seen, verdict) => {
    expect(judgeRate(ingress, limit, seen).verdict).toBe(verdict);
  });
});

describe('the limit of connections', () => {
  it.each([
    [
      'refuses the 21st of two replicas',
      { limit: 10, replicas: 2, held: 0 },
      { open: 19, refused: 2, odd: [] },
      'pass',
    ],
    ['refuses the 11th of one', { limit: 10, replicas: 1, held: 0 }, { open: 10, refused: 1, odd: [] }, 'pass'],
    ['counts what is held open', { limit: 10, replicas: 1, held: 1 }, { open: 9, refused: 2, odd: [] }, 'pass'],
    ['refuses none', { limit: 10, replicas: 1, held: 0 }, { open: 11, refused: 0, odd: [] }, 'fail'],
    ['is used up by others', { limit: 10, replicas: 1, held: 0 }, { open: 2, refused: 9, odd: [] }, 'warn'],
    [
      'is not seen where no WebSocket is',
      { limit: 10, replicas: 1, held: 0 },
      { open: 0, refused: 0, odd: [404] },
      'inconclusive',
    ],
  ] as const)('%s', (_name, limits, seen, verdict) => {
    expect(judgeConnections(ingress, limits, seen).verdict).toBe(verdict);
  });
});

describe('a WebSocket', () => {
  it.each([
    ['answers after the silence', { lived: 65, ended: undefined, wanted: 3600 }, 'pass', undefined],
    ['was ended at the default', { lived: 60.1, ended: 'closed', wanted: undefined }, 'fail', /default of 60 s/],
    ['was ended early', { lived: 12, ended: 'closed', wanted: 3600 }, 'fail', /The pod ended/],
    ['was not opened', { status: 404 }, 'fail', /does not open/],
    ['met the limit', { status: 429 }, 'fail', /connections open already/],
  ] as const)('%s', (_name, seen, verdict, cause) => {
    const result = judgeSocket(ingress, seen);
    expect(result.verdict).toBe(verdict);
    if (cause !== undefined) expect(result.cause).toMatch(cause);
  });
});

describe('several Ingresses', () => {
  it('are as good as the worst, and all are told', () => {
    const result = worst([
      { verdict: 'pass', evidence: 'A.' },
      { verdict: 'fail', evidence: 'B.', cause: 'c' },
      { verdict: 'skip', evidence: 'C.' },
    ]);
    expect(result).toEqual({ verdict: 'fail', evidence: 'A. B. C.', cause: 'c' });
  });
});
