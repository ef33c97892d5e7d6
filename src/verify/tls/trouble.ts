import type { Result } from '../check.ts';
import type { Handshake, Target } from './handshake.ts';

/** What is wrong with a TLS server, from DNS to the certificate; `undefined` when a client would go on. */
export function certificateTrouble(
  met: Handshake,
  { host, port, serverName }: Pick<Target, 'host' | 'port' | 'serverName'>,
  kind: 'TURN' | 'signal',
): (Result & { verdict: 'fail'; cause: string; fix: string }) | undefined {
  const fail = (evidence: string, cause: string, fix: string) => ({ verdict: 'fail' as const, evidence, cause, fix });
  const certificate = kind === 'TURN' ? 'the workflow turn-cert' : '`kubectl describe managedcertificate`';
  switch (met.kind) {
    case 'no-address':
      return fail(
        `The name ${host} has no address here: ${met.words}.`,
        'DNS does not have the record, or does not have it yet.',
        'Make the A record (check dns says which address), or delegate the zone, and wait until it is visible.',
      );
    case 'dropped':
      return fail(
        `${host} (${met.address}) does not answer on port ${port}: ${met.words}.`,
        'A firewall drops the packets, nothing has this address, or DNS leads to another one.',
        `Compare the address with the load balancer’s (${kind === 'TURN' ? 'the Service `-turn`' : 'the Ingress'}), and the firewall rules.`,
      );
    case 'refused':
      return fail(
        `${host} (${met.address}) refuses connections on port ${port}: ${met.words}.`,
        'The address is there, but nothing serves this port.',
        kind === 'TURN'
          ? 'See that the Service `-turn` has an address and ready pods behind it, and that `livekit.turn` is enabled.'
          : 'See that the Ingress has a certificate that is Active, and its events.',
      );
    case 'broken':
      return fail(
        `${host} (${met.address}) does not complete a TLS handshake on port ${port}: ${met.words}.`,
        'No certificate is served yet, or something other than TLS is behind this port.',
        kind === 'TURN'
          ? 'See that the Service leads to `livekit.turn.tls_port`, and that the TURN Secret holds a certificate.'
          : `Look at the ManagedCertificate (${certificate}), and wait until it is Active.`,
      );
    case 'done':
      break;
  }
  const names = met.names.join(', ') || 'no name';
  const issued = `issued by ${met.issuer}, valid until ${met.validTo.toISOString().slice(0, 10)}`;
  switch (met.untrusted) {
    case 'expired':
      return fail(
        `The certificate at ${host}:${port} (${names}; ${issued}) has expired.`,
        'It was not renewed, or the pods still serve the one that they read at their start.',
        kind === 'TURN' ? 'Run the workflow turn-cert; it renews, installs and rolls.' : `Look at ${certificate}.`,
      );
    case 'not-yet':
      return fail(
        `The certificate at ${host}:${port} (${names}; ${issued}) is not valid yet.`,
        'Its beginning lies in the future, or this machine’s clock is wrong.',
        'Compare the clocks.',
      );
    case 'name':
      return fail(
        `The certificate at ${host}:${port} is for ${names}, not for ${serverName}.`,
        'A certificate of another domain is installed, or the address leads to another server.',
        kind === 'TURN' ? `Run the workflow turn-cert for ${serverName}.` : `Look at ${certificate}.`,
      );
    case 'chain':
      return fail(
        `The certificate at ${host}:${port} (${names}; ${issued}) is not trusted: ${met.words}; ${met.chainLength} certificates were sent.`,
        'It comes from an authority that clients do not know (a test authority, self-made), or the intermediate certificate is missing.',
        kind === 'TURN'
          ? 'Install the full chain, from an authority that browsers trust (workflow turn-cert).'
          : `Look at ${certificate}.`,
      );
    case undefined:
      return undefined;
  }
}
