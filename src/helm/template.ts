import { rm } from 'node:fs/promises';
import { helmFailures } from './failures.ts';
import { type Helm, helmWords } from './helm.ts';
import { writeValues } from './values/prepare.ts';
import type { Values } from './values/tree.ts';

/** A chart and the values that it gets. */
export interface ChartSource {
  readonly release: string;
  readonly chartPath: string;
  readonly values: Values;
}

/** What Helm makes of a chart, without asking the cluster. Throws LK-HELM-007. */
export async function renderManifest(
  helm: Helm,
  source: ChartSource & { readonly namespace: string },
): Promise<string> {
  const { release, chartPath, values, namespace } = source;
  const file = await writeValues(helm.directory, values);
  try {
    const { exitCode, stdout, stderr } = await helm.command([
      ...['template', release, chartPath, '--namespace', namespace, '--values', file],
      // As for a release that is there: what a chart does at its first install only is no change.
      ...['--is-upgrade', '--no-hooks'],
    ]);
    if (exitCode === 0) return stdout;
    throw helmFailures.failure('command', { what: `helm template ${release} failed: ${helmWords(stderr)}.` });
  } finally {
    await rm(file, { force: true });
  }
}
