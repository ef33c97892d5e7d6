/** Where a configuration takes its modules from, as far as that can be read without evaluating it. */
export interface ModuleSources {
  /** Paths as written: `../../modules/gke`. */
  readonly local: readonly string[];
  /** True when a source is computed (OpenTofu allows that), so that it may be any directory. */
  readonly computed: boolean;
}

/** Reads `module` blocks of Terraform's language; comments, strings and heredocs that look like one are none. */
export function moduleSources(text: string): ModuleSources {
  const sources: (string | undefined)[] = [];
  const tokens = scan(text);
  let depth = 0;
  let inModule = false;
  tokens.forEach((token, i) => {
    const [next, afterNext] = [tokens[i + 1], tokens[i + 2]];
    if (token.kind === 'open') depth++;
    else if (token.kind === 'close') {
      depth = Math.max(0, depth - 1);
      if (depth === 0) inModule = false;
    } else if (token.kind === 'word' && depth === 0 && token.text === 'module') {
      inModule = (next?.kind === 'string' || next?.kind === 'word') && afterNext?.kind === 'open';
    } else if (token.kind === 'word' && depth === 1 && inModule && token.text === 'source' && next?.kind === 'equals') {
      // What follows the string on its line would make it part of an expression.
      const alone = afterNext?.kind === 'string' && tokens[i + 3]?.line !== afterNext.line;
      const ended = afterNext?.kind === 'string' && tokens[i + 3]?.kind === 'close';
      sources.push(alone || ended ? afterNext.text : undefined);
    }
  });
  return collected(sources);
}

/** The same of the JSON form (`*.tf.json`), in which blocks are objects or lists of objects. */
export function moduleSourcesOfJson(text: string): ModuleSources {
  const sources: (string | undefined)[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) return value.forEach((item) => visit(item, depth));
    if (typeof value !== 'object' || value === null) return;
    if (depth > 0) return Object.values(value).forEach((item) => visit(item, depth - 1));
    const { source } = value as { source?: unknown };
    if (source !== undefined) sources.push(typeof source === 'string' ? source : undefined);
  };
  const document: unknown = JSON.parse(text);
  for (const top of Array.isArray(document) ? (document as unknown[]) : [document])
    visit((top as { module?: unknown } | null)?.module, 1);
  return collected(sources);
}

function collected(sources: readonly (string | undefined)[]): ModuleSources {
  const computed = sources.some((source) => source === undefined || /[$%]\{/.test(source));
  const local = sources.filter((source): source is string => source !== undefined && /^\.\.?(\/|$)/.test(source));
  return { local: [...new Set(local)].filter((source) => !/[$%]\{/.test(source)), computed };
}

interface Token {
  readonly kind: 'word' | 'string' | 'open' | 'close' | 'equals' | 'other';
  readonly text: string;
  readonly line: number;
}

/** The language's words and brackets; what stands in comments and heredocs is left out, a string is one token. */
function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 0;
  let at = 0;
  const skip = (length: number) => {
    for (const end = Math.min(text.length, at + length); at < end; at++) if (text[at] === '\n') line++;
  };
  const add = (kind: Token['kind'], length: number, value = text.slice(at, at + length)) => {
    tokens.push({ kind, text: value, line });
    skip(length);
  };
  const restOfLine = () => {
    const end = text.indexOf('\n', at);
    return (end === -1 ? text.length : end) - at;
  };
  while (at < text.length) {
    const rest = text.slice(at, at + 256);
    const comment = /^(?:#|\/\/)/.test(rest);
    const heredoc = /^<<-?([\p{L}_][\p{L}\p{N}_-]*)[ \t]*\r?\n/u.exec(rest);
    const word = /^[\p{L}_][\p{L}\p{N}_-]*/u.exec(rest);
    if (comment) skip(restOfLine());
    else if (rest.startsWith('/*')) {
      const end = text.indexOf('*/', at + 2);
      skip(end === -1 ? text.length : end + 2 - at);
    } else if (heredoc) {
      const start = at + heredoc[0].length;
      const end = new RegExp(`^[ \\t]*${heredoc[1]}[ \\t]*\\r?$`, 'mu').exec(text.slice(start));
      tokens.push({ kind: 'other', text: heredoc[0], line });
      skip(heredoc[0].length + (end ? end.index + end[0].length : text.length));
    } else if (rest.startsWith('"')) {
      const length = stringLength(text, at);
      add('string', length, text.slice(at + 1, at + length - 1));
    } else if (word) add('word', word[0].length);
    else if (/^\s/.test(rest)) skip(1);
    else if (/^[{[(]/.test(rest)) add('open', 1);
    else if (/^[}\])]/.test(rest)) add('close', 1);
    else if (/^=(?![=>])/.test(rest)) add('equals', 1);
    else add('other', rest.startsWith('=') ? 2 : 1);
  }
  return tokens;
}

/** Length of the string that begins at `start`, quotes included; a template in it may hold strings of its own. */
function stringLength(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const character = text[at];
    if (character === '\\') at += 2;
    else if (character === '"' || character === '\n') return at + 1 - start;
    else if (/^[$%]\{/.test(text.slice(at, at + 2)) && text[at - 1] !== character) at = templateEnd(text, at + 2);
    else at++;
  }
  return text.length - start;
}

function templateEnd(text: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < text.length && depth > 0) {
    if (text[at] === '"') at += stringLength(text, at);
    else {
      if (text[at] === '{') depth++;
      if (text[at] === '}') depth--;
      at++;
    }
  }
  return at;
}
