/** One command of an example: what stands between `&&`, `|`, `;` and line ends, without variables set before it. */
export interface Command {
  readonly words: readonly string[];
  /** In the example, from 0. */
  readonly line: number;
}

const OPERATORS = /^(\|\||&&|[|;&]|\$?\(|\)|\{|\})/;

/** Splits an example into commands, well enough for documentation: quotes, continued lines, comments, here-documents, `$( … )`. */
export function commandsOf(text: string): Command[] {
  const commands: Command[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = at;
    let whole = lines[at] ?? '';
    while (whole.endsWith('\\') && at + 1 < lines.length) whole = `${whole.slice(0, -1)} ${lines[++at]}`;
    // A quoted text of several lines.
    while (oddQuotes(whole) && at + 1 < lines.length) whole += `\n${lines[++at]}`;
    const end = /<<-?\s*['"]?(\w+)['"]?/.exec(whole)?.[1];
    if (end !== undefined) while (at + 1 < lines.length && lines[++at]?.trim() !== end);
    for (const words of split(whole)) commands.push({ words, line });
  }
  return commands;
}

function oddQuotes(text: string): boolean {
  let quote = '';
  for (const [index, sign] of [...text].entries()) {
    if (quote !== '') quote = sign === quote ? '' : quote;
    else if (sign === "'" || sign === '"') quote = sign;
    else if (sign === '#' && /(^|\s)$/.test(text.slice(0, index))) return false;
  }
  return quote !== '';
}

function split(line: string): string[][] {
  const commands: string[][] = [[]];
  let rest = line.trim();
  while (rest !== '') {
    if (rest.startsWith('#')) break;
    // A list of the shell's is no command.
    const list = /^\w+=\([^)]*\)/.exec(rest)?.[0];
    if (list !== undefined) {
      rest = rest.slice(list.length).trimStart();
      continue;
    }
    const operator = OPERATORS.exec(rest)?.[0];
    const redirected = /^\d*(>>?|<<?-?)&?\s*\S+/.exec(rest)?.[0];
    if (operator !== undefined) commands.push([]);
    const word =
      operator ??
      redirected ??
      /^("(\\.|[^"])*"|'[^']*'|\$'(\\.|[^'])*'|\$\{[^}]*\}|\$(?!\()|[^\s"'|;&()$])+/.exec(rest)?.[0] ??
      rest[0] ??
      '';
    if (operator === undefined && redirected === undefined) commands.at(-1)?.push(unquoted(word));
    rest = rest.slice(word.length).trimStart();
  }
  return commands.map(withoutAssignments).filter((words) => words.length > 0);
}

const unquoted = (word: string) =>
  word.replace(
    /"((\\.|[^"])*)"|'([^']*)'/g,
    (_all, double?: string, _last?: string, single?: string) => double ?? single ?? '',
  );

const WORDS = new Set(['if', 'then', 'else', 'fi', 'do', 'done', 'while', '!', 'time', 'sudo']);

function withoutAssignments(words: readonly string[]): string[] {
  const start = words.findIndex((word) => !/^\w+=/.test(word) && !WORDS.has(word));
  // `for x in a b` runs nothing.
  return start === -1 || words[start] === 'for' ? [] : words.slice(start);
}
