import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WORLD_DNS } from '../kubernetes/plan.ts';
import { startDaemon, untilReady } from '../process.ts';
import type { RecordSet, WorldRecord, Zone } from './record.ts';
import type { Attributes, Context } from './world.ts';

const ZoneAttributes = z.object({
  name: z.string(),
  dns_name: z.string().regex(/^([a-z0-9_-]+\.)+$/),
  visibility: z.string().nullish(),
  name_servers: z.array(z.string()).nullish(),
});
const RecordAttributes = z.object({
  name: z.string().regex(/^(\*\.)?([a-z0-9_-]+\.)+$/i),
  type: z.string().regex(/^[A-Z]+$/),
  ttl: z.number().nullish(),
  managed_zone: z.string(),
  rrdatas: z
    // A line break would begin another record.
    .array(z.string().regex(/^[^\r\n]*$/))
    .nullish(),
});

/** Who answers for Google's zones when nobody else is named. */
export const NAME_SERVERS = ['a', 'b', 'c', 'd'].map((letter) => `ns-cloud-${letter}1.googledomains.com.`);

export function putZone({ config, record }: Context, key: string, attributes: Attributes): Attributes {
  record.zones[key] = zoneOf(attributes);
  publish(config.directory, record);
  return {};
}

/** A zone as Terraform has it. */
export function zoneOf(attributes: Attributes): Zone {
  const zone = ZoneAttributes.parse(attributes);
  return {
    name: zone.name,
    dnsName: zone.dns_name,
    nameServers: zone.name_servers?.length ? zone.name_servers : NAME_SERVERS,
    isPublic: (zone.visibility ?? 'public') === 'public',
  };
}

export function removeZone({ config, record }: Context, key: string): void {
  const name = record.zones[key]?.name;
  delete record.zones[key];
  // A zone that is deleted by force takes its records with it.
  for (const [own, { zone }] of Object.entries(record.recordSets)) if (zone === name) delete record.recordSets[own];
  publish(config.directory, record);
}

export function putRecordSet({ config, record }: Context, key: string, attributes: Attributes): Attributes {
  const set = recordSetOf(attributes);
  checkAlone(set, key, record);
  record.recordSets[key] = set;
  publish(config.directory, record);
  return {};
}

/** A record set as Terraform has it. */
export function recordSetOf(attributes: Attributes): RecordSet {
  const given = RecordAttributes.parse(attributes);
  return {
    zone: given.managed_zone.split('/').at(-1) ?? '',
    name: given.name,
    type: given.type,
    ttlSeconds: given.ttl ?? 300,
    values: given.rrdatas ?? [],
  };
}

export function removeRecordSet({ config, record }: Context, key: string): void {
  delete record.recordSets[key];
  publish(config.directory, record);
}

function checkAlone(set: RecordSet, key: string, record: WorldRecord): void {
  const others = Object.entries(record.recordSets)
    .filter(([other, { zone, name }]) => other !== key && zone === set.zone && name === set.name)
    .map(([, other]) => other);
  if (!others.some(({ type }) => (type === 'CNAME') !== (set.type === 'CNAME'))) return;
  throw new Error(
    `The resource record set '${set.name} (${set.type})' is invalid because the DNS name '${set.name}' may have either one CNAME resource record set or resource record sets of other types, but not both.`,
  );
}

/** Writes every public zone; the server looks for new serial numbers once a second. */
export function publish(directory: string, record: WorldRecord): void {
  record.zoneSerial += 1;
  const folder = zoneFolder(directory);
  mkdirSync(folder, { recursive: true });
  const files = zoneFiles(record);
  for (const [name, content] of files) {
    const draft = join(directory, 'world', 'zone.new');
    writeFileSync(draft, content);
    renameSync(draft, join(folder, name));
  }
  for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
}

/** Content of each zone, by its name without the dot at the end. `addresses` of Google's name servers, in their order. */
export function zoneFiles(
  { zones, recordSets, zoneSerial }: Pick<WorldRecord, 'zones' | 'recordSets' | 'zoneSerial'>,
  addresses: readonly string[] = NAME_SERVERS.map(() => WORLD_DNS),
): Map<string, string> {
  const files = new Map([['googledomains.com', nameServerZone(zoneSerial, addresses)]]);
  const published = Object.values(zones).filter(({ isPublic }) => isPublic);
  for (const zone of published) {
    const name = zone.dnsName.replace(/\.$/, '');
    // A second zone of the same name has other name servers, to which nobody delegates.
    if (files.has(name)) continue;
    // What a zone says of a name in a zone below it, nobody is told. The server would follow no CNAME there otherwise.
    const below = published.filter(({ dnsName }) => dnsName.endsWith(`.${zone.dnsName}`));
    const isBelow = (set: RecordSet): boolean => below.some(({ dnsName }) => `.${set.name}`.endsWith(`.${dnsName}`));
    const own = Object.values(recordSets).filter((set) => set.zone === zone.name && !isBelow(set));
    files.set(name, zoneFile(zone, own, zoneSerial));
  }
  return files;
}

/** A zone in the format of RFC 1035. */
function zoneFile(zone: Zone, recordSets: readonly RecordSet[], serial: number): string {
  const own = recordSets.filter(({ type }) => type !== 'SOA');
  const lines = own.flatMap(({ name, type, ttlSeconds, values }) =>
    values.map((value) => `${name} ${ttlSeconds} IN ${type} ${value}`),
  );
  const hasServers = own.some(({ name, type }) => name === zone.dnsName && type === 'NS');
  const servers = hasServers ? [] : zone.nameServers.map((server) => `${zone.dnsName} 21600 IN NS ${server}`);
  const [primary = NAME_SERVERS[0] ?? ''] = zone.nameServers;
  const authority = `${zone.dnsName} 21600 IN SOA ${primary} cloud-dns-hostmaster.google.com. ${serial} 21600 3600 259200 300`;
  return `${[authority, ...servers, ...lines].join('\n')}\n`;
}

/** The addresses of Google's name servers: in the world all are one server. */
function nameServerZone(serial: number, own: readonly string[]): string {
  const zone = { name: '', dnsName: 'googledomains.com.', nameServers: NAME_SERVERS, isPublic: true };
  const addresses = NAME_SERVERS.map((name, index) => `${name} 21600 IN A ${own[index] ?? WORLD_DNS}\n`);
  return zoneFile(zone, [], serial) + addresses.join('');
}

/** Starts the DNS server of the outside, which answers for the public zones and for nothing else. */
export async function startWorldDns(directory: string, command: string, record: WorldRecord): Promise<void> {
  publish(directory, record);
  const corefile = join(directory, 'world', 'Corefile');
  writeFileSync(
    corefile,
    `.:53 {
  bind ${WORLD_DNS}
  errors
  auto {
    directory ${zoneFolder(directory)} (.*) {1}
    reload 1s
  }
}
`,
  );
  const daemon = await startDaemon(directory, {
    name: 'world-dns',
    command,
    args: ['-conf', corefile],
    address: `${WORLD_DNS}:53`,
  });
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([WORLD_DNS]);
  await untilReady(daemon, async () => (await resolver.resolve4('ns-cloud-a1.googledomains.com')).length > 0, 30);
}

function zoneFolder(directory: string): string {
  return join(directory, 'world', 'zones');
}
