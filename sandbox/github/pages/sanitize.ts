import { Parser } from 'htmlparser2';
import { escapeHtml } from './html.ts';

const TAGS = new Set([
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
  ...['a', 'img', 'strong', 'b', 'em', 'i', 'del', 's', 'ins', 'sub', 'sup', 'kbd', 'samp', 'var', 'q', 'tt', 'input'],
  ...['table', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'caption', 'details', 'summary'],
]);

const VOID = new Set(['hr', 'br', 'img', 'input']);

/** Tags whose text is no text: it goes with them. Of any other unknown tag only the tag goes. */
const WITH_CONTENT = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'iframe',
  'object',
  'textarea',
  'select',
  'svg',
  'math',
  'title',
]);

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ['href', 'title'],
  img: ['src', 'alt', 'title', 'width', 'height', 'align'],
  details: ['open'],
  input: ['checked'],
  td: ['align', 'colspan', 'rowspan'],
  th: ['align', 'colspan', 'rowspan'],
  div: ['align', 'class'],
  p: ['align', 'class'],
  pre: ['class'],
  span: ['class'],
  ol: ['start'],
};

/** Classes that the renderer itself gives. */
const CLASS = /^(alert( alert-\w+)?|alert-title|mermaid|code( code-[\w-]+)?|line( line-\w+)?)$/;

const ADDRESS = /^(https?:\/\/|mailto:|#|\/(?!\/)|[\w.-]+(\/|$))/i;

function allowed(tag: string, name: string, value: string): boolean {
  if (!(ATTRIBUTES[tag] ?? []).includes(name)) return false;
  if (name === 'class') return CLASS.test(value);
  if (name === 'href' || name === 'src') return ADDRESS.test(value);
  return true;
}

/** Lets through what GitHub does in comments and summaries. Comments vanish, and no tag reaches beyond the text. */
export function sanitizeHtml(text: string): string {
  const out: string[] = [];
  const open: string[] = [];
  let dropping = 0;
  const parser = new Parser({
    onopentag(tag, attributes) {
      if (WITH_CONTENT.has(tag)) dropping += 1;
      if (dropping > 0 || !TAGS.has(tag)) return;
      // A checkbox is the only input, and nobody ticks it here.
      const fixed = tag === 'input' ? ' type="checkbox" disabled' : '';
      const kept = Object.entries(attributes).filter(([name, value]) => allowed(tag, name, value));
      out.push(`<${tag}${fixed}${kept.map(([name, value]) => ` ${name}="${escapeHtml(value)}"`).join('')}>`);
      if (!VOID.has(tag)) open.push(tag);
    },
    ontext(value) {
      if (dropping === 0)
        out.push(value.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? ''));
    },
    onclosetag(tag) {
      if (WITH_CONTENT.has(tag)) dropping = Math.max(0, dropping - 1);
      if (dropping > 0 || !open.includes(tag)) return;
      for (let last = open.pop(); last !== undefined; last = open.pop()) {
        out.push(`</${last}>`);
        if (last === tag) break;
      }
    },
  });
  parser.end(text);
  for (const tag of open.reverse()) out.push(`</${tag}>`);
  return out.join('');
}
