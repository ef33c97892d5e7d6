import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { names } from '../../../actions/index.ts';
import { suiteDirectory } from '../../../sandbox/demo/repository.ts';

/** The suite as a release has it, made from the sources as they are now: actions, their bundle, and the payload. */
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
      logLevel: 'error',
      // Libraries of the older kind ask for Node's own modules by `require`.
      banner: {
        js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
      },
    });
    await writeFile(join(directory, 'package.json'), '{"type":"module"}\n');
    for (const name of names) {
      await writeFile(join(dist, `${name}.js`), `import { start } from './index.js';\nawait start('${name}');\n`);
    }
    for (const folder of ['actions', 'helm']) await symlink(join(suiteDirectory, folder), join(directory, folder));
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
