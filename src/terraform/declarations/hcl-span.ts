/** Where things end in HCL, without understanding them: strings, heredocs, comments and brackets may stand in each other. */

type Context =
  | { readonly kind: 'brackets'; readonly close: string }
  | { readonly kind: 'string' }
  | { readonly kind: 'heredoc'; readonly marker: string };

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
const HEREDOC = /<<-?([\p{L}_][\p{L}\p{N}_-]*)\r?\n/uy;

/** End of the block whose opening brace is just before `from`: the place behind its closing brace. */
export function endOfBlock(text: string, from: number): number {
  return scan(text, from, [{ kind: 'brackets', close: '}' }], false);
}

/** End of the expression that begins at `from`: the line break or closing bracket behind it. */
export function endOfExpression(text: string, from: number): number {
  return scan(text, from, [], true);
}

/** End of the string whose opening quote is just before `from`: the place behind its closing quote. */
export function endOfString(text: string, from: number): number {
  return scan(text, from, [{ kind: 'string' }], false);
}

/** End of the heredoc whose opening line ends just before `from`: the end of its last line, which has the marker. */
export function endOfHeredoc(text: string, from: number, marker: string): number {
  return scan(text, from, [{ kind: 'heredoc', marker }], false);
}

/** End of the `${` or `%{` that is just before `from`: the place behind its closing brace. */
export const endOfTemplate = endOfBlock;

/** End of the comment that begins at `at`, undefined when none does; that of a line leaves the line break. */
export function endOfComment(text: string, at: number): number | undefined {
  if (text[at] === '#' || text.startsWith('//', at)) return endOfLine(text, at);
  if (!text.startsWith('/*', at)) return undefined;
  const end = text.indexOf('*/', at + 2);
  return end < 0 ? text.length : end + 2;
}

export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** The opening line of a heredoc at `at`. */
export function heredocAt(text: string, at: number): { marker: string; indented: boolean; end: number } | undefined {
  HEREDOC.lastIndex = at;
  const found = HEREDOC.exec(text);
  if (found === null) return undefined;
  return { marker: found[1] ?? '', indented: text[at + 2] === '-', end: HEREDOC.lastIndex };
}

/** A stack instead of recursion: files of others may be nested as deep as they like. */
function scan(text: string, from: number, stack: Context[], stopsInLine: boolean): number {
  let at = from;
  while (at < text.length) {
    const top = stack.at(-1);
    if (top?.kind === 'string') at = inString(text, at, stack);
    else if (top?.kind === 'heredoc') at = inHeredoc(text, at, top.marker, stack);
    else {
      if (stack.length === 0 && /[\n)\]}]/.test(text[at] ?? '')) return at;
      at = inCode(text, at, top?.close, stack);
    }
    if (stack.length === 0 && !stopsInLine) return at;
  }
  return text.length;
}

function inCode(text: string, at: number, close: string | undefined, stack: Context[]): number {
  const sign = text[at] ?? '';
  const comment = endOfComment(text, at);
  if (comment !== undefined) return comment;
  if (sign === '"') stack.push({ kind: 'string' });
  else if (sign === close) stack.pop();
  else if (sign in CLOSING) stack.push({ kind: 'brackets', close: CLOSING[sign] ?? '' });
  else if (sign === '<') {
    const heredoc = heredocAt(text, at);
    if (heredoc !== undefined) {
      stack.push({ kind: 'heredoc', marker: heredoc.marker });
      return heredoc.end;
    }
  }
  return at + 1;
}

function inString(text: string, at: number, stack: Context[]): number {
  const sign = text[at];
  if (sign === '\\') return at + 2;
  // A string ends with its line at the latest; the engine itself refuses such a file.
  if (sign === '"' || sign === '\n') stack.pop();
  return sign === '"' ? at + 1 : sign === '\n' ? at : template(text, at, stack);
}

function inHeredoc(text: string, at: number, marker: string, stack: Context[]): number {
  if (text[at - 1] === '\n') {
    const end = endOfLine(text, at);
    if (text.slice(at, end).trim() === marker) {
      stack.pop();
      return end;
    }
  }
  return template(text, at, stack);
}

/** Steps over a character, over an escaped `$${`, or into a template. */
function template(text: string, at: number, stack: Context[]): number {
  const sign = text[at];
  if (sign !== '$' && sign !== '%') return at + 1;
  if (text[at + 1] === sign && text[at + 2] === '{') return at + 3;
  if (text[at + 1] !== '{') return at + 1;
  stack.push({ kind: 'brackets', close: '}' });
  return at + 2;
}
