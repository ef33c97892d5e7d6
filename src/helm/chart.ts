import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { retry } from '../failure/retry.ts';
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

/** Gets a chart once, with its default values; throws LK-HELM-001. */
export async function fetchChart(helm: Helm, reference: ChartReference, workspace: string): Promise<Chart> {
  const folder = join(workspace, reference.chart);
  const isFolder = /^\.{0,2}\//.test(reference.chart) || existsSync(join(folder, 'Chart.yaml'));
  const path = isFolder ? folder : await pull(helm, reference);
  const [metadata, defaults] = await Promise.all([show(helm, 'chart', path), show(helm, 'values', path)]);
  const { name, version } = metadataSchema.parse(metadata);
  return {
    path,
    name,
    version,
    sha256: isFolder
      ? undefined
      : createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
    defaults: isMapping(defaults) ? defaults : {},
  };
}

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

async function show(helm: Helm, what: 'chart' | 'values', path: string): Promise<unknown> {
  const { parse } = await import('yaml');
  const { exitCode, stdout, stderr } = await helm.command(['show', what, path]);
  if (exitCode !== 0) {
    throw helmFailures.failure('chart', { what: `The chart at ${path} cannot be read: ${helmWords(stderr)}.` });
  }
  return parse(stdout) as unknown;
}
