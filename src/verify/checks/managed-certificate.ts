import type { Check, Result } from '../check.ts';
import type { Profile } from '../profile.ts';
import { mayNotLook } from '../rights.ts';
import { type ManagedCertificate, readLoadBalancer } from '../load-balancer/objects.ts';

const BLOCKERS: Readonly<Record<string, { cause: string; fix: string }>> = {
  FailedNotVisible: {
    cause:
      'Google does not find the domain at the load balancer: its A record leads elsewhere or is not visible yet, or it has an AAAA record.',
    fix: 'Correct the records (see what the check dns says); a change takes up to an hour to be seen.',
  },
  FailedCaaForbidden: {
    cause: 'A CAA record of the domain does not let pki.goog issue for it.',
    fix: 'Add `0 issue "pki.goog"` to the CAA records of the domain.',
  },
  FailedCaaChecking: {
    cause: 'The name servers of the domain do not answer Google’s question for CAA records.',
    fix: 'See that every name server of the zone answers, also with DNSSEC.',
  },
  FailedRateLimited: {
    cause: 'The authority has issued too many certificates for the domain.',
    fix: 'Wait; it is tried again by itself.',
  },
};

export const managedCertificate: Check = {
  id: 'managed-certificate',
  title: 'ManagedCertificate',
  proves: 'Google has issued the signal domain’s certificate, or what it waits for is named.',
  tags: ['certificates', 'load-balancer'],
  needs: ['cluster'],
  // Issuing takes a quarter of an hour and more: this looks, and the next run looks again.
  timeoutSeconds: 20,
  async run(world): Promise<Result> {
    const { ingress, certificates } = await readLoadBalancer(world);
    const names = ingress?.metadata.annotations['networking.gke.io/managed-certificates']?.split(',') ?? [];
    return judgeManaged(
      names.map((name) => name.trim()).filter((name) => name !== ''),
      certificates,
      world.outputs.domain,
      ingress === undefined ? undefined : world.profile,
    );
  },
};

/** The verdict on the certificates that the Ingress names. */
export function judgeManaged(
  names: readonly string[],
  certificates: readonly ManagedCertificate[] | undefined,
  domain: string,
  profile?: Profile,
): Result {
  if (names.length === 0 && profile?.hasManagedCertificate === true) {
    return {
      verdict: 'fail',
      evidence: `The Ingress names no ManagedCertificate; ${profile.name} is meant to have one.`,
      cause: 'The annotation networking.gke.io/managed-certificates is missing from the values, or was removed.',
      fix: `Run the helm-deploy workflow with the values of ${profile.name}, or name another \`profile\`.`,
    };
  }
  if (names.length === 0) {
    return {
      verdict: 'skip',
      evidence: 'The Ingress names no ManagedCertificate.',
      cause: 'Its certificate comes from a Secret, or there is no Ingress.',
      fix: 'The check https says what is served.',
    };
  }
  if (certificates === undefined)
    return mayNotLook('ManagedCertificates of the namespace may not be read; the check https proves what is served.');
  const missing = names.find((name) => !certificates.some(({ metadata }) => metadata.name === name));
  if (missing !== undefined) {
    return {
      verdict: 'fail',
      evidence: `The Ingress names the ManagedCertificate ${missing}, which does not exist.`,
      cause: 'The companion chart, which makes it, was not deployed, or has another name for it.',
      fix: 'Run the helm-deploy workflow; `companion.managedCertificate.name` must be the name in the Ingress’s annotation.',
    };
  }
  const own = certificates.filter(({ metadata }) => names.includes(metadata.name));
  if (!own.some(({ spec }) => spec.domains.includes(domain))) {
    return {
      verdict: 'fail',
      evidence: `${names.join(', ')} is for ${own.flatMap(({ spec }) => spec.domains).join(', ')}, not for ${domain}.`,
      cause: 'The domain was changed after the certificate was made.',
      fix: 'Run the helm-deploy workflow, which sets the domain from the environment’s outputs.',
    };
  }
  for (const { metadata, status } of own) {
    const blocked = status.domainStatus.find((one) => one.status.startsWith('Failed'));
    const blocker = blocked && (BLOCKERS[blocked.status] ?? BLOCKERS['FailedNotVisible']);
    if (blocked !== undefined && blocker !== undefined) {
      return { verdict: 'fail', evidence: `${metadata.name}: ${blocked.domain} is ${blocked.status}.`, ...blocker };
    }
    if (status.certificateStatus !== 'Active') {
      return {
        verdict: 'warn',
        evidence: `${metadata.name} is ${status.certificateStatus || 'Provisioning'}.`,
        cause:
          'Google is still issuing it, which takes 15 minutes to an hour after the domain leads to the load balancer.',
        fix: 'Run verify again later; nothing needs to be done if the check dns passes.',
      };
    }
  }
  const until = own[0]?.status.expireTime;
  return {
    verdict: 'pass',
    evidence: `${names.join(', ')} is Active for ${domain}${until === undefined ? '' : `, until ${until.slice(0, 10)}`}.`,
  };
}
