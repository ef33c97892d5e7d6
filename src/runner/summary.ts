import { appendFile, stat } from 'node:fs/promises';
import { redact } from './mask.ts';
import { log } from './log.ts';

/** GitHub drops the whole summary of a step that is larger than this. */
export const SUMMARY_LIMIT_BYTES = 1024 * 1024;

/**
 * Adds markdown to the job summary. Outside of GitHub it goes to the log. A part that would pass the limit is left out
 * with a line that says so, since GitHub would drop all of it.
 */
export async function addSummary(
  markdown: string,
  path: string | undefined = process.env['GITHUB_STEP_SUMMARY'],
): Promise<void> {
  const text = `${redact(markdown)}\n`;
  if (path === undefined || path === '') {
    log.info(text);
    return;
  }
  const present = await stat(path).then(
    (file) => file.size,
    () => 0,
  );
  const note = '\n> The rest is left out: a job summary may have 1 MiB.\n';
  const fits = present + Buffer.byteLength(text) + Buffer.byteLength(note) <= SUMMARY_LIMIT_BYTES;
  await appendFile(path, fits ? text : note);
}
