import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Bench } from './bar.ts';

const ROOT = join(import.meta.dirname, '../..');
const BAR_MB = 6;

/** What a job downloads when it uses an action: the commit as an archive, compressed as GitHub does. */
export const archive: Bench = {
  title: 'what a job downloads',
  run() {
    const bytes = execFileSync('git', ['archive', '--format=tar.gz', 'HEAD'], { cwd: ROOT, maxBuffer: 2 ** 28 }).length;
    return Promise.resolve([
      {
        what: '`git archive` of the commit, compressed',
        value: `${(bytes / 1e6).toFixed(2)} MB`,
        bar: `<= ${BAR_MB} MB`,
        holds: bytes <= BAR_MB * 1e6,
      },
    ]);
  },
};
