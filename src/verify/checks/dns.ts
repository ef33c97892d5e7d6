import type { Check, Result } from '../check.ts';
import { type DnsLookup, dnsLookup, issuersFor, type Said, zoneServers } from '../dns/lookup.ts';
import { addressOf, readLoadBalancer, textOutput } from '../load-balancer/objects.ts';
import type { World } from '../world.ts';

/** By whom Google has the signal domain's certificate made. */
const GOOGLE_ISSUER = 'pki.goog';

export const dns: Check = {
  id: 'dns',
  title: 'DNS of both domains',
  proves:
    'Both domains lead to their load balancers’ addresses, by the zone’s own servers and by this machine’s resolver, without a stray AAAA record; CAA lets Google issue for the signal domain.',
  tags: ['dns'],
  needs: ['cluster'],
  timeoutSeconds: 60,
  converges: true,
  async run(world): Promise<Result> {
    const lookup = dnsLookup();
    const found = await Promise.all((await wantedRecords(world)).map((record) => look(record, lookup)));
    const caa = await issuersFor(world.outputs.domain, lookup);
    return judgeDns(found, caa);
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

async function look(record: Wanted, lookup: DnsLookup): Promise<Seen> {
  const [resolver, zone] = await Promise.all([lookup.addresses(record.name), zoneServers(record.name, lookup)]);
  const own = await Promise.all(
    (zone?.addresses ?? []).map(async (server) => ({ server, said: await dnsLookup([server]).addresses(record.name) })),
  );
  return { ...record, resolver, own, zone: zone?.zone };
}

/** The verdict on what DNS says of the domains, and on the CAA that holds for the signal domain. */
export function judgeDns(seen: readonly Seen[], caa: { at: string; issuers: readonly string[] } | undefined): Result {
  for (const { name, kind, address, resolver, own, zone } of seen) {
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
    const stray = [resolver, ...own.map(({ said }) => said)].find(({ aaaa }) => (aaaa ?? []).length > 0);
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
  if (caa !== undefined && !caa.issuers.some((issuer) => issuer.split(';')[0]?.trim() === GOOGLE_ISSUER)) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The CAA records of ${caa.at} let only ${caa.issuers.join(', ')} issue.`,
      cause: `Google’s authority, ${GOOGLE_ISSUER}, is not among them: the ManagedCertificate cannot be issued or renewed.`,
      fix: `Add \`0 issue "${GOOGLE_ISSUER}"\` to the CAA records of ${caa.at}.`,
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
    evidence: `${known.map(({ name, address }) => `${name} is ${address}`).join(', ')}, here and by ${servers} name servers of the zone; CAA ${caa === undefined ? 'is not set' : `allows ${caa.issuers.join(', ')}`}.`,
  };
}

function isOnly(addresses: readonly string[], address: string): boolean {
  return addresses.length === 1 && addresses[0] === address;
}

function words(addresses: readonly string[] | undefined): string {
  if (addresses === undefined) return 'no answer';
  return addresses.length === 0 ? 'no address' : addresses.join(', ');
}
