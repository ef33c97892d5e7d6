import { renderMarkdown } from './markdown.ts';

const comment = (text: string) => renderMarkdown(text, 'comment').text;

it.each([
  ['a table', '| a | b |\n|---|--:|\n| 1 | 2 |', '<td align="right">2</td>'],
  ['details', '<details><summary>s</summary>\n\n**b**\n</details>', '<details><summary>s</summary>'],
  ['a task list', '- [x] done', '<input type="checkbox" disabled checked="">'],
  ['a line break of a comment', 'a\nb', 'a<br>b'],
  ['an alert', '> [!WARNING]\n> careful', '<div class="alert alert-warning"><p class="alert-title">Warning</p>'],
  ['a mermaid block', '```mermaid\ngraph LR\n a-->b\n```', '<pre class="mermaid">graph LR\n a--&gt;b</pre>'],
  ['a diff', '```diff\n+ a <b>\n- c\n```', '<span class="line line-added">+ a &lt;b&gt;\n</span>'],
])('renders %s', (_, text, expected) => expect(comment(text)).toContain(expected));

it('does not break the lines of a summary', () => {
  expect(renderMarkdown('a\nb', 'summary').text).toBe('<p>a\nb</p>\n');
});

it.each([
  ['a script', '<script>alert(1)</script>', /script|alert/],
  ['an event handler', '<img src="x" onerror="alert(1)">', /onerror/],
  ['a script address', '[a](javascript:alert(1)) <a href="javascript:alert(1)">b</a>', /javascript/],
  ['styles', '<style>p{}</style><p style="position:fixed">a</p>', /style/],
  ['frames and forms', '<iframe src="//x"></iframe><form action="x"><button>b</button></form>', /iframe|form|button/],
  ['the marker of a sticky comment', '<!-- marker -->text', /marker|<!--/],
  ['a script in a diff', '```diff\n+<script>x</script>\n```', /<script/],
  ['a script in the name of a language', '```"><script>\nx\n```', /<script/],
])('lets no %s through', (_, text, forbidden) => expect(comment(text)).not.toMatch(forbidden));
