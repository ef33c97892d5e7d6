import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { names } from '../../../actions/index.ts';
import { suiteDirectory } from '../../../sandbox/demo/repository.ts';

/** The suite as a release has it, made from the sources as they are now: actions, their bundle (libraries beside it), the payload. */
export class Release {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async build(): Promise<Release> {
    const directory = await mkdtemp(join(tmpdir(), 'release-'));
    const dist = join(directory, 'dist');
    await build({
      entryPoints: [join(suiteDirectory, 'actions', 'index.ts')],
      outdir: dist,
      ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node24', keepNames: true },
      packages: 'external',
      logLevel: 'error',
    });
    await writeFile(join(directory, 'package.json'), '{"type":"module"}\n');
    for (const name of names) {
      await writeFile(join(dist, `${name}.js`), `import { start } from './index.js';\nawait start('${name}');\n`);
    }
    await stop();
    for (const folder of ['actions', 'helm', 'node_modules'])
      await symlink(join(suiteDirectory, folder), join(directory, folder));
    return new Release(directory);
  }

  /** Folder of an action. */
  action(name: string): string {
    return join(this.directory, 'actions', name);
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
