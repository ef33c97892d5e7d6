import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

/** helm/scripts/turn-credentials.sh with the program that it starts, as somebody types it. */
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'turn-credentials-'));
  for (const folder of ['helm/scripts', 'node_modules/.bin', 'dist'])
    mkdirSync(join(root, folder), { recursive: true });
  cpSync('helm/scripts/turn-credentials.sh', join(root, 'helm/scripts/turn-credentials.sh'));
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  const program = `import { start } from '${resolve('actions/index.ts')}';\nawait start('turn-credentials');\n`;
  writeFileSync(join(root, 'dist/turn-credentials.js'), program);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SECRET = 'a-shared-secret-that-is-long-enough';

/** Gives what it prints; the secret comes by standard input. */
function mint(args: readonly string[], input = `${SECRET}\n`, variables: Readonly<Record<string, string>> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const env = { PATH: process.env['PATH'], ...variables };
    const child = execFile(
      'bash',
      [join(root, 'helm/scripts/turn-credentials.sh'), ...args],
      { env, timeout: 30_000 },
      (error, stdout, stderr) => done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
    // One that refuses its arguments does not read.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

const answerSchema = z.object({
  urls: z.array(z.string()).optional(),
  username: z.string(),
  credential: z.string(),
  expires: z.iso.datetime(),
});

test('credentials that end when it was asked, made of the secret as coturn makes them', async () => {
  const before = Math.floor(Date.now() / 1000);
  const { code, stdout, stderr } = await mint(['alice', '600'], undefined, { TURN_DOMAIN: 'turn.nova.com' });
  expect([code, stderr]).toEqual([0, '']);
  const { urls, username, credential, expires } = answerSchema.parse(JSON.parse(stdout));
  const [end = '', user] = username.split(':');
  expect(user).toBe('alice');
  expect(Number(end)).toBeGreaterThanOrEqual(before + 600);
  expect(Date.parse(expires)).toBe(Number(end) * 1000);
  expect(credential).toBe(createHmac('sha1', SECRET).update(username).digest('base64'));
  expect(urls).toEqual(['turn:turn.nova.com:3478?transport=udp', 'turn:turn.nova.com:3478?transport=tcp']);
  expect(stdout).not.toContain(SECRET);
}, 60_000);

test('without a user: test, for an hour, and no URLs', async () => {
  const { username, urls } = answerSchema.parse(JSON.parse((await mint([])).stdout));
  expect(username).toMatch(/^\d+:test$/);
  expect(urls).toBeUndefined();
}, 60_000);

test.each<[string, readonly string[], string, RegExp]>([
  ['a user with a colon', ['a:b'], SECRET, /^The user is/],
  ['no time at all', ['a', '0'], SECRET, /^The seconds are/],
  ['a time that is no number', ['a', '1h'], SECRET, /^The seconds are/],
  ['an empty secret', ['a'], '\n', /^The shared secret is empty/],
])(
  '%s is refused',
  async (_what, args, input, words) => {
    const { code, stdout, stderr } = await mint(args, input);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
  },
  60_000,
);

test('--help shows how it is used', async () => {
  const { code, stderr } = await mint(['--help']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('helm/scripts/turn-credentials.sh alice 3600')]);
});

test('clients for iOS, Android and the web hand on what it prints: name, credential and the same URLs', () => {
  const page = readFileSync('helm/addons/turn-server/README.md', 'utf8');
  const snippets = ['swift', 'kotlin', 'typescript'].map(
    (language) => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? '',
  );
  for (const text of snippets) {
    expect(text).toContain('turn:turn.nova.com:3478?transport=udp');
    expect(text).toContain('turn:turn.nova.com:3478?transport=tcp');
    expect(text).toMatch(/username/i);
    expect(text).toMatch(/credential/);
  }
});
