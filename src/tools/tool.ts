import { createHash } from 'node:crypto';
import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reason } from '../failure/failure.ts';
import { probe } from '../exec/probe.ts';
import { log } from '../runner/log.ts';
import { type Platform, type Tool, type ToolName, tools } from './catalogue.ts';
import { toolFailures } from './failures.ts';
import { findVersion, inRange } from './version.ts';

export interface InstalledTool {
  /** Absolute path of the executable. */
  readonly path: string;
  readonly version: string;
}

/**
 * Finds or gets a tool: PATH in a usable version, else the runner's tool cache, else the publisher's release, whose
 * SHA-256 is checked. With `requested` exactly that version. Throws LK-TOOL-001 to -004.
 */
export async function ensureTool(name: ToolName, requested: string | undefined): Promise<InstalledTool> {
  const tool = tools[name];
  if (requested !== undefined) checkRequested(tool, requested);
  const present = await onPath(tool);
  if (
    present !== undefined &&
    (requested === undefined ? inRange(present.version, tool.range) : present.version === requested)
  ) {
    log.info(`${name} ${present.version} from PATH`);
    return present;
  }
  if (present !== undefined) {
    const wanted = requested ?? `${tool.range.from} or later, below ${tool.range.below}`;
    log.info(`${name} ${present.version} is on PATH, but ${wanted} is needed.`);
  }
  const version = requested ?? tool.defaultVersion;
  return { path: await fromCacheOrRelease(tool, version, currentPlatform(name)), version };
}

/** The runner's platform in the publishers' words; throws LK-TOOL-004 for one that they have no release for. */
export function currentPlatform(name: string, os: string = process.platform, arch: string = process.arch): Platform {
  const architecture = ({ x64: 'amd64', arm64: 'arm64' } as const)[arch];
  if ((os !== 'linux' && os !== 'darwin') || architecture === undefined) {
    throw toolFailures.failure('platform', { what: `${name} is not available for ${os} on ${arch}.` });
  }
  return { os, arch: architecture };
}

/** The digest of `fileName` in a checksum file; the file may also hold the digest alone. */
export function findDigest(checksums: string, fileName: string): string | undefined {
  const lines = checksums
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const line =
    lines.find(([, name]) => name?.replace(/^\*/, '') === fileName) ?? lines.find((parts) => parts.length === 1);
  const digest = line?.[0]?.toLowerCase();
  return digest !== undefined && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

function checkRequested(tool: Tool, requested: string): void {
  if (/^\d+\.\d+\.\d+$/.test(requested) && inRange(requested, tool.range)) return;
  throw toolFailures.failure('version', {
    what: `${tool.name} ${requested} cannot be used: it takes a version x.y.z from ${tool.range.from}, below ${tool.range.below}.`,
  });
}

async function onPath(tool: Tool): Promise<InstalledTool | undefined> {
  const { which } = await import('@actions/io');
  const path = await which(tool.name, false);
  if (path === '') return undefined;
  const { exitCode, stdout } = await probe(path, tool.versionArguments);
  const version = exitCode === 0 ? findVersion(stdout) : undefined;
  if (version === undefined) {
    log.warning(`${path} does not tell its version, so it is not used.`);
    return undefined;
  }
  return { path, version };
}

async function fromCacheOrRelease(tool: Tool, version: string, platform: Platform): Promise<string> {
  const cache = await import('@actions/tool-cache');
  const cached = cache.find(tool.name, version, platform.arch);
  if (cached !== '') {
    log.info(`${tool.name} ${version} from the tool cache`);
    return `${cached}/${tool.name}`;
  }
  const url = tool.url(version, platform);
  log.info(`${tool.name} ${version} is downloaded from ${new URL(url).host}.`);
  let file: string;
  try {
    file = await cache.downloadTool(url);
  } catch (error) {
    throw toolFailures.failure('download', {
      what: `${tool.name} ${version} could not be downloaded from ${url}: ${reason(error)}.`,
      cause: error,
    });
  }
  await verify(tool, version, platform, file, url);
  const member = tool.member(platform);
  let executable = file;
  if (tool.kind === 'zip') executable = join(await cache.extractZip(file), member);
  if (tool.kind === 'tar.gz') executable = join(await cache.extractTar(file), member);
  await chmod(executable, 0o755);
  const directory = await cache.cacheFile(executable, tool.name, tool.name, version, platform.arch);
  return join(directory, tool.name);
}

async function verify(tool: Tool, version: string, platform: Platform, file: string, url: string): Promise<void> {
  const expected =
    tool.pins[`${version}/${platform.os}_${platform.arch}`] ?? (await publishedDigest(tool, version, platform, url));
  const actual = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (actual === expected) return;
  await rm(file, { force: true });
  throw toolFailures.failure('checksum', {
    what: `${url} has the SHA-256 ${actual}, but ${expected} was expected. It was not used.`,
  });
}

async function publishedDigest(tool: Tool, version: string, platform: Platform, url: string): Promise<string> {
  const checksumsUrl = tool.checksumsUrl(version, platform);
  let text: string;
  try {
    const response = await fetch(checksumsUrl, { signal: AbortSignal.timeout(30_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    text = await response.text();
  } catch (error) {
    throw toolFailures.failure('download', {
      what: `The checksums ${checksumsUrl} could not be had: ${reason(error)}.`,
      cause: error,
    });
  }
  const digest = findDigest(text, new URL(url).pathname.split('/').at(-1) ?? '');
  if (digest === undefined)
    throw toolFailures.failure('checksum', { what: `${checksumsUrl} holds no SHA-256 for ${url}.` });
  return digest;
}
