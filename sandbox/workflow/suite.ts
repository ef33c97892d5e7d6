import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a release of the suite holds that a workflow reaches. */
const FOLDERS = ['actions', 'dist', 'terraform', 'helm', '.github', 'package.json'];

const LEFT_OUT = new Set(['node_modules', '.terraform', '.git', 'coverage']);

/**
 * Copies the suite as a release would hold it. act copies a repository whole for every step that uses an action of it, so that a checkout
 * with its dependencies would be copied again and again.
 */
export function exportSuite(suiteDirectory: string, target: string): string {
  mkdirSync(target, { recursive: true });
  for (const folder of FOLDERS) {
    const source = join(suiteDirectory, folder);
    if (!existsSync(source)) continue;
    const wanted = (path: string) => !LEFT_OUT.has(basename(path)) && !path.endsWith('.test.ts');
    cpSync(source, join(target, folder), { recursive: true, filter: wanted });
  }
  return target;
}
