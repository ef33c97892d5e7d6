import { certificate } from '../objects.fixture.ts';
import { type DnsAnswers, domainStatus, isDue } from './status.ts';

const ADDRESS = '198.51.100.1';
const good: DnsAnswers = { a: [ADDRESS], aaaa: [], caa: ['pki.goog'] };

describe('a domain', () => {
  it.each<[string, Partial<DnsAnswers>, string]>([
    ['leads to the load balancer', {}, 'Active'],
    ['restricts nobody', { caa: [] }, 'Active'],
    [
      'allows Google among others, with parameters',
      { caa: ['letsencrypt.org', 'PKI.goog; cansignhttpexchanges=yes'] },
      'Active',
    ],
    ['leads elsewhere', { a: ['192.0.2.1'] }, 'FailedNotVisible'],
    ['leads elsewhere, too', { a: [ADDRESS, '192.0.2.1'] }, 'FailedNotVisible'],
    ['leads nowhere', { a: [] }, 'FailedNotVisible'],
    ['has a stray AAAA record', { aaaa: ['2001:db8::1'] }, 'FailedNotVisible'],
    ['allows others only', { caa: ['letsencrypt.org'] }, 'FailedCaaForbidden'],
    ['allows nobody', { caa: [''] }, 'FailedCaaForbidden'],
    ['cannot be asked about CAA', { caa: undefined }, 'FailedCaaChecking'],
  ])('that %s', (_, change, status) => {
    expect(domainStatus({ ...good, ...change }, [ADDRESS])).toBe(status);
  });

  it('is not visible before the certificate is attached to an Ingress', () => {
    expect(domainStatus(good, [])).toBe('FailedNotVisible');
  });
});

describe('a certificate', () => {
  const issued = { name: 'mcrt-1', domains: ['a.example', 'b.example'], expireTime: '2026-04-01T00:00:00Z' };
  const wanted = certificate(['b.example', 'a.example']);

  it('is due when there is none, when the domains changed, and 30 days before its end', () => {
    const early = new Date('2026-03-01T00:00:00Z');
    expect(isDue(wanted, undefined, early)).toBe(true);
    expect(isDue(wanted, issued, early)).toBe(false);
    expect(isDue(certificate(['a.example']), issued, early)).toBe(true);
    expect(isDue(wanted, issued, new Date('2026-03-03T00:00:00Z'))).toBe(true);
  });
});
