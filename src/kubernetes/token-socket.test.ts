import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askToken, serveTokens } from './token-socket.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'token-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const serve = async (token: () => Promise<string>) => {
  const path = await serveTokens(directory, token);
  if (path === undefined) throw new Error('there is no socket');
  return path;
};

test('whoever asks gets the token of the moment', async () => {
  let number = 0;
  const path = await serve(() => Promise.resolve(`token-${++number}`));
  expect([await askToken(path), await askToken(path)]).toEqual(['token-1', 'token-2']);
});

test('the socket is in the folder that is the job’s own', async () => {
  const path = await serve(() => Promise.resolve('token'));
  expect(statSync(directory).mode & 0o077).toBe(0);
  expect(statSync(path).isSocket()).toBe(true);
});

test('a sign-in that is refused gives nothing, and neither does a process that has ended', async () => {
  expect(await askToken(await serve(() => Promise.reject(new Error('refused'))))).toBeUndefined();
  expect(await askToken(join(directory, 'nobody.sock'))).toBeUndefined();
});

test('a folder whose path is too long has no socket', async () => {
  expect(await serveTokens(join(directory, 'x'.repeat(100)), () => Promise.resolve('token'))).toBeUndefined();
});
