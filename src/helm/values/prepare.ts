import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAddon } from '../addons/path.ts';
import { type Layer, readLayer } from './layer.ts';
import { parseSet } from './set.ts';
import type { Values } from './tree.ts';

export interface ValuesSources {
  readonly workspace: string;
  /** Where the suite's own release lies: an add-on's files that the workspace does not have are there. */
  readonly suiteDirectory?: string;
  readonly environment: string;
  /** Whether helm/values/common.yaml and <environment>.yaml are this chart's; add-ons have files of their own. */
  readonly withEnvironmentFiles: boolean;
  readonly facts: readonly Layer[];
  /** The `values` input: files, relative to the workspace. */
  readonly files: readonly string[];
  /** The `set` input. */
  readonly set: readonly string[];
}

/** All values by source, the later ones winning: common, environment, facts, `values`, `set`. Throws LK-HELM-002 and -003. */
export async function collectLayers(sources: ValuesSources): Promise<Layer[]> {
  const shipped = sources.withEnvironmentFiles
    ? ['helm/values/common.yaml', `helm/values/${sources.environment}.yaml`]
    : [];
  // common.yaml may be left out by those who keep everything in one file; the environment's own may not.
  const present = shipped.filter((file) => !file.endsWith('common.yaml') || existsSync(join(sources.workspace, file)));
  const read = (files: readonly string[]) => Promise.all(files.map((file) => readLayer(rootOf(sources, file), file)));
  return [
    ...(await read(present)),
    ...sources.facts,
    ...(await read(sources.files)),
    ...(sources.set.length === 0 ? [] : [{ name: 'the input `set`', values: parseSet(sources.set) }]),
  ];
}

function rootOf({ workspace, suiteDirectory = workspace }: ValuesSources, file: string): string {
  return isAddon(file) && !existsSync(join(workspace, file)) ? suiteDirectory : workspace;
}

/** Writes the merged values for Helm (JSON is YAML), readable by its owner only. Gives the path. */
export async function writeValues(directory: string, values: Values): Promise<string> {
  const file = join(directory, `values-${randomBytes(8).toString('hex')}.yaml`);
  await writeFile(file, JSON.stringify(values, null, 2), { mode: 0o600, flag: 'wx' });
  return file;
}
