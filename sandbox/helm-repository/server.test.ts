import { mkdtemp, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { serveCharts } from './server.ts';

let server: Server;
let address: string;

beforeEach(() => void jest.spyOn(console, 'log').mockImplementation(() => undefined));
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'charts-'));
  await writeFile(join(folder, 'index.yaml'), 'entries: {}\n');
  await writeFile(join(folder, 'livekit-server-1.9.0.tgz'), 'package');
  await writeFile(join(folder, 'private.txt'), 'not served');
  server = await serveCharts(folder);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

test('the index and the packages are served', async () => {
  expect(await (await fetch(`${address}/index.yaml`)).text()).toBe('entries: {}\n');
  const chart = await fetch(`${address}/livekit-server-1.9.0.tgz`);
  expect(chart.headers.get('content-type')).toBe('application/gzip');
  expect(await chart.text()).toBe('package');
});

test.each([
  ['GET', '/livekit-server-1.8.0.tgz', 404],
  ['GET', '/private.txt', 404],
  ['GET', '/../server.ts', 404],
  ['GET', '/', 404],
  ['PUT', '/index.yaml', 405],
  ['POST', '/api/charts', 405],
  ['DELETE', '/livekit-server-1.9.0.tgz', 405],
])('%s %s is refused with %d', async (method, path, status) => {
  expect((await fetch(`${address}${path}`, { method })).status).toBe(status);
});
