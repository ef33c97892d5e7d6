import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  setSecret: () => undefined,
  info: (line: string) => lines.push(line),
  warning: (line: string) => lines.push(line),
}));
let onPath = '';
jest.unstable_mockModule('@actions/io', () => ({ which: () => Promise.resolve(onPath) }));
let cached = '';
let download: () => string = () => '';
jest.unstable_mockModule('@actions/tool-cache', () => ({
  find: () => cached,
  downloadTool: () => Promise.resolve().then(() => download()),
  cacheFile: (_source: string, name: string) => {
    const directory = join(work, 'cached');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), '');
    return Promise.resolve(directory);
  },
}));
const { currentPlatform, ensureTool, findDigest } = await import('./tool.ts');
const { tools } = await import('./catalogue.ts');

let work = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'tool-'));
  [onPath, cached, download] = [
    '',
    '',
    () => {
      throw new Error('no route to host');
    },
  ];
  lines.length = 0;
});

/** A program on PATH that tells the given version. */
function program(version: string): string {
  const file = join(work, 'program');
  writeFileSync(file, `#!/bin/sh\necho '{"terraform_version": "${version}"}'\n`);
  chmodSync(file, 0o755);
  return file;
}

test('a usable version on PATH is used as it is', async () => {
  onPath = program('1.12.3');
  await expect(ensureTool('terraform', undefined)).resolves.toEqual({ path: onPath, version: '1.12.3' });
});

test('an old one is passed over, with a word why', async () => {
  onPath = program('1.5.7');
  cached = '/cache/terraform/1.11.4';
  await expect(ensureTool('terraform', undefined)).resolves.toEqual({
    path: '/cache/terraform/1.11.4/terraform',
    version: '1.11.4',
  });
  expect(lines[0]).toBe('terraform 1.5.7 is on PATH, but 1.11.0 or later, below 2.0.0 is needed.');
});

test('a version that was asked for is exactly that one', async () => {
  onPath = program('1.12.3');
  cached = '/cache/terraform/1.12.0';
  await expect(ensureTool('terraform', '1.12.0')).resolves.toMatchObject({ path: '/cache/terraform/1.12.0/terraform' });
});

test.each(['latest', '1.10.5', '2.0.0', '1.12'])('the version %s is refused', async (version) => {
  await expect(ensureTool('terraform', version)).rejects.toMatchObject({
    code: 'LK-TOOL-001',
    message: `terraform ${version} cannot be used: it takes a version x.y.z from 1.11.0, below 2.0.0.`,
  });
});

test('a download that fails is told with its address', async () => {
  await expect(ensureTool('kubectl', undefined)).rejects.toMatchObject({
    code: 'LK-TOOL-002',
    message: expect.stringMatching(
      /^kubectl 1\.34\.2 could not be downloaded from https:\/\/dl\.k8s\.io\/.*: no route to host\.$/,
    ) as string,
  });
});

test('a download with another digest than the pinned one is not used', async () => {
  download = () => {
    writeFileSync(join(work, 'kubectl'), 'planted');
    return join(work, 'kubectl');
  };
  await expect(ensureTool('kubectl', undefined)).rejects.toMatchObject({
    code: 'LK-TOOL-003',
    message: expect.stringContaining(createHash('sha256').update('planted').digest('hex')) as string,
  });
});

test('a publisher’s checksum file is read in both of its forms', () => {
  const digest = 'a'.repeat(64);
  expect(findDigest(`${'b'.repeat(64)}  other.zip\n${digest}  tofu.zip\n`, 'tofu.zip')).toBe(digest);
  expect(findDigest(`${digest} *tofu.zip`, 'tofu.zip')).toBe(digest);
  expect(findDigest(`${digest}\n`, 'kubectl')).toBe(digest);
  expect(findDigest('<html>', 'kubectl')).toBeUndefined();
  expect(findDigest(`${digest}  other.zip`, 'tofu.zip')).toBeUndefined();
});

test('a platform without releases is named', () => {
  expect(currentPlatform('helm', 'linux', 'arm64')).toEqual({ os: 'linux', arch: 'arm64' });
  expect(() => currentPlatform('helm', 'win32', 'x64')).toThrow('helm is not available for win32 on x64.');
});

test('every pin is a SHA-256 of a version that can be asked for', () => {
  for (const tool of Object.values(tools)) {
    for (const [key, digest] of Object.entries(tool.pins)) {
      expect(key).toMatch(/^\d+\.\d+\.\d+\/(linux|darwin)_(amd64|arm64)$/);
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
    }
  }
});
