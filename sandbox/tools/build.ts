import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, run } from '../command.ts';
import type { Note } from '../progress.ts';
import type { GoRecipe } from './catalogue.ts';
import { findVersion, isInRange } from './version.ts';

/** Go from this version on fetches the newer Go that a module asks for by itself. */
const GO = { atLeast: '1.21', below: '2' };

/**
 * Builds all executables of a recipe and moves each to the file that `target` names: a file is there whole or not at
 * all. `note` hears what Go is doing.
 */
export async function buildFromModule(
  recipe: GoRecipe,
  target: (name: string) => string,
  note: Note,
  signal?: AbortSignal,
): Promise<void> {
  await checkGo();
  const names = Object.keys(recipe.packages);
  const first = target(names[0] ?? '');
  mkdirSync(dirname(dirname(first)), { recursive: true });
  const work = mkdtempSync(join(dirname(dirname(first)), '.build-'));
  try {
    note('go build');
    // When this process is killed the build ends with it, and the next run does not compete with it.
    await run('setpriv', ['--pdeathsig', 'KILL', 'nice', '-n', '10', 'go', ...goArguments(recipe, work)], {
      cwd: fileURLToPath(new URL(`./modules/${recipe.module}/`, import.meta.url)),
      env: goEnvironment(),
      onLine: (line) => note(line),
      ...(signal ? { signal } : {}),
    });
    for (const name of names) {
      // Go names an executable after the last part of its import path.
      const built = join(work, basename(recipe.packages[name] ?? ''));
      mkdirSync(dirname(target(name)), { recursive: true });
      renameSync(built, target(name));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Arguments of the one `go build` that writes all executables of a recipe into `folder`. */
export function goArguments(recipe: GoRecipe, folder: string): string[] {
  const flags = ['-s -w', recipe.linkerFlags].filter(Boolean).join(' ');
  const tags = recipe.tags === undefined ? [] : ['-tags', recipe.tags.join(',')];
  const options = ['-mod=readonly', '-trimpath', '-buildvcs=false', ...tags, '-ldflags', flags, '-o', `${folder}/`];
  return ['build', ...options, ...Object.values(recipe.packages)];
}

/** Static executables that run on the machine and in an empty container; GOGC trades memory for a shorter build. */
function goEnvironment(): Record<string, string> {
  return { CGO_ENABLED: '0', GOGC: '400', GOFLAGS: '', GOWORK: 'off' };
}

async function checkGo(): Promise<void> {
  const advice = 'install Go 1.24 or later (https://go.dev/dl/) and put it on PATH';
  const answer = await attempt('go', ['version']).catch(() => undefined);
  if (answer?.code !== 0) throw new Error(`Go is needed to build what cannot be downloaded: ${advice}`);
  const version = findVersion(answer.stdout.replace('go version go', ''));
  if (!version || !isInRange(version, GO)) throw new Error(`Go ${version ?? '(unknown)'} is too old: ${advice}`);
}
