/** What actions/upload-artifact makes of plain paths: each must be there. Patterns are not among what the templates use. */
import { appendFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

const input = (name: string): string => process.env[`INPUT_${name.toUpperCase()}`] ?? '';
const paths = input('path')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '')
  .map((path) => resolve(process.env['GITHUB_WORKSPACE'] ?? '.', path));
const found = paths.flatMap((path) => {
  const file = statSync(path, { throwIfNoEntry: false });
  return file?.isFile() === true ? [{ path, bytes: file.size }] : [];
});

if (found.length === 0 && input('if-no-files-found') !== 'ignore') {
  const level = input('if-no-files-found') === 'error' ? 'error' : 'warning';
  console.log(
    `::${level}::No files were found with the provided path: ${paths.join(', ')}. No artifacts will be uploaded.`,
  );
  if (level === 'error') process.exitCode = 1;
} else {
  for (const { path, bytes } of found) console.log(`${path} (${bytes} bytes)`);
  console.log(`Artifact ${input('name')}: ${found.length} files`);
  const outputs = process.env['GITHUB_OUTPUT'];
  if (outputs !== undefined) appendFileSync(outputs, 'artifact-id=1\n');
}
