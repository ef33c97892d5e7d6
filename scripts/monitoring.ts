/** `node scripts/monitoring.ts [--check]`: writes what of the monitoring has one source and stands in several files; `--check` compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboards } from './dashboards/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const addon = 'helm/addons/monitoring/files';

/** Path and text of each file that is made from another one. */
export function monitoringFiles(): Map<string, string> {
  return new Map([
    // A chart reads no file outside of its own folder.
    ['helm/charts/livekit-gke/files/rules/livekit.yaml', readFileSync(join(root, addon, 'rules/livekit.yaml'), 'utf8')],
    ...dashboards.map(
      (board) => [`${addon}/dashboards/${board.uid}.json`, `${JSON.stringify(board, null, 1)}\n`] as const,
    ),
  ]);
}

if (import.meta.main) {
  const isCheck = process.argv.includes('--check');
  const stale = [...monitoringFiles()].filter(([path, text]) => {
    if (!isCheck) writeFileSync(join(root, path), text);
    return isCheck && readFileSync(join(root, path), 'utf8') !== text;
  });
  for (const [path] of stale) console.error(`${path} is not what node scripts/monitoring.ts writes`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}
