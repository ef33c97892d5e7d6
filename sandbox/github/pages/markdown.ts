import { Marked } from 'marked';
import { Html, escapeHtml } from './html.ts';
import { sanitizeHtml } from './sanitize.ts';

const ALERTS: Readonly<Record<string, string>> = {
  NOTE: 'Note',
  TIP: 'Tip',
  IMPORTANT: 'Important',
  WARNING: 'Warning',
  CAUTION: 'Caution',
};

/** A line of a diff block by its first character, as GitHub colours it. */
function diffLine(line: string): string {
  const kind = line.startsWith('@@')
    ? 'hunk'
    : line.startsWith('+')
      ? 'added'
      : line.startsWith('-')
        ? 'removed'
        : line.startsWith('!')
          ? 'changed'
          : '';
  return `<span class="line${kind === '' ? '' : ` line-${kind}`}">${escapeHtml(line)}\n</span>`;
}

const renderer = {
  code({ text, lang }: { text: string; lang?: string | undefined }): string {
    const [language = ''] = (lang ?? '').split(/\s/);
    if (language === 'mermaid') return `<pre class="mermaid">${escapeHtml(text)}</pre>\n`;
    const body = language === 'diff' ? text.split('\n').map(diffLine).join('') : escapeHtml(text);
    const name = language.replace(/[^\w-]/g, '');
    return `<pre class="code${name === '' ? '' : ` code-${name}`}"><code>${body}</code></pre>\n`;
  },
  blockquote(this: { parser: { parse(tokens: never): string } }, { tokens }: { tokens: never }): string {
    const inner = this.parser.parse(tokens);
    const [whole, kind = ''] = /^<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?:<br>|\n)?/.exec(inner) ?? [];
    if (whole === undefined) return `<blockquote>\n${inner}</blockquote>\n`;
    const title = `<p class="alert-title">${ALERTS[kind]}</p>`;
    return `<div class="alert alert-${kind.toLowerCase()}">${title}<p>${inner.slice(whole.length)}</div>\n`;
  },
};

const marked = new Marked({ gfm: true, renderer: renderer as never });

/** Markdown as GitHub shows it: in comments a line break stays one, in job summaries not. */
export function renderMarkdown(text: string, place: 'comment' | 'summary'): Html {
  return new Html(sanitizeHtml(marked.parse(text, { async: false, breaks: place === 'comment' })));
}
