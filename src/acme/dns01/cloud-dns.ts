import { Failure, reason } from '../../failure/failure.ts';
import { changeTxt, type ManagedZone, readZone, untilDone, type ZoneReference } from '../../google/dns.ts';
import { googleFailures } from '../../google/failures.ts';
import type { GoogleClient } from '../../google/request.ts';
import { acmeFailures } from '../failures.ts';
import { challengeName, followAliases } from './alias.ts';
import type { Lookup } from './lookup.ts';
import { untilServed } from './propagation.ts';
import type { Challenge, ChallengeJournal, ChallengeRecord, DnsSolver } from './solver.ts';

export interface CloudDnsOptions {
  readonly google: GoogleClient;
  /** Zones that may be written; of several that hold a name the longest is taken. */
  readonly zones: readonly ZoneReference[];
  readonly lookup: Lookup;
  readonly journal: ChallengeJournal;
  /** For Cloud DNS to carry out the change, and again for the name servers to serve it. */
  readonly propagationSeconds?: number;
  readonly intervalSeconds?: number;
  readonly progress?: ((sentence: string) => void) | undefined;
}

const PROPAGATION_SECONDS = 300;
/** A cancelled job is killed after some seconds more. */
const CLEAN_UP_SECONDS = 60;

interface Place {
  readonly zone: ManagedZone;
  readonly name: string;
}

/** Answers challenges in Cloud DNS. */
export function cloudDnsSolver(options: CloudDnsOptions): DnsSolver {
  const { google, lookup, journal, progress = () => undefined } = options;
  const seconds = options.propagationSeconds ?? PROPAGATION_SECONDS;
  const places = new Map<string, Place>();
  let written: ChallengeRecord[] = [];
  let kept: readonly ChallengeRecord[] = [];
  /** Their change failed, and may be carried out all the same after it was looked for: the next run looks again. */
  let uncertain: ChallengeRecord[] = [];

  return {
    async prepare(names, signal) {
      if (options.zones.length === 0) {
        throw acmeFailures.failure('zone', {
          what: `There is no DNS zone in which the challenge for ${names.join(', ')} could be answered.`,
        });
      }
      const zones = await Promise.all(options.zones.map((reference) => readZone(google, reference, signal)));
      await Promise.all(
        names.map(async (name) => {
          const start = challengeName(name);
          const end = await followAliases(start, lookup, signal);
          places.set(name, { name: end, zone: zoneOf(start, end, zones) });
        }),
      );
      const used = new Set([...places.values()].map(({ zone }) => zone));
      await Promise.all([...used].map((zone) => checkDelegation(zone, lookup)));
    },

    async removeLeftovers() {
      const left = await journal.read();
      if (left.length === 0) return 0;
      const failed = await removeAll(google, left, AbortSignal.timeout(CLEAN_UP_SECONDS * 1000));
      // What could not be removed stays noted, and does not stand in the way of an order.
      kept = failed.map(({ record }) => record);
      for (const { record, error } of failed)
        progress(`The left-over record ${record.name} was not removed: ${reason(error)}`);
      await journal.write(kept);
      return left.length - failed.length;
    },

    async present(challenges, signal) {
      const records = challenges.map((challenge) => recordOf(challenge, places));
      written = [...written, ...records];
      await journal.write([...kept, ...written]);
      const zones = [...new Set([...places.values()].map(({ zone }) => zone))];
      await Promise.all(
        zones.map(async (zone) => {
          const own = records.filter((record) => record.zone === zone.zone && record.project === zone.project);
          if (own.length === 0) return;
          const expected = byName(own);
          signal.throwIfAborted();
          const edits = expected.map(({ name, values }) => ({ name, add: values }));
          const change = await changeTxt(google, zone, edits, signal).catch((error: unknown) => {
            if (!signal.aborted) uncertain = [...uncertain, ...own];
            throw error;
          });
          progress(`${count(own.length, 'challenge')} written to the zone ${zone.zone}.`);
          if (change !== undefined) await untilDone(google, zone, change, { timeoutSeconds: seconds, signal });
          await untilServed(expected, {
            zone: zone.dnsName,
            nameServers: zone.nameServers,
            lookup,
            timeoutSeconds: seconds,
            signal,
            progress,
            ...(options.intervalSeconds === undefined ? {} : { intervalSeconds: options.intervalSeconds }),
          });
          progress(`All name servers of ${zone.dnsName} serve ${own.length === 1 ? 'it' : 'them'}.`);
        }),
      );
    },

    async cleanUp() {
      if (written.length === 0) return;
      const failed = await removeAll(google, written, AbortSignal.timeout(CLEAN_UP_SECONDS * 1000));
      written = failed.map(({ record }) => record);
      await journal.write([...kept, ...written, ...uncertain.filter((record) => !written.includes(record))]);
      const [first] = failed;
      if (first === undefined) return;
      throw acmeFailures.failure('cleanUp', {
        what: `The record ${first.record.name} in the zone ${first.record.zone} could not be removed: ${reason(first.error).replace(/\.$/, '')}.`,
        cause: first.error,
      });
    },
  };
}

function zoneOf(start: string, end: string, zones: readonly ManagedZone[]): ManagedZone {
  const holding = zones
    .filter(({ dnsName }) => end === dnsName || end.endsWith(`.${dnsName}`))
    .sort((one, other) => other.dnsName.length - one.dnsName.length);
  const [zone] = holding.filter(({ isPublic }) => isPublic);
  if (zone !== undefined) return zone;
  const alias = start === end ? '' : ` (to which ${start} points)`;
  const known = zones
    .map(({ zone: name, dnsName, isPublic }) => `${name} (${isPublic ? '' : 'private, '}${dnsName})`)
    .join(', ');
  throw acmeFailures.failure('zone', {
    what: `${end}${alias} lies in none of the public zones that are known here: ${known}.`,
    fix: `Let ${start} be a CNAME to a name in one of them, or name the zone that holds it by the input \`dns-zones\`.`,
  });
}

/** Authorities find a zone by the NS records above it; a zone that nobody is led to answers no challenge. */
async function checkDelegation({ dnsName, zone, nameServers }: ManagedZone, lookup: Lookup): Promise<void> {
  let led: readonly string[];
  try {
    led = await lookup.nameServers(dnsName);
  } catch (error) {
    // The names above were just found, so the resolver works; a zone whose servers do not know it ends like this.
    throw acmeFailures.failure('delegation', {
      what: `The DNS finds no name server that answers for ${dnsName} (${reason(error).replace(/\.$/, '')}), so nobody is led to the zone ${zone}.`,
      cause: error,
    });
  }
  if (led.some((server) => nameServers.includes(server))) return;
  throw acmeFailures.failure('delegation', {
    what:
      led.length === 0
        ? `The DNS names no name servers for ${dnsName}, so nobody is led to the zone ${zone}.`
        : `The DNS leads to ${led.join(', ')} for ${dnsName}, not to the zone ${zone} (${nameServers.join(', ')}).`,
  });
}

function recordOf({ domain, value }: Challenge, places: ReadonlyMap<string, Place>): ChallengeRecord {
  const place = places.get(domain);
  if (place === undefined) throw new TypeError(`the challenge for ${domain} was not prepared`);
  return { project: place.zone.project, zone: place.zone.zone, name: place.name, value };
}

/** Several names share one record set: a wildcard and the name below it, or aliases to one name. */
function byName(records: readonly ChallengeRecord[]): { name: string; values: string[] }[] {
  return [...Map.groupBy(records, ({ name }) => name)].map(([name, own]) => ({
    name,
    values: [...new Set(own.map(({ value }) => value))],
  }));
}

/** Removes exactly these values, zone by zone; gives those that could not be removed. */
async function removeAll(
  google: GoogleClient,
  records: readonly ChallengeRecord[],
  signal: AbortSignal,
): Promise<{ record: ChallengeRecord; error: unknown }[]> {
  const zones = Map.groupBy(records, ({ project, zone }) => `${project}/${zone}`);
  const failed = await Promise.all(
    [...zones.values()].map(async (own) => {
      const [first] = own;
      if (first === undefined) return [];
      try {
        const edits = byName(own).map(({ name, values }) => ({ name, remove: values }));
        // Nobody waits for their end: that nothing is written any more is what counts.
        await changeTxt(google, first, edits, signal);
        return [];
      } catch (error) {
        // A zone that is gone took its records with it.
        if (error instanceof Failure && error.code === googleFailures.code('notFound')) return [];
        return own.map((record) => ({ record, error }));
      }
    }),
  );
  return failed.flat();
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
