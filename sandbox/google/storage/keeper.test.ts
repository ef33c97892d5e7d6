import { mkdtempSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { BucketKeeper } from './keeper.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A storage server that forgets everything when it ends, as far as the keeper asks it. */
async function storage() {
  const objects = new Map<string, { body: string; generation: number }>();
  let generation = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const name = url.searchParams.get('name');
      const one = decodeURIComponent(url.pathname.split('/o/')[1] ?? '');
      if (name !== null) objects.set(name, { body: Buffer.concat(chunks).toString(), generation: ++generation });
      const items = [...objects].map(([each, { generation: number }]) => ({ name: each, generation: number }));
      response.end(one === '' ? JSON.stringify({ items }) : objects.get(one)?.body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    write: (name: string, body: string) => objects.set(name, { body, generation: ++generation }),
  };
}

const directory = () => join(mkdtempSync(join(tmpdir(), 'bucket-')), 'bucket');

test('objects outlive the server that held them', async () => {
  const kept = directory();
  const before = await storage();
  const keeper = new BucketKeeper(before.address, 'b', kept);
  await keeper.load();
  before.write('livekit/dev/default.tfstate', '{"serial": 1}');
  await keeper.save();
  before.write('livekit/dev/default.tfstate', '{"serial": 2}');
  await keeper.save();

  const after = await storage();
  await new BucketKeeper(after.address, 'b', kept).load();
  expect([...after.objects].map(([name, { body }]) => [name, body])).toEqual([
    ['livekit/dev/default.tfstate', '{"serial": 2}'],
  ]);
});

test('what was deleted does not come back', async () => {
  const kept = directory();
  const server = await storage();
  const keeper = new BucketKeeper(server.address, 'b', kept);
  await keeper.load();
  server.write('livekit/dev/default.tflock', 'x');
  await keeper.save();
  server.objects.clear();
  await keeper.save();
  expect(readdirSync(kept)).toEqual([]);
});

test('what the server has already is left alone', async () => {
  const kept = directory();
  const server = await storage();
  server.write('a', 'old');
  await new BucketKeeper(server.address, 'b', kept).load();
  server.write('a', 'new');
  await new BucketKeeper(server.address, 'b', kept).load();
  expect(server.objects.get('a')?.body).toBe('new');
});
