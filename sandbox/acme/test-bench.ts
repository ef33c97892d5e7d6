import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBench, type Bench } from '../google/test-bench.ts';
import { Progress } from '../progress.ts';
import { NAME_SERVERS } from '../world/dns.ts';
import type { PebbleOptions } from './pebble.ts';
import { startAcme, type Acme } from './start.ts';

export const PROJECT = 'nova-livekit-dev';
/** Who orders certificates. */
export const KEEPER = 'livekit-turn-cert';

/** A real certificate authority, real name servers and the Google stand-in, which feeds them. For integration tests. */
export interface AcmeBench {
  readonly google: Bench;
  readonly acme: Acme;
  /** PEM. */
  readonly caBundle: string;
  /** Makes a zone; `isKept` lets the keeper of certificates change it. */
  zone(name: string, dnsName: string, more?: { isKept?: boolean; nameServers?: readonly string[] }): Promise<void>;
  /** Writes a record set as Terraform would. */
  record(zone: string, name: string, type: string, values: readonly string[]): Promise<void>;
  removeRecord(zone: string, name: string, type: string): Promise<void>;
  /** Values of all TXT records that are in Cloud DNS, by name. */
  txt(): Record<string, string[]>;
  close(): Promise<void>;
}

const silent = { write: () => undefined, colour: false };

export async function startAcmeBench(
  options: Partial<Omit<PebbleOptions, 'dnsServer' | 'name'>> = {},
): Promise<AcmeBench> {
  const google = await startBench();
  const { resources } = google.cloud;
  const acme = await startAcme(
    { ...google.config, bin: join(google.config.directory, 'bin') },
    options,
    new Progress(silent),
  ).catch(async (error: unknown) => {
    await google.close();
    throw error;
  });
  const id = (zone: string): string => `projects/${PROJECT}/managedZones/${zone}`;
  return {
    google,
    acme,
    caBundle: readFileSync(acme.certificateAuthority, 'utf8'),
    async zone(name, dnsName, { isKept = false, nameServers = NAME_SERVERS } = {}) {
      const attributes = { name, dns_name: dnsName, visibility: 'public', name_servers: nameServers, project: PROJECT };
      await resources.create('google_dns_managed_zone', id(name), attributes);
      if (!isKept) return;
      const member = `serviceAccount:${KEEPER}@${PROJECT}.iam.gserviceaccount.com`;
      const grant = { project: PROJECT, managed_zone: name, role: 'roles/dns.admin', member };
      await resources.create('google_dns_managed_zone_iam_member', `${id(name)}/roles/dns.admin/${member}`, grant);
    },
    async record(zone, name, type, values) {
      const attributes = { name, type, ttl: 60, managed_zone: zone, rrdatas: [...values], project: PROJECT };
      await resources.create('google_dns_record_set', `${id(zone)}/rrsets/${name}/${type}`, attributes);
    },
    async removeRecord(zone, name, type) {
      await resources.delete('google_dns_record_set', `${id(zone)}/rrsets/${name}/${type}`);
    },
    txt: () =>
      Object.fromEntries(
        resources
          .list('google_dns_record_set')
          .filter(({ attributes }) => attributes['type'] === 'TXT')
          .map(({ attributes }) => [
            String(attributes['name']),
            (attributes['rrdatas'] as string[]).map((data) => data.replaceAll('"', '')),
          ]),
      ),
    async close() {
      await acme.stop();
      await google.close();
    },
  };
}
