/**
 * Bundles the suite: one ncc build of `actions/index.ts` into `dist/`, libraries in it once, a chunk for each thing that
 * is loaded when first needed, and an entry file for each action. With `--check` it builds beside and compares instead.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { transform } from 'esbuild';
import { names } from '../actions/index.ts';
import { run } from '../src/exec/run.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

if (process.argv.includes('--check')) {
  const differences = await compare(await build(), dist);
  if (differences.length > 0) {
    console.error(
      `dist/ is not what the sources give: ${differences.join(', ')}.\nRun \`npm run build\` and commit dist/.`,
    );
    process.exitCode = 1;
  } else console.log('dist/ equals a fresh build.');
} else {
  const fresh = await build();
  await rm(dist, { recursive: true, force: true });
  await cp(fresh, dist, { recursive: true });
  await rm(fresh, { recursive: true });
  const files = await list(dist);
  let bytes = 0;
  for (const file of files) bytes += (await readFile(join(dist, file))).byteLength;
  console.log(`dist/: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
}

/** Builds into a fresh folder: ncc never cleans its own, and a stale chunk would stay for ever. */
async function build(): Promise<string> {
  await mkdir(join(root, '.build'), { recursive: true });
  const out = await mkdtemp(join(root, '.build', 'bundle-'));
  const ncc = createRequire(import.meta.url).resolve('@vercel/ncc/dist/ncc/cli.js');
  const built = await run(
    process.execPath,
    [
      ncc,
      'build',
      join(root, 'actions', 'index.ts'),
      '--out',
      out,
      '--target',
      'es2024',
      '--license',
      'licenses.txt',
      '--no-cache',
    ],
    { cwd: root, timeoutSeconds: 300 },
  );
  if (built.exitCode !== 0) throw new Error(`ncc ended with ${built.exitCode}:\n${built.stdout}${built.stderr}`);
  for (const file of await list(out)) {
    if (!file.endsWith('.js')) {
      // ncc copies type declarations and package files of assets; nothing at run time reads them.
      if (file.endsWith('.d.ts')) await rm(join(out, file));
      continue;
    }
    // Names are kept: without them an error's class cannot be told in a log.
    const { code } = await transform(await readFile(join(out, file), 'utf8'), {
      minify: true,
      keepNames: true,
      format: 'esm',
      target: 'node24',
      legalComments: 'none',
    });
    await writeFile(join(out, file), code);
  }
  for (const name of names) {
    await writeFile(join(out, `${name}.js`), `import { start } from './index.js';\nawait start('${name}');\n`);
  }
  return out;
}

async function compare(fresh: string, committed: string): Promise<string[]> {
  const files = new Set([...(await list(fresh)), ...(await list(committed).catch(() => []))]);
  const differing: string[] = [];
  for (const file of [...files].sort()) {
    const [a, b] = await Promise.all(
      [fresh, committed].map((folder) => readFile(join(folder, file)).catch(() => undefined)),
    );
    if (a === undefined || b === undefined || !a.equals(b)) differing.push(file);
  }
  await rm(fresh, { recursive: true });
  return differing;
}

async function list(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
