import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { putRecordSet, putZone, removeRecordSet, removeZone } from './dns.ts';
import { emptyRecord } from './record.ts';
import type { Context } from './world.ts';

let directory: string;
let context: Context;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'world-dns-'));
  context = { config: { directory } as SandboxConfig, record: emptyRecord() };
  putZone(context, 'zone', { name: 'example', dns_name: 'example.com.' });
});
afterEach(() => rmSync(directory, { recursive: true }));

const zone = (name: string): string => readFileSync(join(directory, 'world', 'zones', name), 'utf8');
const set = (name: string, type: string, rrdatas: string[], more: object = {}): object =>
  putRecordSet(context, `${name}/${type}`, { name, type, ttl: 60, managed_zone: 'example', rrdatas, ...more });

describe('a zone that was applied', () => {
  it('holds its records, under an SOA and the name servers that Google gave it', () => {
    set('livekit.example.com.', 'A', ['198.51.100.1']);
    set('livekit.example.com.', 'CAA', ['0 issue "pki.goog"'], { managed_zone: 'projects/p/managedZones/example' });
    expect(zone('example.com')).toMatch(/^example\.com\. 21600 IN SOA ns-cloud-a1\.googledomains\.com\. /);
    expect(zone('example.com')).toContain('\nexample.com. 21600 IN NS ns-cloud-d1.googledomains.com.\n');
    expect(zone('example.com')).toContain('\nlivekit.example.com. 60 IN A 198.51.100.1\n');
    expect(zone('example.com')).toContain('\nlivekit.example.com. 60 IN CAA 0 issue "pki.goog"\n');
  });

  it('has another serial number after each change, so that the server sees it', () => {
    const serial = (): number => Number(/ SOA \S+ \S+ (\d+) /.exec(zone('example.com'))?.[1]);
    const first = serial();
    set('livekit.example.com.', 'A', ['198.51.100.1']);
    const second = serial();
    removeRecordSet(context, 'livekit.example.com./A');
    expect([first < second, second < serial()]).toEqual([true, true]);
    expect(zone('example.com')).not.toContain('livekit.example.com.');
  });

  it('leaves names of a zone below it to that zone', () => {
    putZone(context, 'below', { name: 'acme', dns_name: 'acme.example.com.' });
    set('acme.example.com.', 'NS', ['ns-cloud-a1.googledomains.com.']);
    set('_acme-challenge.turn.example.com.', 'CNAME', ['turn.acme.example.com.']);
    set('turn.acme.example.com.', 'TXT', ['"token"'], { managed_zone: 'acme' });
    expect(zone('example.com')).not.toMatch(/^acme\.example\.com\./m);
    expect(zone('example.com')).toContain('CNAME turn.acme.example.com.');
    expect(zone('acme.example.com')).toContain('turn.acme.example.com. 60 IN TXT "token"');
  });

  it('goes with all its records', () => {
    set('livekit.example.com.', 'A', ['198.51.100.1']);
    removeZone(context, 'zone');
    expect(existsSync(join(directory, 'world', 'zones', 'example.com'))).toBe(false);
    expect(context.record.recordSets).toEqual({});
  });

  it('is not answered for when it is private', () => {
    putZone(context, 'inner', { name: 'inner', dns_name: 'inner.test.', visibility: 'private' });
    expect(existsSync(join(directory, 'world', 'zones', 'inner.test'))).toBe(false);
  });
});

describe('refused records', () => {
  it('are a CNAME beside another record, and another record beside a CNAME', () => {
    set('turn.example.com.', 'A', ['203.0.113.129']);
    expect(() => set('turn.example.com.', 'CNAME', ['other.example.com.'])).toThrow('but not both');
    set('www.example.com.', 'CNAME', ['other.example.com.']);
    expect(() => set('www.example.com.', 'TXT', ['"x"'])).toThrow('but not both');
    expect(set('www.example.com.', 'CNAME', ['third.example.com.'])).toEqual({});
  });

  it('are values with a line break, which would be a record of their own', () => {
    expect(() => set('a.example.com.', 'TXT', ['"x"\nb.example.com. IN A 198.51.100.9'])).toThrow();
  });
});
