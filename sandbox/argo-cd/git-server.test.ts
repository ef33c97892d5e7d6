import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { GitServer } from './git-server.ts';

let folder: string;
let server: GitServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'git-server-'));
  server = await GitServer.start(join(folder, 'messaging.git'), '127.0.0.1', 'the-token');
});
afterAll(() => {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function heads(credentials: string): Promise<{ code: number | null; out: string; error: string }> {
  const url = server.url.replace('//', `//${credentials}`);
  const child = spawn('git', ['ls-remote', url, 'main'], {
    env: { PATH: process.env['PATH'], GIT_TERMINAL_PROMPT: '0', HOME: folder },
  });
  const [out, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out, error };
}

test('a commit that is pushed is fetched with the token', async () => {
  const first = server.push({ 'deploy/a.yaml': 'a: 1\n' }, 'First');
  const second = server.push({ 'deploy/b.yaml': 'b: 1\n' }, 'Second');
  expect(server.repository.commit(second).parents).toEqual([first]);
  expect(await heads('nova:the-token@')).toEqual({ code: 0, out: `${second}\trefs/heads/main\n`, error: '' });
  // What a commit does not have is gone.
  expect(server.repository.git(['ls-tree', '-r', '--name-only', second])).toBe('deploy/b.yaml\n');
});

test.each(['', 'nova:another@', 'the-token:@'])('without it there is no such repository: %s', async (credentials) => {
  const before = server.refused;
  expect((await heads(credentials)).code).not.toBe(0);
  expect(server.refused).toBeGreaterThan(before);
});
