import type { Check, Result } from '../check.ts';
import { type DnsLookup, dnsLookup, issuersFor, type Said, zoneServers } from '../dns/lookup.ts';
import { addressOf, readLoadBalancer, textOutput } from '../load-balancer/objects.ts';
import type { World } from '../world.ts';

/** By whom Google has the signal domain's certificate made. */
const GOOGLE_ISSUER = 'pki.goog';
/** Who speaks ACME, by the names that CAA records have for them. */
const ACME_ISSUERS = ['letsencrypt.org', GOOGLE_ISSUER, 'sectigo.com', 'ssl.com', 'digicert.com'];

export const dns: Check = {
  id: 'dns',
  title: 'DNS of both domains',
  proves:
    'Both domains lead to their load balancers’ addresses, by the zone’s own servers, by this machine’s resolver and by a public one, without a stray AAAA record; CAA lets Google issue for the signal domain, and an ACME authority for the TURN domain.',
  tags: ['domains'],
  needs: ['cluster'],
  timeoutSeconds: 60,
  converges: true,
  async run(world): Promise<Result> {
    const lookup = dnsLookup();
    const { domain, turn_domain: turnDomain } = world.outputs;
    const [found, caa, turnCaa] = await Promise.all([
      wantedRecords(world).then((records) => Promise.all(records.map((record) => look(record, lookup, world)))),
      issuersFor(domain, lookup),
      issuersFor(turnDomain, lookup),
    ]);
    return judgeDns(found, caa, turnCaa);
  },
};

export interface Wanted {
  readonly name: string;
  readonly kind: 'signal' | 'TURN';
  /** `undefined` when no load balancer has one yet. */
  readonly address: string | undefined;
}

export interface Seen extends Wanted {
  /** What this machine's resolver says. */
  readonly resolver: Said;
  /** What a public one says; a network may not let it be asked. */
  readonly everybody: Said;
  /** What each of the zone's own servers says, by its name. */
  readonly own: readonly { readonly server: string; readonly said: Said }[];
  readonly zone: string | undefined;
}

async function wantedRecords(world: World): Promise<Wanted[]> {
  const { domain, turn_domain: turn } = world.outputs;
  const { ingress, turnService } = await readLoadBalancer(world);
  const signal = textOutput(world, 'signal_address') ?? (ingress && addressOf(ingress));
  const turnAddress = textOutput(world, 'turn_address') ?? (turnService && addressOf(turnService));
  return [
    { name: domain, kind: 'signal', address: signal },
    { name: turn, kind: 'TURN', address: turnAddress },
  ];
}

async function look(record: Wanted, lookup: DnsLookup, { publicResolver }: World): Promise<Seen> {
  const [resolver, everybody, zone] = await Promise.all([
    lookup.addresses(record.name),
    dnsLookup([publicResolver]).addresses(record.name),
    zoneServers(record.name, lookup),
  ]);
  const own = await Promise.all(
    (zone?.addresses ?? []).map(async (server) => ({ server, said: await dnsLookup([server]).addresses(record.name) })),
  );
  return { ...record, resolver, everybody, own, zone: zone?.zone };
}

type Caa = { readonly at: string; readonly issuers: readonly string[] } | undefined;

/** The verdict on what DNS says of the domains, and on the CAA that holds for each. */
export function judgeDns(seen: readonly Seen[], caa: Caa, turnCaa?: Caa): Result {
  for (const { name, kind, address, resolver, everybody, own, zone } of seen) {
    if (address === undefined) continue;
    const what = kind === 'signal' ? 'the signal load balancer' : 'the TURN load balancer';
    const fix = `Make it one A record \`${name} A ${address}\` (Terraform does when \`dns_zone\` is set), and wait for the TTL.`;
    const wrong = own.find(({ said }) => said.a !== undefined && !isOnly(said.a, address));
    if (wrong !== undefined) {
      return {
        verdict: 'fail',
        evidence: `${wrong.server}, a name server of ${zone}, has ${words(wrong.said.a)} for ${name} instead of ${address}.`,
        cause: `The zone’s record does not lead to ${what}.`,
        fix,
      };
    }
    if (resolver.a === undefined || !isOnly(resolver.a, address)) {
      const isCached = own.some(({ said }) => isOnly(said.a ?? [], address));
      return {
        verdict: 'fail',
        evidence: `${name} is ${words(resolver.a)} here instead of ${address}.`,
        cause: isCached
          ? 'The zone’s servers have the right record; resolvers still keep the earlier answer, or the zone is not delegated to these servers.'
          : `The record does not lead to ${what}, or the zone is not delegated.`,
        fix: isCached ? 'Wait for the earlier record’s TTL; compare the NS records of the zone above.' : fix,
      };
    }
    if (everybody.a !== undefined && !isOnly(everybody.a, address)) {
      return {
        verdict: 'fail',
        evidence: `${name} is ${words(everybody.a)} for a public resolver instead of ${address}; here it is right.`,
        cause:
          'The rest of the world sees another record than this network: a private zone here, or an earlier answer there.',
        fix: 'Compare the NS records of the zone above with the zone’s own servers, and wait for the TTL.',
      };
    }
    const stray = [resolver, everybody, ...own.map(({ said }) => said)].find(({ aaaa }) => (aaaa ?? []).length > 0);
    if (stray !== undefined) {
      return {
        verdict: 'fail',
        final: true,
        evidence: `${name} also has the AAAA record ${words(stray.aaaa)}.`,
        cause: 'The load balancers have IPv4 only: clients with IPv6 go elsewhere, and Google issues no certificate.',
        fix: `Remove the AAAA record of ${name}.`,
      };
    }
  }
  if (caa !== undefined && !allows(caa, [GOOGLE_ISSUER])) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The CAA records of ${caa.at} let only ${caa.issuers.join(', ')} issue.`,
      cause: `Google’s authority, ${GOOGLE_ISSUER}, is not among them: the ManagedCertificate cannot be issued or renewed.`,
      fix: `Add \`0 issue "${GOOGLE_ISSUER}"\` to the CAA records of ${caa.at}.`,
    };
  }
  if (turnCaa !== undefined && !allows(turnCaa, ACME_ISSUERS)) {
    return {
      verdict: 'warn',
      final: true,
      evidence: `The CAA records of ${turnCaa.at} let only ${turnCaa.issuers.join(', ')} issue for the TURN domain.`,
      cause: `None of the authorities that speak ACME and that this suite knows (${ACME_ISSUERS.join(', ')}) is among them: the workflow turn-cert could not renew.`,
      fix: 'Add the authority that turn-cert uses (`caa_issuers.turn_domain`), and apply.',
    };
  }
  const known = seen.filter(({ address }) => address !== undefined);
  if (known.length === 0) {
    return {
      verdict: 'skip',
      evidence: 'No load balancer has an address to compare with.',
      cause: 'The environment has no Ingress and no TURN Service.',
      fix: 'Deploy with a load balancer first.',
    };
  }
  const servers = Math.max(...known.map(({ own }) => own.length));
  return {
    verdict: 'pass',
    evidence: `${known.map(({ name, address }) => `${name} is ${address}`).join(', ')}, here${known.every(({ everybody }) => everybody.a !== undefined) ? ', for a public resolver' : ''} and by ${servers} name servers of the zone; CAA ${caa === undefined ? 'is not set' : `allows ${caa.issuers.join(', ')}`}.`,
  };
}

/** Whether one of these authorities is among those that may issue; parameters stand behind its name. */
function allows({ issuers }: NonNullable<Caa>, wanted: readonly string[]): boolean {
  return issuers.some((issuer) => wanted.includes(issuer.split(';')[0]?.trim() ?? ''));
}

function isOnly(addresses: readonly string[], address: string): boolean {
  return addresses.length === 1 && addresses[0] === address;
}

function words(addresses: readonly string[] | undefined): string {
  if (addresses === undefined) return 'no answer';
  return addresses.length === 0 ? 'no address' : addresses.join(', ');
}
