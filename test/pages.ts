import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const leftOut = new Set(['node_modules', '.git', '.build', 'dist', 'coverage', '.terraform', 'fixtures']);

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (leftOut.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? markdownBelow(path) : entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Every page of the documentation, by its path in the repository. */
export const pages = markdownBelow(root).map((path) => relative(root, path));

export const pageText = (page: string) => readFileSync(join(root, page), 'utf8');

/** A fenced block of a page, with the line that it begins at. */
export interface Example {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The examples of a page; a block in a list is taken without its indentation. */
export function examplesOf(page: string, text = pageText(page)): Example[] {
  const examples: Example[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', fence = '', language = ''] = /^( *)(```+)(\w*)/.exec(lines[at] ?? '') ?? [];
    if (fence === '') continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    const body = lines
      .slice(at + 1, end === -1 ? undefined : end)
      .map((line) => line.slice(Math.min(indent.length, line.search(/\S|$/))));
    examples.push({ page, line: at + 1, language, text: `${body.join('\n')}\n` });
    if (end === -1) break;
    at = end;
  }
  return examples;
}
