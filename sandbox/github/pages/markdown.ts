import { Marked } from 'marked';
import sanitize from 'sanitize-html';
import { Html, escapeHtml } from './html.ts';

/** What GitHub lets through, as far as comments and summaries use it. Comments in the HTML (markers of sticky comments) vanish. */
const ALLOWED: sanitize.IOptions = {
  allowedTags: [
    ...[
      'h1',
      'h2',
      'h3',
      'h4',
      'h5',
      'h6',
      'p',
      'blockquote',
      'hr',
      'br',
      'ul',
      'ol',
      'li',
      'pre',
      'code',
      'span',
      'div',
    ],
    ...[
      'a',
      'img',
      'strong',
      'b',
      'em',
      'i',
      'del',
      's',
      'ins',
      'sub',
      'sup',
      'kbd',
      'samp',
      'var',
      'q',
      'tt',
      'input',
    ],
    ...['table', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'caption', 'details', 'summary', 'picture', 'source'],
  ],
  allowedAttributes: {
    a: ['href', 'title', 'id', 'name'],
    img: ['src', 'alt', 'title', 'width', 'height', 'align'],
    details: ['open'],
    input: ['type', 'checked', 'disabled'],
    td: ['align', 'colspan', 'rowspan'],
    th: ['align', 'colspan', 'rowspan'],
    div: ['align', 'class'],
    p: ['align', 'class'],
    pre: ['class'],
    code: ['class'],
    span: ['class'],
    ol: ['start'],
    '*': ['id'],
  },
  allowedClasses: {
    div: ['alert', 'alert-*'],
    p: ['alert-title'],
    pre: ['mermaid', 'code', 'code-*'],
    code: ['language-*'],
    span: ['line', 'line-*'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  transformTags: {
    // A checkbox is the only input, and nobody ticks it here.
    input: (_, { checked }) => ({
      tagName: 'input',
      attribs: { type: 'checkbox', disabled: '', ...(checked !== undefined && { checked: '' }) },
    }),
  },
};

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
  return new Html(sanitize(marked.parse(text, { async: false, breaks: place === 'comment' }), ALLOWED));
}
