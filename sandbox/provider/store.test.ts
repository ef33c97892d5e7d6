import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileStore } from './file-store.ts';
import { httpStore } from './http-store.ts';

const TYPE = 'google_secret_manager_secret_version';
const KEY = 'projects/p/secrets/s/versions/1';

describe('the store in files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'provider-store-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('keeps, changes, lists and forgets a resource', async () => {
    const store = fileStore(directory);
    expect(await store.read(TYPE, KEY)).toBeNull();
    expect(await store.keys(TYPE)).toEqual([]);
    await store.create(TYPE, KEY, { attributes: { enabled: true }, writeOnly: { secret_data_wo: 'canary' } });
    expect(await store.read(TYPE, KEY)).toEqual({ enabled: true });
    expect(await store.keys(TYPE)).toEqual([KEY]);
    await store.update(TYPE, KEY, { attributes: { enabled: false }, writeOnly: {} });
    expect(await fileStore(directory).read(TYPE, KEY)).toEqual({ enabled: false });
    await store.remove(TYPE, KEY);
    await store.remove(TYPE, KEY);
    expect(await store.read(TYPE, KEY)).toBeNull();
    expect(await readdir(join(directory, TYPE))).toEqual([]);
  });

  test('refuses a second one of the same name, and a change of none', async () => {
    const store = fileStore(directory);
    await store.create(TYPE, KEY, { attributes: {}, writeOnly: {} });
    await expect(store.create(TYPE, KEY, { attributes: {}, writeOnly: {} })).rejects.toMatchObject({ status: 409 });
    await expect(store.update(TYPE, 'other', { attributes: {}, writeOnly: {} })).rejects.toMatchObject({ status: 404 });
  });

  test('lists what is there while others remove', async () => {
    const store = fileStore(directory);
    const keys = Array.from({ length: 60 }, (_, index) => `projects/p/secrets/s${index}/versions/1`);
    await Promise.all(keys.map((key) => store.create(TYPE, key, { attributes: {}, writeOnly: {} })));
    const lists = await Promise.all(keys.map(async (key) => (await store.remove(TYPE, key), store.keys(TYPE))));
    expect(lists.flat().every((key) => keys.includes(key))).toBe(true);
    expect(await store.keys(TYPE)).toEqual([]);
  });

  test('keeps write-only values apart, for the owner only', async () => {
    await fileStore(directory).create(TYPE, KEY, { attributes: {}, writeOnly: { secret_data_wo: 'canary' } });
    const file = (await readdir(join(directory, TYPE))).find((name) => name.endsWith('.write-only.json'))!;
    expect((await stat(join(directory, TYPE, file))).mode & 0o777).toBe(0o600);
  });

  test('takes keys longer than a file name may be', async () => {
    const store = fileStore(directory);
    const key = `p/roles/viewer/${'m'.repeat(400)}`;
    await store.create(TYPE, key, { attributes: { a: 1 }, writeOnly: {} });
    expect(await store.read(TYPE, key)).toEqual({ a: 1 });
    expect(await store.keys(TYPE)).toEqual([key]);
  });
});

describe("the Google stand-in's store", () => {
  let server: Server;
  let requests: { line: string; authorization: string | undefined; body: string }[];
  let answer: { status: number; body: string };

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization, body });
        response.writeHead(answer.status).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const store = (): ReturnType<typeof httpStore> =>
    httpStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}/cloud`, () => Promise.resolve('token'));
  const answering = (status: number, body: unknown): void => {
    answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
  };

  test('gets the attributes and the write-only values, and answers with what the world computed', async () => {
    answering(201, { attributes: { version: '1' } });
    const resource = { attributes: { enabled: true }, writeOnly: { secret_data_wo: 'canary' } };
    expect(await store().create(TYPE, KEY, resource)).toEqual({ version: '1' });
    expect(requests).toEqual([
      {
        line: `POST /cloud/${TYPE}/${encodeURIComponent(KEY)}`,
        authorization: 'Bearer token',
        body: JSON.stringify(resource),
      },
    ]);
  });

  test('knows a resource that is gone', async () => {
    answering(404, { error: { message: 'not found' } });
    expect(await store().read(TYPE, KEY)).toBeNull();
    await store().remove(TYPE, KEY);
    expect(requests.map(({ line }) => line.split(' ')[0])).toEqual(['GET', 'DELETE']);
  });

  test("hands on Google's refusal", async () => {
    answering(403, { error: { message: 'Permission denied on resource' } });
    await expect(store().read(TYPE, KEY)).rejects.toMatchObject({
      status: 403,
      message: 'Permission denied on resource',
    });
  });

  test('says what came when it is no JSON', async () => {
    answering(502, '<html>');
    await expect(store().update(TYPE, KEY, { attributes: {}, writeOnly: {} })).rejects.toMatchObject({
      status: 502,
      message: '<html>',
    });
    answering(200, '{}');
    await expect(store().read(TYPE, KEY)).rejects.toThrow('without attributes');
    await expect(store().keys(TYPE)).rejects.toThrow('without keys');
  });
});
