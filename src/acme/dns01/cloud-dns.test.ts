import { beforeEach, describe, expect, test } from '@jest/globals';
import { googleFailures } from '../../google/failures.ts';
import type { GoogleClient } from '../../google/request.ts';
import { cloudDnsSolver } from './cloud-dns.ts';
import type { Lookup } from './lookup.ts';
import type { ChallengeRecord } from './solver.ts';

/** What happens, in order: the journal's writes and the zones' changes. */
let events: string[];
let journal: readonly ChallengeRecord[];
let records: Map<string, string[]>;
let refuses: (zone: string) => Error | undefined;
beforeEach(() => {
  events = [];
  journal = [];
  records = new Map();
  refuses = () => undefined;
});

const zones: Record<string, { dnsName: string; visibility?: string }> = {
  outer: { dnsName: 'example.com.' },
  inner: { dnsName: 'acme.example.com.' },
  hidden: { dnsName: 'secret.test.', visibility: 'private' },
};

/** Cloud DNS as far as a solver asks it. */
const google = {
  request: ({ path, method, body }: { path: string; method?: string; body?: unknown }) => {
    const zone = /managedZones\/(\w+)/.exec(path)?.[1] ?? '';
    if (path.includes('/rrsets')) {
      const name = new URL(path, 'http://x').searchParams.get('name') ?? '';
      const rrdatas = records.get(name);
      return Promise.resolve({ rrsets: rrdatas ? [{ name, type: 'TXT', ttl: 60, rrdatas }] : [] });
    }
    if (method !== 'POST') {
      const known = zones[zone];
      const details = { name: zone, nameServers: ['ns1.test.'], visibility: 'public', ...known };
      return Promise.resolve(path.includes('/changes/') ? { id: '1', status: 'done' } : details);
    }
    const refusal = refuses(zone);
    if (refusal) return Promise.reject(refusal);
    type Set = { name: string; rrdatas: string[] };
    const { additions, deletions } = body as { additions: Set[]; deletions: Set[] };
    for (const { name } of deletions) records.delete(name);
    for (const { name, rrdatas } of additions) records.set(name, rrdatas);
    events.push(`change ${zone}`);
    return Promise.resolve({ id: '1', status: 'done' });
  },
} as unknown as GoogleClient;

const lookup = (more: Partial<Lookup> = {}): Lookup => ({
  cname: () => Promise.resolve(undefined),
  nameServers: () => Promise.resolve(['ns1.test']),
  addresses: () => Promise.resolve(['192.0.2.1']),
  caa: () => Promise.resolve([]),
  txtAt: (_, name) => Promise.resolve((records.get(`${name}.`) ?? []).map((data) => data.replaceAll('"', ''))),
  ...more,
});

const solver = (use: Lookup = lookup(), names = ['outer', 'inner']) =>
  cloudDnsSolver({
    google,
    zones: names.map((zone) => ({ project: 'p', zone })),
    lookup: use,
    journal: {
      read: () => Promise.resolve(journal),
      write: (all) => {
        journal = [...all];
        events.push(`journal ${all.length}`);
        return Promise.resolve();
      },
    },
    propagationSeconds: 1,
    intervalSeconds: 0.001,
  });
const { signal } = new AbortController();
const refused = googleFailures.failure('permissionDenied', { what: 'No permission.' });

describe('records', () => {
  test('are noted before they are written, and struck off after they are gone', async () => {
    const one = solver();
    await one.prepare(['a.example.com', '*.a.example.com'], signal);
    const challenges = [
      { domain: 'a.example.com', value: 'v1' },
      { domain: '*.a.example.com', value: 'v2' },
    ];
    await one.present(challenges, signal);
    expect(events).toEqual(['journal 2', 'change outer']);
    expect(records.get('_acme-challenge.a.example.com.')).toEqual(['"v1"', '"v2"']);
    await one.cleanUp();
    expect(events.slice(2)).toEqual(['change outer', 'journal 0']);
    expect(records.size).toBe(0);
  });

  test('that could not be removed stay noted, and that is a failure', async () => {
    const one = solver();
    await one.prepare(['a.example.com'], signal);
    await one.present([{ domain: 'a.example.com', value: 'v1' }], signal);
    refuses = () => refused;
    await expect(one.cleanUp()).rejects.toMatchObject({ code: 'LK-ACME-022' });
    expect(journal).toEqual([{ project: 'p', zone: 'outer', name: '_acme-challenge.a.example.com', value: 'v1' }]);
  });

  test('whose change failed stay noted, since it may be carried out late', async () => {
    const one = solver();
    await one.prepare(['a.example.com'], signal);
    refuses = () => refused;
    await expect(one.present([{ domain: 'a.example.com', value: 'v1' }], signal)).rejects.toThrow('No permission.');
    refuses = () => undefined;
    await one.cleanUp();
    expect(journal).toHaveLength(1);
    records.set('_acme-challenge.a.example.com.', ['"v1"']);
    expect(await solver().removeLeftovers()).toBe(1);
    expect([records.size, journal]).toEqual([0, []]);
  });

  test('go into the longest zone that holds the name at the end of the CNAMEs', async () => {
    const cname = (name: string) =>
      Promise.resolve(name === '_acme-challenge.a.example.com' ? 'a.acme.example.com' : undefined);
    const one = solver(lookup({ cname }));
    await one.prepare(['a.example.com', 'b.example.com'], signal);
    const challenges = ['a', 'b'].map((name) => ({ domain: `${name}.example.com`, value: `of ${name}` }));
    await one.present(challenges, signal);
    expect(Object.fromEntries(records)).toEqual({
      'a.acme.example.com.': ['"of a"'],
      '_acme-challenge.b.example.com.': ['"of b"'],
    });
    expect(events.slice(1).sort()).toEqual(['change inner', 'change outer']);
  });
});

describe('what an earlier run left', () => {
  const left = (zone: string, value: string): ChallengeRecord => ({ project: 'p', zone, name: 'c.example.com', value });

  test('is removed, and what others wrote stays', async () => {
    records.set('c.example.com.', ['"ours"', '"theirs"']);
    journal = [left('outer', 'ours'), left('outer', 'gone long ago')];
    expect(await solver().removeLeftovers()).toBe(2);
    expect(records.get('c.example.com.')).toEqual(['"theirs"']);
    expect(journal).toEqual([]);
  });

  test('and cannot be removed stays noted through the next order', async () => {
    records.set('c.example.com.', ['"ours"']);
    journal = [left('inner', 'ours')];
    refuses = (zone) => (zone === 'inner' ? refused : undefined);
    const one = solver();
    expect(await one.removeLeftovers()).toBe(0);
    await one.prepare(['a.example.com'], signal);
    await one.present([{ domain: 'a.example.com', value: 'v1' }], signal);
    await one.cleanUp();
    expect(journal).toEqual([left('inner', 'ours')]);
  });

  test('in a zone that is gone is forgotten', async () => {
    records.set('c.example.com.', ['"ours"']);
    journal = [left('outer', 'ours')];
    refuses = () => googleFailures.failure('notFound', { what: 'No such zone.' });
    expect(await solver().removeLeftovers()).toBe(1);
    expect(journal).toEqual([]);
  }, 20_000);
});

describe('nothing is written', () => {
  test.each<[string, Partial<Lookup>, string[], string, RegExp]>([
    ['without a zone', {}, [], 'LK-ACME-013', /There is no DNS zone/],
    [
      'into a private zone',
      {},
      ['hidden'],
      'LK-ACME-013',
      /lies in none of the public zones that are known here: hidden \(private, secret\.test\)/,
    ],
    [
      'into a zone that nobody is led to',
      { nameServers: () => Promise.resolve([]) },
      ['outer'],
      'LK-ACME-014',
      /names no name servers for example\.com/,
    ],
    [
      'into a zone that others are led past',
      { nameServers: () => Promise.resolve(['ns.elsewhere.test']) },
      ['outer'],
      'LK-ACME-014',
      /leads to ns\.elsewhere\.test/,
    ],
    [
      'into a zone whose servers do not know it',
      { nameServers: () => Promise.reject(new Error('ESERVFAIL')) },
      ['outer'],
      'LK-ACME-014',
      /finds no name server that answers/,
    ],
  ])('%s', async (_, use, names, code, says) => {
    const name = names.includes('hidden') ? 'a.secret.test' : 'a.example.com';
    const refusal = await solver(lookup(use), names)
      .prepare([name], signal)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(events).toEqual([]);
  });
});
