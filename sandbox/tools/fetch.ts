import { join } from 'node:path';
import { cacheDirectory } from '../config.ts';
import type { Progress } from '../progress.ts';
import { together } from '../together.ts';
import { CATALOGUE } from './catalogue.ts';
import { installPackages } from './packages.ts';
import { ToolProvider } from './provide.ts';
import { providePython } from './python.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * Fetches into the cache all that the sandbox, the scenarios and the checks use, what comes on request among it: whoever needs one
 * of them later finds it there. `first` leaves out what is late. Starts nothing.
 */
export async function fetchTools(progress: Progress, which: 'all' | 'first' = 'all'): Promise<void> {
  const tools = new ToolProvider(cacheDirectory(), join(root, '.build', 'bin'), progress);
  const checkov = () => providePython('checkov', join(root, 'scripts', 'checkov.txt'), cacheDirectory(), progress);
  await together([
    tools.all(CATALOGUE.filter(({ isLate }) => which === 'all' || isLate !== true).map(({ name }) => name)),
    // Both may install Debian packages, which goes one after the other.
    installPackages(progress).then(async () => void (await checkov())),
  ]);
}
