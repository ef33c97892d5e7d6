import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Feeder } from './feeder.ts';

let folder: string;
let feeder: Feeder;
const folders = (): string[] => ['a', 'b', 'resolver'].map((name) => join(folder, name));
const put = (type: string, name: string, attributes: object): void => {
  mkdirSync(join(folder, 'resources', type), { recursive: true });
  writeFileSync(join(folder, 'resources', type, `${name}.json`), JSON.stringify({ key: name, attributes }));
};
const zone = (server: string): string => {
  try {
    return readFileSync(join(folder, server, 'a.test'), 'utf8');
  } catch {
    return '';
  }
};
const until = async (seen: () => boolean): Promise<void> => {
  while (!seen()) await sleep(20);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'feeder-'));
  put('google_dns_managed_zone', 'zone', { name: 'z', dns_name: 'a.test.', visibility: 'public' });
  feeder = new Feeder(join(folder, 'resources'), folders(), ['127.53.0.1', '127.53.0.2']);
  feeder.start();
});
afterEach(() => {
  feeder.stop();
  rmSync(folder, { recursive: true });
});
const record = (value: string): void =>
  put('google_dns_record_set', 'record', {
    name: 'x.a.test.',
    type: 'TXT',
    ttl: 60,
    managed_zone: 'z',
    rrdatas: [value],
  });

test('every server gets the zones, and the addresses of Google’s name servers', () => {
  expect(['a', 'b', 'resolver'].map((server) => zone(server).includes('a.test. 21600 IN SOA'))).toEqual([
    true,
    true,
    true,
  ]);
  expect(readFileSync(join(folder, 'b', 'googledomains.com'), 'utf8')).toContain(
    'ns-cloud-b1.googledomains.com. 21600 IN A 127.53.0.2',
  );
});

test('a change reaches the resolver first, with a greater serial number, and a server that is behind not at all', async () => {
  const serial = (server: string): number => Number(/google\.com\. (\d+)/.exec(zone(server))?.[1]);
  feeder.setLag([0, Infinity, 0]);
  const before = serial('resolver');
  record('"one"');
  await until(() => zone('resolver').includes('"one"'));
  expect(zone('a')).not.toContain('"one"');
  await until(() => zone('a').includes('"one"'));
  expect([serial('resolver') > before, serial('a') > before, serial('b')]).toEqual([true, true, before]);
});

test('a zone that is gone is gone from every server', async () => {
  rmSync(join(folder, 'resources', 'google_dns_managed_zone'), { recursive: true });
  await until(() => folders().every((each) => !readdirSync(each).includes('a.test')));
  expect(zone('a')).toBe('');
});
