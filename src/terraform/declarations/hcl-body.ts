import { endOfBlock, endOfComment, endOfExpression, endOfString } from './hcl-span.ts';

export interface HclAttribute {
  readonly name: string;
  /** Its expression as it is written, comments too. */
  readonly expression: string;
}

export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  /** What stands between its braces. */
  readonly body: string;
}

const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy;

/**
 * Reads attributes and blocks of one level. It never throws: what it does not understand, the engine refuses as well, and
 * tells better why.
 */
export function readBody(text: string): { attributes: HclAttribute[]; blocks: HclBlock[] } {
  const attributes: HclAttribute[] = [];
  const blocks: HclBlock[] = [];
  let at = 0;
  while (at < text.length) {
    at = afterBlanks(text, at, true);
    const name = nameAt(text, at);
    if (name === '') {
      at++;
      continue;
    }
    at = afterBlanks(text, at + name.length, false);
    if (text[at] === '=') {
      const end = endOfExpression(text, at + 1);
      attributes.push({ name, expression: text.slice(at + 1, end) });
      at = end;
      continue;
    }
    const header = labelsAt(text, at);
    at = header.end;
    if (text[at] !== '{') continue;
    const end = endOfBlock(text, at + 1);
    const closed = text[end - 1] === '}' ? end - 1 : end;
    blocks.push({ type: name, labels: header.labels, body: text.slice(at + 1, closed) });
    at = end;
  }
  return { attributes, blocks };
}

function labelsAt(text: string, from: number): { labels: string[]; end: number } {
  const labels: string[] = [];
  let at = from;
  for (;;) {
    const name = nameAt(text, at);
    if (name !== '') {
      labels.push(name);
      at += name.length;
    } else if (text[at] === '"') {
      const end = endOfString(text, at + 1);
      labels.push(text.slice(at + 1, end - 1));
      at = end;
    } else return { labels, end: at };
    at = afterBlanks(text, at, false);
  }
}

function nameAt(text: string, at: number): string {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0] ?? '';
}

/** Past blanks and comments, and past line breaks where they mean nothing. */
function afterBlanks(text: string, from: number, lines: boolean): number {
  let at = from;
  for (;;) {
    const sign = text[at];
    const comment = endOfComment(text, at);
    if (comment !== undefined) at = comment;
    else if (sign === ' ' || sign === '\t' || sign === '\r' || sign === '\uFEFF' || (lines && sign === '\n')) at++;
    else return at;
  }
}
