import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../command.ts';
import type { Download } from './catalogue.ts';
import { readZipMember } from './zip.ts';

/** A release server that does not answer in this time is taken as out of reach. */
const CONNECT_SECONDS = 10;
/** A release that takes longer than this to arrive is sooner built. */
const WHOLE_SECONDS = 300;

/**
 * Fetches an official release to `target`, whole or not at all. Gives false when the server cannot be reached; a wrong
 * checksum is an error, since something then stands between the machine and the release.
 */
export async function download(release: Download, target: string): Promise<boolean> {
  const content = await fetchWhole(release.url);
  if (!content) return false;
  const sha256 = createHash('sha256').update(content).digest('hex');
  if (sha256 !== release.sha256) {
    throw new Error(`${release.url} has the SHA-256 ${sha256}, not ${release.sha256}: it is not the official release`);
  }
  mkdirSync(dirname(dirname(target)), { recursive: true });
  const work = mkdtempSync(join(dirname(dirname(target)), '.download-'));
  try {
    const executable = await unpack(release, content, work);
    chmodSync(executable, 0o755);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(executable, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return true;
}

async function fetchWhole(url: string): Promise<Buffer | undefined> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), CONNECT_SECONDS * 1000);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(WHOLE_SECONDS * 1000)]),
    });
    clearTimeout(timer);
    return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function unpack(release: Download, content: Buffer, work: string): Promise<string> {
  const file = join(work, 'download');
  writeFileSync(file, content);
  if (!release.member) return file;
  const member = join(work, release.member);
  if (release.url.endsWith('.zip')) writeFileSync(member, readZipMember(content, release.member));
  else await run('tar', ['-xzf', file, '-C', work, release.member]);
  return member;
}
