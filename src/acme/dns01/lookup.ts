import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { reason } from '../../failure/failure.ts';
import { acmeFailures } from '../failures.ts';

/** One property of a CAA record set (RFC 8659, section 4.1). */
export interface CaaProperty {
  readonly isCritical: boolean;
  /** In lower case: `issue`. */
  readonly tag: string;
  readonly value: string;
}

/**
 * Questions to the DNS. Names are without the dot at the end. That there is no such name or record is an empty answer; all else
 * that is no answer throws LK-ACME-017.
 */
export interface Lookup {
  cname(name: string): Promise<string | undefined>;
  nameServers(zone: string): Promise<readonly string[]>;
  /** IPv4, and IPv6 where this machine has it. */
  addresses(host: string): Promise<readonly string[]>;
  caa(name: string): Promise<readonly CaaProperty[]>;
  /** What the server at this address itself says, never from a cache. */
  txtAt(address: string, name: string): Promise<readonly string[]>;
}

const TIMEOUT_SECONDS = 5;
const TRIES = 3;
const NOTHING = new Set(['ENOTFOUND', 'ENODATA']);

/** `servers`: addresses of resolvers, `IP` or `IP:PORT`; without any, the system's own are asked. */
export function openLookup({
  servers = [],
  timeoutSeconds = TIMEOUT_SECONDS,
}: { servers?: readonly string[]; timeoutSeconds?: number } = {}): Lookup {
  // A resolver keeps answers; what is asked here changes while it is waited for.
  const open = (addresses: readonly string[], tries: number): Resolver => {
    const resolver = new Resolver({ timeout: timeoutSeconds * 1000, tries });
    if (addresses.length > 0) resolver.setServers(addresses);
    return resolver;
  };
  const ask = async <T>(what: string, question: (resolver: Resolver) => Promise<T[]>): Promise<T[]> => {
    try {
      return await question(open(servers, TRIES));
    } catch (error) {
      if (NOTHING.has(codeOf(error))) return [];
      throw acmeFailures.failure('dns', {
        what: `The DNS did not answer for ${what}: ${reason(error)}.`,
        cause: error,
      });
    }
  };
  return {
    async cname(name) {
      const [target] = await ask(`the CNAME record of ${name}`, (resolver) => resolver.resolveCname(name));
      return target === undefined ? undefined : normal(target);
    },
    async nameServers(zone) {
      return (await ask(`the name servers of ${zone}`, (resolver) => resolver.resolveNs(zone))).map(normal);
    },
    async addresses(host) {
      const [four, six] = await Promise.all([
        ask(`the address of ${host}`, (resolver) => resolver.resolve4(host)),
        hasIpv6() ? ask(`the IPv6 address of ${host}`, (resolver) => resolver.resolve6(host)) : [],
      ]);
      return [...four, ...six];
    },
    async caa(name) {
      const records = await ask(`the CAA records of ${name}`, (resolver) => resolver.resolveCaa(name));
      return records.flatMap((record) => {
        const { critical, ...properties } = record as unknown as Record<string, unknown> & { critical: number };
        return Object.entries(properties)
          .filter(([tag]) => tag !== 'type')
          .map(([tag, value]) => ({ isCritical: critical >= 128, tag: tag.toLowerCase(), value: String(value) }));
      });
    },
    async txtAt(address, name) {
      try {
        const records = await open([address], 1).resolveTxt(name);
        return records.map((parts) => parts.join(''));
      } catch (error) {
        if (NOTHING.has(codeOf(error))) return [];
        throw error;
      }
    },
  };
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flat()
    .some((one) => one?.family === 'IPv6' && !one.internal && !one.address.startsWith('fe80:'));
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

function normal(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
