import { marked } from 'marked';
import { code, details, plain, prose } from './markdown.ts';

/** Texts of a plan, an answer or a log that would be markup, were they not made harmless. */
const TEXTS = [
  'null_resource.x["[click](https://evil.example)"]',
  '![pixel](https://evil.example/a.png)',
  '[a][b] and [c]: https://evil.example',
  'see https://evil.example/x or HTTP://evil.example',
  'www.evil.example',
  '`ticks` **bold** *slant* _slant_ "_x_" ~~gone~~',
  '\\[x\\](https://evil.example) \\`',
  '<img src=x onerror=alert(1)> </code></details> <!-- x -->',
  '&lt;b&gt; &#42;x&#42;',
  'a | b',
];

/** What a reader sees: the text of the HTML. */
function shown(html: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
  return html
    .replace(/&#(\d+);/g, (_all, number: string) => String.fromCharCode(Number(number)))
    .replace(/&(\w+);/g, (all, name: string) => entities[name] ?? all)
    .replaceAll('\u200b', '');
}

test.each(TEXTS)('in inline code nothing becomes markup: %s', (text) => {
  const html = marked.parseInline(`Hello ${code(text)}`, { async: false });
  const [, inner = 'no code'] = /^Hello <code>(.*)<\/code>$/.exec(html) ?? [];
  expect(inner).not.toMatch(/<[a-z/]/i);
  expect(shown(inner)).toBe(text);
});

test.each(TEXTS)('nor in the title of a part that folds: %s', (text) => {
  const html = marked.parse(details(code(text), 'x'), { async: false });
  const [, inner = 'no code'] = /<summary><code>(.*)<\/code><\/summary>/.exec(html) ?? [];
  expect(inner).not.toMatch(/<[a-z/]/i);
  expect(shown(inner)).toBe(text);
});

test.each(TEXTS)('nor in a paragraph: %s', (text) => {
  const html = marked.parseInline(`Hello ${plain(text)}`, { async: false });
  expect(html).not.toMatch(/<[a-z/]/i);
  expect(shown(html)).toBe(`Hello ${text}`);
});

test.each(TEXTS)('nor in a sentence that may hold code: %s', (text) => {
  const html = marked.parseInline(`Hello ${prose(text)}`, { async: false });
  expect(html.replaceAll(/<\/?code>/g, '')).not.toMatch(/<[a-z/]/i);
  expect(shown(html.replaceAll(/<\/?code>/g, ''))).toBe(`Hello ${text.replaceAll(/`([^`]+)`/g, '$1')}`);
});

test('code in a sentence is shown as code', () => {
  expect(prose('Run `terraform force-unlock a_b`, please.')).toBe(
    'Run <code>terraform force-unlock a_b</code>, please.',
  );
});

test('nobody is mentioned, and no other issue is referred to', () => {
  expect(plain('@team, nova/livekit#12')).not.toMatch(/@\w|#\d/);
});
