import type { Check, Result } from '../../../check.ts';
import { type Handshake, handshake } from '../../../tls/handshake.ts';
import { daysLeft } from '../../../tls/judge.ts';
import { eachIngress, type EntranceIngress } from './entrance.ts';
import { alone } from './lane.ts';
import { ask } from './probe.ts';

export const certificate: Check = {
  id: 'ingress-tls-certificate',
  title: 'Entrance: certificate, TLS versions, redirect',
  proves:
    'The entrance serves a certificate for the domain that clients trust, valid for long enough; TLS 1.0 and 1.1 are refused, and plain HTTP is redirected to HTTPS.',
  tags: ['ingress-tls', 'tls', 'certificates'],
  needs: ['ingress-tls-ingress'],
  timeoutSeconds: 45,
  converges: true,
  run: (world, signal) =>
    eachIngress(world, async (ingress, address) => {
      const target = {
        host: address,
        port: 443,
        serverName: ingress.host,
        authorities: world.turnTarget.authorities,
      };
      const met = await handshake(target, signal);
      const old = met.kind === 'done' ? await handshake({ ...target, maxVersion: 'TLSv1.1' }, signal) : undefined;
      const plain = await alone(world, () =>
        ask({ address, host: ingress.host, path: '/health' }, signal, { plain: true }).then(
          ({ status, headers }) => ({ status, location: headers.location }),
          () => undefined,
        ),
      );
      return judgeEntrance(ingress, met, old, plain, world.thresholds.certificateDays);
    }),
};

/** Traefik makes a certificate of its own up when it has none. */
const MADE_UP = 'TRAEFIK DEFAULT CERT';

/** The verdict on TLS and on the redirect; `old` is what became of a handshake below TLS 1.2. */
export function judgeEntrance(
  { host, namespace, name, secretName }: EntranceIngress,
  met: Handshake,
  old: Handshake | undefined,
  plain: { readonly status: number; readonly location: string | undefined } | undefined,
  days: number,
): Result {
  const secret = `the Secret ${namespace}/${secretName ?? '(none)'}`;
  if (met.kind !== 'done') {
    return {
      verdict: 'fail',
      evidence: `TLS for ${host} does not come about: ${met.words}.`,
      cause: 'Nothing serves port 443 at the address, or a firewall drops the packets.',
      fix: 'See what the check ingress-tls-address says, and `service.sourceRanges` of the add-on.',
    };
  }
  const ends = met.validTo.toISOString().slice(0, 10);
  const isMadeUp = met.issuer === MADE_UP;
  const seen = `${host} speaks ${met.version} with a certificate for ${met.names.join(', ') || 'no name'} by ${met.issuer}, until ${ends}`;
  if (isMadeUp) {
    return {
      verdict: 'fail',
      evidence: `${host} is served with a certificate that Traefik made up for want of one.`,
      cause: `The Ingress ${name} wants ${secret}, which does not exist or holds no certificate.`,
      fix: 'Run the turn-cert workflow for it, or look at its Certificate (`kubectl describe certificate`), or run self-signed.sh for development.',
    };
  }
  if (met.untrusted !== undefined) return { verdict: 'fail', evidence: `${seen}.`, ...distrust[met.untrusted](secret) };
  if (old?.kind === 'done') {
    return {
      verdict: 'fail',
      evidence: `${seen}; it also accepts ${old.version}.`,
      cause:
        'TLS below 1.2 is broken; `tls.minVersion` does not hold, since something else than this chart set TLS options.',
      fix: 'Deploy the add-on anew, and look for other TLSOptions named default.',
    };
  }
  const redirected = plain !== undefined && plain.status >= 300 && plain.status < 400;
  if (plain !== undefined && !(redirected && plain.location?.startsWith(`https://${host}`) === true)) {
    return {
      verdict: 'fail',
      evidence: `${seen}; http://${host}/ answers ${plain.status}${plain.location === undefined ? '' : ` to ${plain.location}`} instead of a redirect to HTTPS.`,
      cause:
        'The annotation ssl-redirect is off, or the Ingress has no `tls`: a client with a wrong address would send its token in the open.',
      fix: 'Run the helm-deploy workflow, which sets both.',
    };
  }
  const left = daysLeft(met.validTo);
  const whole = `${seen} (${left} days); older versions than 1.2 are refused, ${plain === undefined ? 'nothing serves plain HTTP' : `plain HTTP is redirected (${plain.status})`}.`;
  if (left >= days) return { verdict: 'pass', evidence: whole };
  return {
    verdict: 'warn',
    evidence: whole,
    cause: `Fewer than ${days} days are left.`,
    fix: 'See why the turn-cert workflow or cert-manager has not renewed it.',
  };
}

const distrust = {
  expired: (secret: string) => ({
    cause: `The certificate in ${secret} has ended and was not renewed.`,
    fix: 'Run the turn-cert workflow, or look at its Certificate (`kubectl describe certificate`).',
  }),
  'not-yet': () => ({
    cause: 'Its beginning lies in the future, or this machine’s clock is wrong.',
    fix: 'Compare the clocks.',
  }),
  name: (secret: string) => ({
    cause: `The certificate in ${secret} is for another domain.`,
    fix: 'Have one issued for the host of the Ingress.',
  }),
  chain: (secret: string) => ({
    cause: `The certificate in ${secret} comes from an authority that clients do not know: self-signed, or a test authority, or its chain is not whole.`,
    fix: 'For development accept this check by the input `accept`; otherwise use turn-cert or the issuer letsencrypt-prod.',
  }),
};
