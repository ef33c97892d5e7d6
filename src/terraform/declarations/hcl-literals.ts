import { endOfComment, endOfHeredoc, endOfString, endOfTemplate, heredocAt } from './hcl-span.ts';

const NUMBER = /-?\d[\d.]*(?:[eE][+-]?\d+)?/y;
const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** All strings, heredocs and numbers of an expression, as the engine understands them, but keys of objects. */
export function literals(expression: string): string[] {
  const found: string[] = [];
  let at = 0;
  while (at < expression.length) {
    const comment = endOfComment(expression, at);
    const heredoc = expression[at] === '<' ? heredocAt(expression, at) : undefined;
    if (comment !== undefined) at = comment;
    else if (expression[at] === '"') {
      const end = endOfString(expression, at + 1);
      // One that is not closed, the engine quotes as it is when it refuses it.
      const closed = end - 1 > at && expression[end - 1] === '"' ? end - 1 : end;
      if (!isKey(expression, end)) found.push(...texts(expression.slice(at + 1, closed), true));
      at = end;
    } else if (heredoc !== undefined) {
      const end = endOfHeredoc(expression, heredoc.end, heredoc.marker);
      const content = expression.slice(heredoc.end, lastLine(expression, heredoc.end, end)).replaceAll('\r\n', '\n');
      found.push(...texts(heredoc.indented ? unindented(content) : content, false));
      at = end;
    } else {
      const word = match(NAME, expression, at);
      const number = word === '' ? match(NUMBER, expression, at) : '';
      if (number !== '' && !isKey(expression, at + number.length)) found.push(number);
      at += Math.max(1, word.length + number.length);
    }
  }
  return found.filter((text) => text !== '');
}

const isKey = (expression: string, at: number) => /^\s*(=(?!=)|:)/.test(expression.slice(at, at + 200));

/** The parts of a quoted or heredoc text between its templates; one without any is a single part. */
function texts(content: string, quoted: boolean): string[] {
  const parts = [''];
  const add = (text: string) => (parts[parts.length - 1] += text);
  let at = 0;
  while (at < content.length) {
    const sign = content[at] ?? '';
    const next = content[at + 1] ?? '';
    if ((sign === '$' || sign === '%') && next === sign && content[at + 2] === '{') {
      add(`${sign}{`);
      at += 3;
    } else if ((sign === '$' || sign === '%') && next === '{') {
      at = endOfTemplate(content, at + 2);
      parts.push('');
    } else if (quoted && sign === '\\') {
      const { text, length } = escaped(content, at + 1);
      add(text);
      at += 1 + length;
    } else {
      add(sign);
      at++;
    }
  }
  return parts;
}

function escaped(content: string, at: number): { text: string; length: number } {
  const sign = content[at] ?? '';
  const digits = sign === 'u' ? 4 : sign === 'U' ? 8 : 0;
  const code = content.slice(at + 1, at + 1 + digits);
  if (digits > 0 && code.length === digits && /^[0-9a-f]+$/i.test(code) && parseInt(code, 16) <= 0x10ffff)
    return { text: String.fromCodePoint(parseInt(code, 16)), length: 1 + digits };
  return { text: ESCAPES[sign] ?? sign, length: 1 };
}

/** Where the line with the marker begins. */
function lastLine(expression: string, from: number, end: number): number {
  return Math.max(from, expression.lastIndexOf('\n', end - 1) + 1);
}

function unindented(content: string): string {
  const lines = content.split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const shared = Math.min(...indents, Number.MAX_SAFE_INTEGER);
  return lines.map((line) => line.slice(Math.min(shared, line.length))).join('\n');
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
