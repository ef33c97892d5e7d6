import { sandboxDirectory } from './config.ts';
import { listDaemons } from './process.ts';
import { isAlive } from './process-id.ts';
import { readUp } from './state.ts';

/** The parts of the sandbox as a table: process id, address, since when, log. */
export function status(directory = sandboxDirectory()): string {
  const daemons = listDaemons(directory);
  if (daemons.length === 0) return `the sandbox is down (${directory})`;
  const up = readUp(directory);
  const head = up
    ? `the sandbox is up since ${up.since} (${directory})`
    : `the sandbox is not whole (${directory}): \`npm run sandbox -- up\``;
  const rows = daemons.map((daemon) => [
    daemon.name,
    isAlive(daemon) ? String(daemon.pid) : 'ended',
    daemon.address ?? '',
    daemon.since.slice(0, 19).replace('T', ' '),
    daemon.log,
  ]);
  return `${head}\n${table([['part', 'pid', 'address', 'up since (UTC)', 'log'], ...rows])}`;
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
