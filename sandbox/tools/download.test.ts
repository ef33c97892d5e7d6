import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download } from './download.ts';
import { readZipMember } from './zip.ts';

const PROGRAM = '#!/bin/sh\necho it runs\n';
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Made by Python's zipfile: a license and fifty times the program, both deflated, with a comment at the end. */
const ZIP = Buffer.from(
  [
    'UEsDBBQAAAAIAAAAIQCsbYViEgAAACADAAALAAAATElDRU5TRS50eHTLyUxOzStOVcgZpUfpURqDBgBQSwMEFAAAAAgAAAAhAIJH',
    'tWEkAAAAfgQAAAQAAAB0b29sU1bUT8rM0y/O4EpNzshXyCxRKCrNK+ZSHhUeFR4VHhWmrTAAUEsBAhQDFAAAAAgAAAAhAKxthWIS',
    'AAAAIAMAAAsAAAAAAAAAAAAAAIABAAAAAExJQ0VOU0UudHh0UEsBAhQDFAAAAAgAAAAhAIJHtWEkAAAAfgQAAAQAAAAAAAAAAAAA',
    'AIABOwAAAHRvb2xQSwUGAAAAAAIAAgBrAAAAgQAAABQAYSBjb21tZW50IGF0IHRoZSBlbmQ=',
  ].join(''),
  'base64',
);

describe('a download', () => {
  let folder: string;
  let server: Server;
  let base: string;
  const files: Record<string, Buffer> = {};
  const target = (): string => join(folder, 'cache', 'tool', '1.0.0', 'tool');

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'download-'));
    server = createServer((request, response) => {
      const file = files[request.url ?? ''];
      response.writeHead(file ? 200 : 404).end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it('of an executable is there, whole and executable', async () => {
    const content = (files['/tool'] = Buffer.from(PROGRAM));
    expect(await download({ url: `${base}/tool`, sha256: sha256(content) }, target())).toBe(true);
    expect(execFileSync(target(), { encoding: 'utf8' })).toBe('it runs\n');
    expect(readdirSync(join(folder, 'cache', 'tool'))).toEqual(['1.0.0']);
  });

  it('of an archive is unpacked', async () => {
    writeFileSync(join(folder, 'tool'), PROGRAM);
    execFileSync('tar', ['-czf', join(folder, 'tool.tar.gz'), '-C', folder, 'tool']);
    const content = (files['/tool.tar.gz'] = readFileSync(join(folder, 'tool.tar.gz')));
    await download({ url: `${base}/tool.tar.gz`, sha256: sha256(content), member: 'tool' }, target());
    expect(statSync(target()).mode & 0o111).not.toBe(0);
  });

  it('of a zip archive is unpacked', async () => {
    const content = (files['/tool.zip'] = ZIP);
    await download({ url: `${base}/tool.zip`, sha256: sha256(content), member: 'tool' }, target());
    expect(readFileSync(target(), 'utf8')).toBe(PROGRAM.repeat(50));
  });

  it('with another checksum is refused and leaves nothing', async () => {
    files['/tool'] = Buffer.from('something else');
    const release = { url: `${base}/tool`, sha256: sha256(Buffer.from(PROGRAM)) };
    await expect(download(release, target())).rejects.toThrow('it is not the official release');
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  it('that cannot be had is no error, since the tool can be built', async () => {
    expect(await download({ url: `${base}/absent`, sha256: '' }, target())).toBe(false);
    expect(await download({ url: 'http://127.0.0.1:1/tool', sha256: '' }, target())).toBe(false);
  });
});

describe('a zip archive', () => {
  it('that lacks the file says so', () => {
    expect(() => readZipMember(ZIP, 'helm')).toThrow('helm is not in the archive');
  });

  it('is not just any file', () => {
    expect(() => readZipMember(Buffer.from('<html>moved</html>'), 'tool')).toThrow('not a zip archive');
  });
});
