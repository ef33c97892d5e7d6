import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordSetOf, zoneFiles, zoneOf } from '../world/dns.ts';
import type { Attributes } from '../world/world.ts';

/** Seconds by which a name server is behind; `Infinity` never hears of anything new. */
export type Lag = readonly number[];

interface Version {
  readonly since: number;
  readonly files: ReadonlyMap<string, string>;
}

const INTERVAL_MS = 100;
/**
 * The last server is everybody's resolver. A real one asks the name servers, so it never knows less than they do: it is told
 * first, and they after it has looked.
 */
const AFTER_RESOLVER_SECONDS = 0.6;

/**
 * Tells name servers what Cloud DNS holds: zones and record sets as the Google stand-in keeps them become a folder of zone
 * files for each server, one server later than another where it is told to.
 */
export class Feeder {
  private readonly resources: string;
  private readonly folders: readonly string[];
  private readonly addresses: readonly string[];
  private readonly versions: Version[] = [];
  private readonly told: (Version | undefined)[];
  private lag: Lag = [];
  private last = '';
  private serial = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `resources`: folder of the stand-in's resources; `folders`: of each server; `addresses`: of Google's name servers. */
  constructor(resources: string, folders: readonly string[], addresses: readonly string[]) {
    this.resources = resources;
    this.folders = folders;
    this.addresses = addresses;
    this.told = folders.map(() => undefined);
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    this.look();
  }

  start(): void {
    this.timer = setInterval(() => this.look(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** By the servers' order; those that are not named are at once. */
  setLag(lag: Lag): void {
    this.lag = lag;
  }

  private look(): void {
    const zones = this.read('google_dns_managed_zone');
    const recordSets = this.read('google_dns_record_set');
    const content = JSON.stringify([zones, recordSets]);
    if (content !== this.last) {
      this.last = content;
      this.serial += 1;
      const files = zoneFiles(
        {
          zones: Object.fromEntries(zones.map(([key, attributes]) => [key, zoneOf(attributes)])),
          recordSets: Object.fromEntries(recordSets.map(([key, attributes]) => [key, recordSetOf(attributes)])),
          zoneSerial: this.serial,
        },
        this.addresses,
      );
      this.versions.push({ since: performance.now(), files });
    }
    this.folders.forEach((folder, index) => {
      const after = index === this.folders.length - 1 ? 0 : AFTER_RESOLVER_SECONDS;
      const latest = performance.now() - ((this.lag[index] ?? 0) + after) * 1000;
      const version = this.versions.findLast(({ since }) => since <= latest) ?? this.told[index] ?? this.versions[0];
      if (version === undefined || version === this.told[index]) return;
      this.told[index] = version;
      write(folder, version.files);
    });
  }

  private read(type: string): [string, Attributes][] {
    let names: string[];
    try {
      names = readdirSync(join(this.resources, type)).filter((name) => name.endsWith('.json'));
    } catch {
      return [];
    }
    return names.sort().flatMap((name): [string, Attributes][] => {
      try {
        const { key, attributes } = JSON.parse(readFileSync(join(this.resources, type, name), 'utf8')) as {
          key: string;
          attributes: Attributes;
        };
        return [[key, attributes]];
      } catch {
        // Removed meanwhile: the next look sees it.
        return [];
      }
    });
  }
}

function write(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, content] of files) {
    const draft = `${folder}.new`;
    writeFileSync(draft, content);
    renameSync(draft, join(folder, name));
  }
  for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
}
