import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { listen, startBench, stop } from '../test-bench.ts';
import type { Bench } from '../test-bench.ts';

const bucket = 'nova-livekit-dev-terraform-state';
const json = `/storage/v1/b/${bucket}`;
const upload = `/upload/storage/v1/b/${bucket}/o`;
const objectPath = (name: string) => `${json}/o/${encodeURIComponent(name)}`;

/** A storage server that holds the objects named in `present` and remembers what reached it. */
let present: Set<string>;
let reached: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let upstream: Server;
let bench: Bench;

beforeEach(async () => {
  present = new Set();
  reached = [];
  upstream = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const url = request.url ?? '';
      reached.push({ method: request.method ?? '', url, headers: request.headers, body });
      const [, name] = /\/o\/([^?]+)/.exec(url) ?? [];
      if (url.includes('uploadType=resumable') && request.method === 'POST') {
        response.writeHead(200, {
          location: `http://elsewhere:1${url.replace(/\?.*/, '')}?uploadType=resumable&upload_id=u1`,
        });
        response.end();
        return;
      }
      const found = name === undefined || present.has(decodeURIComponent(name));
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/json', 'x-goog-generation': '7' });
      response.end(found ? '{"stored":true}' : '{}');
    });
  });
  bench = await startBench({ upstream: await listen(upstream) });
});
afterEach(async () => {
  await Promise.all([bench.close(), stop(upstream)]);
  expect(bench.faults.map(String)).toEqual([]);
});

function call(as: string | undefined, method: string, path: string, options: { body?: string; type?: string } = {}) {
  return fetch(bench.storage + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${bench.tokenOf(as)}` }),
      ...(options.type === undefined ? {} : { 'content-type': options.type }),
    },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
}

const state = 'livekit/dev/default.tfstate';
const lock = 'livekit/dev/default.tflock';
const plan = 'livekit/dev/plans/abc/1-1.tfplan';
const outputs = 'livekit/dev/outputs.json';
const named = (name: string) => `${upload}?uploadType=media&name=${encodeURIComponent(name)}`;

describe('who may do what', () => {
  test.each([
    ['livekit-plan', 'reads the state', 'GET', objectPath(state), 200],
    ['livekit-plan', 'reads the state by the XML API', 'GET', `/${bucket}/${state}`, 200],
    ['livekit-plan', 'lists objects', 'GET', `${json}/o?prefix=livekit/dev/`, 200],
    ['livekit-plan', 'looks at the bucket', 'GET', json, 200],
    ['livekit-plan', 'makes a plan', 'POST', named(plan.replace('abc', 'new')), 200],
    ['livekit-plan', 'replaces a plan', 'POST', named(plan), 403],
    ['livekit-plan', 'deletes a plan', 'DELETE', objectPath(plan), 403],
    ['livekit-plan', 'makes the first state', 'POST', named('livekit/stg/default.tfstate'), 200],
    ['livekit-plan', 'replaces the state', 'POST', named(state), 403],
    ['livekit-plan', 'deletes the state', 'DELETE', objectPath(state), 403],
    ['livekit-plan', 'takes the lock', 'POST', named('livekit/stg/default.tflock'), 200],
    ['livekit-plan', 'gives the lock back', 'DELETE', objectPath(lock), 204],
    ['livekit-plan', 'publishes outputs', 'POST', named('livekit/stg/outputs.json'), 403],
    ['livekit-plan', 'reads outside of livekit/', 'GET', objectPath('other/secret'), 403],
    [
      'livekit-plan',
      'copies a plan over the outputs',
      'POST',
      `${objectPath(plan)}/rewriteTo/b/${bucket}/o/livekit%2Fdev%2Foutputs.json`,
      403,
    ],
    ['livekit-plan', 'deletes the bucket', 'DELETE', json, 403],
    [
      'livekit-plan',
      "writes another's bucket",
      'POST',
      '/upload/storage/v1/b/other/o?uploadType=media&name=livekit%2Fdev%2Fplans%2Fx',
      403,
    ],
    ['livekit-cicd', 'replaces the state', 'POST', named(state), 200],
    ['livekit-cicd', 'publishes outputs', 'POST', named(outputs), 200],
    ['livekit-cicd', 'deletes an object', 'DELETE', objectPath(plan), 204],
    ['livekit-deploy', 'reads the outputs', 'GET', `${objectPath(outputs)}?alt=media`, 200],
    ['livekit-deploy', 'reads the state', 'GET', objectPath(state), 403],
    ['livekit-deploy', 'reads a plan by the XML API', 'GET', `/${bucket}/${plan}`, 403],
    ['livekit-deploy', 'lists objects', 'GET', `${json}/o`, 403],
    ['livekit-deploy', 'writes the outputs', 'POST', named(outputs), 403],
    [undefined, 'reads the outputs', 'GET', objectPath(outputs), 401],
  ])('%s %s', async (as, _, method, path, status) => {
    for (const name of [state, lock, plan, outputs, 'other/secret']) present.add(name);
    const answer = await call(as, method, path, method === 'POST' ? { body: 'x', type: 'text/plain' } : {});
    expect({ status: answer.status, body: await answer.text() }).toMatchObject({ status });
    const changing = reached.filter(({ method: reachedMethod }) => reachedMethod !== 'GET');
    if (status >= 400) expect(changing).toEqual([]);
  });
});

test('the access token does not reach the storage server', async () => {
  present.add(state);
  await call('livekit-cicd', 'GET', objectPath(state));
  expect(reached).toHaveLength(1);
  expect(reached[0]?.headers).not.toHaveProperty('authorization');
});

test('a token that expired, a token that was guessed and a token of another scope are refused', async () => {
  present.add(state);
  const get = (token: string) =>
    fetch(bench.storage + objectPath(state), { headers: { authorization: `Bearer ${token}` } });
  const late = bench.tokenOf('livekit-cicd');
  const other = bench.tokenOf('livekit-cicd', ['https://www.googleapis.com/auth/compute']);
  expect((await get(other)).status).toBe(403);
  expect((await get('ya29.c.guessed')).status).toBe(401);
  bench.advance(3601);
  expect((await get(late)).status).toBe(401);
  expect(reached).toEqual([]);
});

test('a token for reading does not write', async () => {
  const token = bench.tokenOf('livekit-cicd', ['https://www.googleapis.com/auth/devstorage.read_only']);
  const answer = await fetch(bench.storage + named(outputs), {
    method: 'POST',
    body: 'x',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(403);
});

test('an absent object is told only to those who may list', async () => {
  const absent = await call('livekit-plan', 'GET', objectPath(outputs));
  expect(absent.status).toBe(404);
  const hidden = await call('livekit-deploy', 'GET', objectPath(outputs));
  expect(hidden.status).toBe(403);
  expect(await hidden.text()).toContain('storage.objects.list');
});

test('the XML API answers XML', async () => {
  const absent = await call('livekit-plan', 'GET', `/${bucket}/${state}`);
  expect(absent.status).toBe(404);
  expect(await absent.text()).toContain('<Code>NoSuchKey</Code>');
  const refused = await call('livekit-deploy', 'GET', `/${bucket}/${state}`);
  expect(await refused.text()).toContain('<Code>AccessDenied</Code>');
});

test('the name of an upload may be in its body', async () => {
  const boundary = 'part';
  const multipart = (name: string) =>
    `--${boundary}\r\nContent-Type: application/json\r\n\r\n{"name":"${name}"}\r\n--${boundary}\r\nContent-Type: text/plain\r\n\r\nx\r\n--${boundary}--`;
  const send = (name: string) =>
    call('livekit-plan', 'POST', `${upload}?uploadType=multipart`, {
      body: multipart(name),
      type: `multipart/related; boundary=${boundary}`,
    });
  expect((await send('livekit/dev/plans/a/1-1.tfplan')).status).toBe(200);
  expect(reached.at(-1)?.body).toBe(multipart('livekit/dev/plans/a/1-1.tfplan'));
  expect((await send('livekit/dev/outputs.json')).status).toBe(403);
});

test('a resumable upload goes on by its id alone, at the address of the front', async () => {
  const begun = await call('livekit-plan', 'POST', `${upload}?uploadType=resumable&name=${encodeURIComponent(plan)}`);
  const location = begun.headers.get('location') ?? '';
  expect(location).toBe(`${bench.storage}${upload}?uploadType=resumable&upload_id=u1`);
  expect((await fetch(location, { method: 'PUT', body: 'content' })).status).toBe(200);
  expect(reached.at(-1)).toMatchObject({ method: 'PUT', body: 'content' });
  const asked = await fetch(location, { method: 'PUT', headers: { 'content-range': 'bytes */*' }, redirect: 'manual' });
  expect(asked.status).toBe(308);
  expect(reached.at(-1)).toMatchObject({ method: 'PUT', body: 'content' });
  const guessed = await fetch(location.replace('u1', 'u2'), { method: 'PUT', body: 'content' });
  expect(guessed.status).toBe(404);
});

test.each([
  ['POST', '/batch/storage/v1'],
  ['PUT', `/${bucket}/livekit/dev/outputs.json`],
  ['GET', '/storage/v1/b/x/acl'],
  ['PUT', '/_internal/config'],
  ['POST', '/_internal/reseed'],
])('%s %s is not served and does not reach the storage server', async (method, path) => {
  const answer = await call('livekit-cicd', method, path);
  expect(answer.status).toBe(404);
  expect(reached).toEqual([]);
});

test('a fault on demand stands in the place of the answer', async () => {
  present.add(state);
  bench.cloud.faults.add({ service: 'storage.googleapis.com', path: 'tfstate', status: 503, times: 1, delayMs: 0 });
  expect((await call('livekit-cicd', 'GET', objectPath(state))).status).toBe(503);
  expect((await call('livekit-cicd', 'GET', objectPath(state))).status).toBe(200);
});
