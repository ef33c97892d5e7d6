import { Resolver } from 'node:dns/promises';

/** What one server says of a name. `undefined` where it gave no answer at all. */
export interface Said {
  readonly a: readonly string[] | undefined;
  readonly aaaa: readonly string[] | undefined;
}

const NOTHING = new Set(['ENOTFOUND', 'ENODATA']);

/** Questions to the DNS; each asks anew, since what is asked changes while it is waited for. */
export function dnsLookup(servers: readonly string[] = []) {
  const resolver = () => {
    const one = new Resolver({ timeout: 3000, tries: 2 });
    if (servers.length > 0) one.setServers(servers);
    return one;
  };
  /** An empty list: there is no such name or record. */
  const ask = async <T>(question: Promise<T[]>): Promise<T[] | undefined> => {
    try {
      return await question;
    } catch (error) {
      return NOTHING.has((error as { code?: string }).code ?? '') ? [] : undefined;
    }
  };
  return {
    async addresses(name: string): Promise<Said> {
      const one = resolver();
      const [a, aaaa] = await Promise.all([ask(one.resolve4(name)), ask(one.resolve6(name))]);
      return { a, aaaa };
    },
    nameServers: (zone: string) => ask(resolver().resolveNs(zone)),
    /** Values of `issue` properties. */
    async issuers(name: string): Promise<string[] | undefined> {
      const records = await ask(resolver().resolveCaa(name));
      return records?.flatMap((record) => ('issue' in record && record.issue !== undefined ? [record.issue] : []));
    },
  };
}

export type DnsLookup = ReturnType<typeof dnsLookup>;

/** The name servers of the zone that a name is in, by addresses; the nearest zone above it that has some. */
export async function zoneServers(
  name: string,
  lookup: DnsLookup,
): Promise<{ zone: string; names: readonly string[]; addresses: readonly string[] } | undefined> {
  const labels = name.split('.');
  for (let index = 0; index < labels.length - 1; index++) {
    const zone = labels.slice(index).join('.');
    const names = await lookup.nameServers(zone);
    if (names === undefined || names.length === 0) continue;
    const addresses = await Promise.all(names.map(async (server) => (await lookup.addresses(server)).a ?? []));
    return { zone, names, addresses: addresses.flat() };
  }
  return undefined;
}

/** The CAA that holds for a name: its own, or that of the nearest name above it (RFC 8659, section 3). */
export async function issuersFor(
  name: string,
  lookup: DnsLookup,
): Promise<{ at: string; issuers: string[] } | undefined> {
  const labels = name.split('.');
  for (let index = 0; index < labels.length - 1; index++) {
    const at = labels.slice(index).join('.');
    const issuers = await lookup.issuers(at);
    if (issuers !== undefined && issuers.length > 0) return { at, issuers };
  }
  return undefined;
}
