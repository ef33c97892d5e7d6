import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../command.ts';
import type { Tool } from './catalogue.ts';
import { findVersion, isInRange } from './version.ts';

/** Where a tool is had from, in the order in which it is looked for. */
export type Source =
  | { readonly kind: 'path'; readonly file: string; readonly version: string }
  | { readonly kind: 'cache'; readonly file: string }
  | { readonly kind: 'download' }
  | { readonly kind: 'build' }
  | { readonly kind: 'none' };

/** What the decision depends on; the real ones are `onThisMachine`. */
export interface Surroundings {
  /** Every executable of that name on PATH, in order. */
  onPath(name: string): string[];
  /** What the executable says about its version, undefined when it does not run. */
  versionOf(file: string, args: readonly string[]): Promise<string | undefined>;
  isExecutable(file: string): boolean;
  readonly platform: string;
}

/** A good version on PATH, else the cache, else an official release, else a build. */
export async function resolveTool(tool: Tool, cached: string, surroundings: Surroundings): Promise<Source> {
  for (const file of surroundings.onPath(tool.name)) {
    const version = await surroundings.versionOf(file, tool.versionArguments);
    if (version && isInRange(version, tool.range)) return { kind: 'path', file, version };
  }
  if (surroundings.isExecutable(cached)) return { kind: 'cache', file: cached };
  if (tool.downloads?.[surroundings.platform]) return { kind: 'download' };
  return tool.build ? { kind: 'build' } : { kind: 'none' };
}

export const onThisMachine: Surroundings = {
  onPath: (name) => searchPath(name),
  versionOf: async (file, args) => {
    try {
      const { code, stdout, stderr } = await attempt(file, args, { timeoutSeconds: 10 });
      return code === 0 ? findVersion(stdout || stderr) : undefined;
    } catch {
      return undefined;
    }
  },
  isExecutable,
  platform: `${process.platform}-${process.arch}`,
};

/** Executables of that name on PATH and in the administrator's folders, which are not on everybody's PATH. */
export function searchPath(name: string, path = process.env['PATH'] ?? ''): string[] {
  const folders = new Set([...path.split(':').filter(Boolean), '/usr/local/sbin', '/usr/sbin', '/sbin']);
  return [...folders]
    .filter((folder) => !folder.includes('/node_modules/'))
    .map((folder) => join(folder, name))
    .filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Names in a folder; none when it does not exist. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
