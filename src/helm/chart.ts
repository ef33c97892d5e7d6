import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import { isAddon } from './addons/path.ts';
import { chartFiles } from './chart-package.ts';
import { helmFailures } from './failures.ts';
import { type Helm, helmWords } from './helm.ts';
import { isMapping, type Values } from './values/tree.ts';

export interface ChartReference {
  /** A chart's name in the repository, `oci://...`, or a folder of the workspace (`./charts/x`). */
  readonly chart: string;
  /** Exact version; `undefined` only for a folder. */
  readonly version: string | undefined;
  readonly repository: string;
}

/** A chart on this machine: rendered, previewed and deployed from the same file. */
export interface Chart {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** Of the package; `undefined` for a folder. */
  readonly sha256: string | undefined;
  readonly defaults: Values;
}

const metadataSchema = z.object({ name: z.string(), version: z.string() });

/**
 * Gets a chart once, with its default values; throws LK-HELM-001. An add-on that the workspace does not have comes with the suite's
 * own release.
 */
export async function fetchChart(
  helm: Helm,
  reference: ChartReference,
  workspace: string,
  suiteDirectory = workspace,
): Promise<Chart> {
  const own = join(workspace, reference.chart);
  const folder = isAddon(reference.chart) && !isChart(own) ? join(suiteDirectory, reference.chart) : own;
  const isFolder = /^\.{0,2}\//.test(reference.chart) || isChart(folder);
  const path = isFolder ? folder : await pull(helm, reference);
  const archive = isFolder ? undefined : await readFile(path);
  const [metadata, defaults] = await contents(path, archive);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) throw unreadable(path, 'its Chart.yaml has no name and version');
  return {
    path,
    ...parsed.data,
    sha256: archive && createHash('sha256').update(archive).digest('hex'),
    defaults: isMapping(defaults) ? defaults : {},
  };
}

const isChart = (folder: string) => existsSync(join(folder, 'Chart.yaml'));

/** Its Chart.yaml and its default values, parsed. Helm itself would be started twice for them. */
async function contents(path: string, archive: Buffer | undefined): Promise<unknown[]> {
  const { parse } = await import('yaml');
  try {
    const files = archive === undefined ? await folderFiles(path) : chartFiles(archive, FILES);
    return FILES.map((name) => parse(files.get(name) ?? '') as unknown);
  } catch (error) {
    throw unreadable(path, reason(error).replace(/\.$/, ''));
  }
}

const FILES = ['Chart.yaml', 'values.yaml'];

async function folderFiles(path: string): Promise<Map<string, string>> {
  const texts = await Promise.all(
    FILES.map(async (name) => [name, await readFile(join(path, name), 'utf8').catch(() => '')] as const),
  );
  return new Map(texts);
}

const unreadable = (path: string, why: string) =>
  helmFailures.failure('chart', { what: `The chart at ${path} cannot be read: ${why}.` });

async function pull(helm: Helm, reference: ChartReference): Promise<string> {
  const folder = await mkdtemp(join(helm.directory, 'chart-'));
  const source = reference.chart.startsWith('oci://')
    ? [reference.chart]
    : [reference.chart, '--repo', reference.repository];
  const version = reference.version === undefined ? [] : ['--version', reference.version];
  const described = `${reference.chart} ${reference.version ?? ''} of ${reference.repository}`;
  await retry(
    async () => {
      const { exitCode, stderr } = await helm.command(['pull', ...source, ...version, '--destination', folder]);
      if (exitCode !== 0) {
        throw helmFailures.failure('chart', { what: `The chart ${described} could not be had: ${helmWords(stderr)}.` });
      }
    },
    // Helm does not tell a missing version from a repository that stumbled but by words; a missing one is not waited for.
    { attempts: 3, baseSeconds: 2, isTransient: (error) => !/not found|no chart/i.test(String(error)) },
  );
  const file = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (file === undefined) {
    throw helmFailures.failure('chart', { what: `Helm left no package of the chart ${described}.` });
  }
  return join(folder, file);
}
