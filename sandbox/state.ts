import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sandboxDirectory, type SandboxConfig } from './config.ts';
import { listDaemons } from './process.ts';
import { isAlive } from './process-id.ts';

const Up = z.object({ since: z.string(), parts: z.array(z.string()) });
export type Up = z.infer<typeof Up>;

const url = z.url();
const Config = z.object({
  directory: z.string(),
  bin: z.string(),
  project: z.object({ id: z.string(), number: z.string(), region: z.string() }),
  repository: z.object({
    owner: z.string(),
    name: z.string(),
    id: z.string(),
    ownerId: z.string(),
    gitDirectory: z.string(),
  }),
  bucket: z.string(),
  addresses: z.object({
    github: url,
    google: url,
    storage: url,
    storageUpstream: url,
    helmRepository: url,
    kubernetes: url,
  }),
  kubernetes: z.object({
    certificateAuthority: z.string(),
    adminKubeconfig: z.string(),
    nodes: z.array(z.object({ name: z.string(), address: z.string() })),
  }),
  redisAddress: z.string(),
});

/** Reads `<directory>/sandbox.json`. Fails when the sandbox is not up. */
export function readSandbox(directory = sandboxDirectory()): SandboxConfig {
  const file = join(directory, 'sandbox.json');
  if (!existsSync(file)) throw new Error('the sandbox is not up: start it with `npm run sandbox -- up`');
  return Config.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** What `up` noted once everything was ready, undefined when it has not come that far or a part has ended since. */
export function readUp(directory: string): Up | undefined {
  try {
    const up = Up.parse(JSON.parse(readFileSync(join(directory, 'up.json'), 'utf8')));
    const alive = new Set(
      listDaemons(directory)
        .filter(isAlive)
        .map(({ name }) => name),
    );
    return up.parts.every((part) => alive.has(part)) ? up : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file of the sandbox's directory whole or not at all. */
export function writeState(directory: string, name: string, content: unknown): void {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** One sentence when this system cannot carry the sandbox, undefined when it can. */
export function whatIsMissing(platform: string = process.platform, uid = process.getuid?.()): string | undefined {
  if (platform !== 'linux')
    return `the sandbox needs Linux (network namespaces and cgroups), not ${platform}: use a Debian 12 machine`;
  if (uid !== 0)
    return 'the sandbox needs root (network namespaces, cgroups, mounts): start it as root, for example with sudo';
  return undefined;
}
