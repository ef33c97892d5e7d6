import { afterEach, describe, expect, test } from '@jest/globals';
import { changeTxt, readZone, untilDone } from './dns.ts';
import type { Identity } from './identity.ts';
import { googleClient } from './request.ts';
import { startServer, type Received, type Reply } from './server.testing.ts';

const zone = { project: 'p', zone: 'z' };
const identity = { serviceAccount: 'sa', accessToken: () => Promise.resolve('token') } as unknown as Identity;
let server: Awaited<ReturnType<typeof startServer>>;
afterEach(() => server.close());

async function serve(reply: (request: Received, count: number) => Reply) {
  server = await startServer(reply);
  return googleClient(identity, { googleapis: server.url });
}
const sets = (...rrdatas: string[]) => ({
  status: 200,
  body: { rrsets: rrdatas.length === 0 ? [] : [{ name: 'c.a.test.', type: 'TXT', ttl: 30, rrdatas }] },
});
const done = { status: 200, body: { id: '7', status: 'done' } };
const sent = () =>
  server.received.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body) as unknown);
const record = (ttl: number, ...rrdatas: string[]) => ({ name: 'c.a.test.', type: 'TXT', ttl, rrdatas });

test('a zone is read with its names in one form', async () => {
  const google = await serve(() => ({
    status: 200,
    body: { name: 'z', dnsName: 'A.test.', nameServers: ['NS1.test.'], visibility: 'private' },
  }));
  expect(await readZone(google, zone)).toEqual({
    ...zone,
    dnsName: 'a.test',
    nameServers: ['ns1.test'],
    isPublic: false,
  });
});

describe('a change of TXT records', () => {
  test('adds its values to those that are there, and takes over their lifetime', async () => {
    const google = await serve(({ method }) => (method === 'GET' ? sets('"of others"') : done));
    expect(await changeTxt(google, zone, [{ name: 'c.a.test', add: ['one', 'two'] }])).toBe('7');
    expect(sent()).toEqual([
      { deletions: [record(30, '"of others"')], additions: [record(30, '"of others"', '"one"', '"two"')] },
    ]);
  });

  test('makes a record set where there is none, and removes it with its last value', async () => {
    let present: string[] = [];
    const google = await serve(({ method }) => (method === 'GET' ? sets(...present) : done));
    await changeTxt(google, zone, [{ name: 'c.a.test', add: ['one'] }]);
    present = ['"one"'];
    await changeTxt(google, zone, [{ name: 'c.a.test', remove: ['one', 'two'] }]);
    expect(sent()).toEqual([
      { deletions: [], additions: [record(60, '"one"')] },
      { deletions: [record(30, '"one"')], additions: [] },
    ]);
  });

  test('that is there already is not sent, however the value is split or quoted', async () => {
    const google = await serve(() => sets('"o" "ne"', 'two'));
    expect(await changeTxt(google, zone, [{ name: 'c.a.test', add: ['one', 'two'] }])).toBeUndefined();
    expect(await changeTxt(google, zone, [{ name: 'c.a.test', remove: ['three'] }])).toBeUndefined();
    expect(sent()).toEqual([]);
  });

  test.each([409, 412, 404])(
    'is made anew from what is there then, when another one was faster (%d)',
    async (status) => {
      let present = ['"a"'];
      const google = await serve(({ method }, count) => {
        if (method === 'GET') return sets(...present);
        if (count > 2) return done;
        present = ['"a"', '"b"'];
        return { status, body: { error: { message: 'changed meanwhile' } } };
      });
      await changeTxt(google, zone, [{ name: 'c.a.test', add: ['c'] }]);
      expect(sent().at(-1)).toEqual({
        deletions: [record(30, '"a"', '"b"')],
        additions: [record(30, '"a"', '"b"', '"c"')],
      });
    },
  );

  test('that is refused is not tried again', async () => {
    const google = await serve(({ method }) =>
      method === 'GET' ? sets() : { status: 403, body: { error: { message: 'no permission' } } },
    );
    await expect(changeTxt(google, zone, [{ name: 'c.a.test', add: ['c'] }])).rejects.toMatchObject({
      code: 'LK-GOOGLE-006',
    });
    expect(sent()).toHaveLength(1);
  });
});

describe('a change that is under way', () => {
  test('is asked about until Cloud DNS calls it done', async () => {
    const google = await serve((_, count) => ({
      status: 200,
      body: { id: '7', status: count < 3 ? 'pending' : 'done' },
    }));
    await untilDone(google, zone, '7', { timeoutSeconds: 30 });
    expect(server.received.map(({ url }) => url)).toEqual(
      Array(3).fill('/dns.googleapis.com/dns/v1/projects/p/managedZones/z/changes/7'),
    );
  });

  test('for too long is a failure', async () => {
    const google = await serve(() => ({ status: 200, body: { id: '7', status: 'pending' } }));
    await expect(untilDone(google, zone, '7', { timeoutSeconds: 0 })).rejects.toThrow(
      /change 7 of the zone z within 0 s/,
    );
  });
});
