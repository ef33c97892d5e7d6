import type { ManagedCertificate } from '../objects.ts';

/** What the public DNS says of a domain. */
export interface DnsAnswers {
  /** Addresses that the name leads to, also over a CNAME. */
  readonly a: readonly string[];
  readonly aaaa: readonly string[];
  /**
   * `issue` (and, for a star, `issuewild`) of the closest CAA records at the name or above it; empty when nobody restricts
   * it; undefined when the question was not answered.
   */
  readonly caa: readonly string[] | undefined;
}

/** As GKE writes them: https://cloud.google.com/kubernetes-engine/docs/how-to/managed-certs */
export type DomainStatus = 'Active' | 'Provisioning' | 'FailedNotVisible' | 'FailedCaaChecking' | 'FailedCaaForbidden';

/** Google's authority, by the name that a CAA record must have. */
const GOOGLE = 'pki.goog';

/** Whether Google can have a certificate for a domain: `addresses` are those of the load balancers that are to serve it. */
export function domainStatus(answers: DnsAnswers, addresses: readonly string[]): DomainStatus {
  const { a, aaaa, caa } = answers;
  if (caa === undefined) return 'FailedCaaChecking';
  if (caa.length > 0 && !caa.some(isGoogle)) return 'FailedCaaForbidden';
  // Who validates the domain comes from anywhere, by either protocol: every address must be the load balancer's.
  const isVisible = a.length > 0 && a.every((each) => addresses.includes(each)) && aaaa.length === 0;
  return isVisible ? 'Active' : 'FailedNotVisible';
}

/** A CAA value is an issuer with parameters behind it; an empty one forbids everybody. */
function isGoogle(issue: string): boolean {
  return issue.split(';')[0]?.trim().toLowerCase() === GOOGLE;
}

export type Status = ManagedCertificate['status'];

/** A certificate that was issued, for these domains. */
export interface Issued {
  readonly name: string;
  readonly domains: readonly string[];
  readonly expireTime: string;
}

/** How long before its end a certificate is renewed. */
export const RENEW_DAYS = 30;

/** Whether the domains must be asked about now: there is no certificate, or one for others, or it ends soon. */
export function isDue(certificate: ManagedCertificate, issued: Issued | undefined, now: Date): boolean {
  if (!issued || !isSame(issued.domains, certificate.spec.domains)) return true;
  return new Date(issued.expireTime).getTime() - now.getTime() < RENEW_DAYS * 24 * 3_600_000;
}

export function isSame(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}

/** The status while it is not issued: domains without an answer yet are being provisioned. */
export function pendingStatus(
  name: string,
  domains: readonly string[],
  found: ReadonlyMap<string, DomainStatus>,
): Status {
  return {
    certificateName: name,
    certificateStatus: 'Provisioning',
    domainStatus: domains.map((domain) => ({ domain, status: found.get(domain) ?? 'Provisioning' })),
  };
}

export function activeStatus({ name, domains, expireTime }: Issued): Status {
  return {
    certificateName: name,
    certificateStatus: 'Active',
    domainStatus: domains.map((domain) => ({ domain, status: 'Active' })),
    expireTime,
  };
}

/** The status of one that could not be renewed; it still serves until it ends. */
export function renewalFailedStatus(issued: Issued, found: ReadonlyMap<string, DomainStatus>): Status {
  return {
    ...activeStatus(issued),
    certificateStatus: 'RenewalFailed',
    domainStatus: issued.domains.map((domain) => ({ domain, status: found.get(domain) ?? 'Provisioning' })),
  };
}
