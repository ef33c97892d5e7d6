/**
 * What a release is made of. `node scripts/release.ts check vX.Y.Z` refuses a tag that is not what it says; `… make vX.Y.Z FOLDER` writes
 * the archive, its list of parts, the checksums and the notes. Needs nothing installed but git and npm.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Why the tag must not be released, a sentence each; none when all is well. */
export function objections(tag: string, version: string, changelog: string): string[] {
  const wrong: string[] = [];
  if (!/^v\d+\.\d+\.\d+$/.test(tag)) wrong.push(`The tag ${tag} is no version: it must be vX.Y.Z.`);
  if (tag !== `v${version}`)
    wrong.push(`package.json says ${version}, and the tag ${tag}: set the version, merge, tag anew.`);
  if (notesOf(changelog, tag) === '')
    wrong.push(`CHANGELOG.md has no words under "## ${tag.slice(1)}": say what is new, merge, tag anew.`);
  return wrong;
}

/** What the changelog says of a version, without its heading; empty when it has no section. */
export function notesOf(changelog: string, tag: string): string {
  const lines = changelog.split('\n');
  const heading = new RegExp(`^## \\[?${tag.slice(1).replaceAll('.', '\\.')}\\]?( |$)`);
  const start = lines.findIndex((line) => heading.test(line));
  if (start === -1) return '';
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('## '));
  return rest
    .slice(0, end === -1 ? undefined : end)
    .join('\n')
    .trim();
}

/** Lines as `sha256sum` writes them. */
export function checksums(files: ReadonlyMap<string, Uint8Array>): string {
  return [...files]
    .map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`)
    .join('');
}

function run(program: string, args: readonly string[]): Buffer {
  return execFileSync(program, args, { cwd: ROOT, maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The archive as a job downloads it; each file of dist is signed, too, since that is what runs. */
function make(tag: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const archive = run('git', ['archive', '--format=tar.gz', `--prefix=livekit-gke-${tag.slice(1)}/`, 'HEAD']);
  const parts = run('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--omit=optional', '--package-lock-only']);
  const files = new Map<string, Uint8Array>([[`livekit-gke-${tag}.tar.gz`, archive]]);
  for (const name of readdirSync(join(ROOT, 'dist')).sort())
    if (name.endsWith('.js')) files.set(`dist/${name}`, readFileSync(join(ROOT, 'dist', name)));
  writeFileSync(join(folder, `livekit-gke-${tag}.tar.gz`), archive);
  writeFileSync(join(folder, 'sbom.cdx.json'), parts);
  writeFileSync(join(folder, 'SHA256SUMS'), checksums(files));
  writeFileSync(join(folder, 'NOTES.md'), `${notesOf(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), tag)}\n`);
}

function check(tag: string): void {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const wrong = objections(tag, version, readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'));
  for (const sentence of wrong) console.log(`::error::${sentence}`);
  if (wrong.length > 0) process.exitCode = 1;
  else console.log(`${tag} is what it says.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what, tag, folder] = process.argv.slice(2);
  if (what === 'check' && tag !== undefined) check(tag);
  else if (what === 'make' && tag !== undefined && folder !== undefined) make(tag, folder);
  else throw new Error('Say check vX.Y.Z, or make vX.Y.Z FOLDER.');
}
