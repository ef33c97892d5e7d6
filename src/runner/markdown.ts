/** The few forms of GitHub's markdown that are used, each safe for any text. */

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * What markdown reads in the midst of a line: escapes, code, emphasis, links and bare addresses. Names with underscores
 * inside and places in lists are none of it.
 */
const MARKUP =
  /[\\`*|]|~(?=~)|(?<=~)~|(?<![a-z0-9])_|_(?![a-z0-9])|\](?=[([:])|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi;

/**
 * Inline code that works inside of HTML and tables too, and in which nobody is mentioned. Markdown would still be read
 * between the two tags, so its signs are written as entities.
 */
export function code(text: string): string {
  return `<code>${inHtml(text)}</code>`;
}

/** Text in one line for the inside of an HTML tag, where a backslash would be shown; markdown finds nothing in it either. */
export function inHtml(text: string): string {
  return escapeHtml(text.replace(/\s+/g, ' ')).replace(MARKUP, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A fenced block; the fence is longer than any run of backticks in it. */
export function fence(language: string, content: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${content}\n${ticks}`;
}

/** A part that folds. `title` is HTML. */
export function details(title: string, content: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${title}</summary>\n\n${content}\n\n</details>`;
}

export function table(
  head: readonly string[],
  align: readonly ('left' | 'right')[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(align.map((side) => (side === 'right' ? '--:' : ':--'))), ...rows.map(line)].join('\n');
}

/** Text in a paragraph: nothing in it becomes markup, a mention or a link. */
export function plain(text: string): string {
  return escapeHtml(text.replace(/\s+/g, ' '))
    .replace(/[\\`*_[\]|~#]|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi, '\\$&')
    .replace(/@|#(?=\d)/g, '$&\u200b');
}

/** A sentence of our own, which may quote others: its `code` is shown as code, nothing else in it becomes markup. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? code(part.slice(1, -1)) : plain(part)))
    .join('');
}

/** `1 resource`, `2 resources` */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
