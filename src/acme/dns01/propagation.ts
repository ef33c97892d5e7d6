import { setTimeout as sleep } from 'node:timers/promises';
import { acmeFailures } from '../failures.ts';
import type { Lookup } from './lookup.ts';

/** A record that is to be seen: all of these values at this name. */
export interface Expected {
  readonly name: string;
  readonly values: readonly string[];
}

export interface PropagationOptions {
  readonly zone: string;
  readonly nameServers: readonly string[];
  readonly lookup: Pick<Lookup, 'addresses' | 'txtAt'>;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly progress?: ((sentence: string) => void) | undefined;
  /** Between two questions to one server; grows to five times as much. */
  readonly intervalSeconds?: number;
}

interface Watched {
  readonly host: string;
  readonly address: string;
  state: 'silent' | 'lacking' | 'serving';
  lacks: string;
}

/** A server that answered none of so many questions is given up when another one of the zone serves the records. */
const SILENT_TRIES = 4;
const PROGRESS_SECONDS = 15;

/** Waits until every name server of the zone, at each of its addresses, serves the records. Throws LK-ACME-015. */
export async function untilServed(expected: readonly Expected[], options: PropagationOptions): Promise<void> {
  const { zone, lookup, progress, signal } = options;
  const hosts = await Promise.all(
    // One whose address nobody tells is of no use to the authority either.
    options.nameServers.map(async (host) => ({ host, addresses: await lookup.addresses(host).catch(() => []) })),
  );
  const watched = hosts.flatMap(({ host, addresses }) =>
    addresses.map((address): Watched => ({ host, address, state: 'silent', lacks: '' })),
  );
  if (watched.length === 0) {
    throw acmeFailures.failure('propagation', {
      what: `None of the name servers of ${zone} has an address: ${options.nameServers.join(', ')}.`,
    });
  }
  const deadline = performance.now() + options.timeoutSeconds * 1000;
  const serving = (): number => watched.filter(({ state }) => state === 'serving').length;
  let told = performance.now();
  const tell = (): void => {
    if (performance.now() - told < PROGRESS_SECONDS * 1000) return;
    told = performance.now();
    progress?.(`${serving()} of ${watched.length} name servers of ${zone} serve the challenge.`);
  };
  await Promise.all(
    watched.map(async (server) => {
      let seconds = options.intervalSeconds ?? 1;
      const longest = seconds * 5;
      for (let tries = 1; ; tries++) {
        signal.throwIfAborted();
        const missing = await whatLacks(server.address, expected, lookup);
        server.state = missing === undefined ? 'silent' : missing === '' ? 'serving' : 'lacking';
        server.lacks = missing ?? '';
        if (server.state === 'serving') return;
        if (server.state === 'silent' && tries >= SILENT_TRIES && serving() > 0) return;
        if (performance.now() > deadline) return;
        tell();
        await sleep(seconds * 1000, undefined, { signal });
        seconds = Math.min(longest, seconds * 1.5);
      }
    }),
  );
  const lacking = watched.filter(({ state }) => state === 'lacking');
  const silent = watched.filter(({ state }) => state === 'silent');
  if (lacking.length === 0 && silent.length < watched.length) {
    if (silent.length > 0)
      progress?.(`${list(silent)} did not answer; the other name servers of ${zone} serve the challenge.`);
    return;
  }
  throw acmeFailures.failure('propagation', {
    what:
      lacking.length > 0
        ? `After ${options.timeoutSeconds} s the record ${lacking[0]?.lacks ?? ''} was not yet on ${list(lacking)}.`
        : `None of the name servers of ${zone} answered within ${options.timeoutSeconds} s: ${list(silent)}.`,
    ...(lacking.length > 0 ? {} : { why: 'This machine may not reach them on port 53, or they are down.' }),
  });
}

/** The first name that lacks a value, `''` when none does, `undefined` when the server does not answer. */
async function whatLacks(
  address: string,
  expected: readonly Expected[],
  lookup: Pick<Lookup, 'txtAt'>,
): Promise<string | undefined> {
  try {
    for (const { name, values } of expected) {
      const present = await lookup.txtAt(address, name);
      if (!values.every((value) => present.includes(value))) return name;
    }
    return '';
  } catch {
    return undefined;
  }
}

function list(servers: readonly Watched[]): string {
  return servers.map(({ host, address }) => `${host} (${address})`).join(', ');
}
