import { helmFailures } from '../failures.ts';
import { isMapping, type Path, type Values } from './tree.ts';

/**
 * Reads lines `path=value` as Helm's `--set` does: `true`, `false`, `null` and whole numbers are typed, all else is text.
 * Unlike there, a comma is just a comma, and a value that begins with `[`, `{` or `"` is JSON. Throws LK-HELM-003.
 */
export function parseSet(lines: readonly string[]): Values {
  let values: Values = {};
  for (const line of lines) {
    const equals = line.indexOf('=');
    const path = equals < 0 ? undefined : parsePath(line.slice(0, equals).trim());
    if (path === undefined) {
      throw helmFailures.failure('set', { what: `The line ${JSON.stringify(line)} of the input \`set\` has no path.` });
    }
    values = put(values, path, parseValue(line.slice(equals + 1).trim(), line)) as Values;
  }
  return values;
}

function parsePath(text: string): Path | undefined {
  const steps: (string | number)[] = [];
  // A key with escaped dots, then any number of places in lists, then a dot or the end.
  const part = /((?:[^.[\]\\]|\\.)+)((?:\[\d+\])*)(\.|$)/y;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    steps.push((match[1] ?? '').replace(/\\(.)/g, '$1'));
    for (const [, place] of (match[2] ?? '').matchAll(/\[(\d+)\]/g)) steps.push(Number(place));
    if (match[3] === '.' && part.lastIndex === text.length) return undefined;
  }
  return steps.length === 0 ? undefined : steps;
}

function parseValue(text: string, line: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  if (/^(0|-?[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  if (!/^[[{"]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw helmFailures.failure('set', {
      what: `The value in ${JSON.stringify(line)} of the input \`set\` begins like JSON and is none.`,
      cause: error,
    });
  }
}

function put(tree: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list: unknown[] = Array.isArray(tree) ? [...(tree as unknown[])] : [];
    while (list.length < step) list.push(null);
    list[step] = put(list[step], rest, value);
    return list;
  }
  const mapping = isMapping(tree) ? tree : {};
  return { ...mapping, [step]: put(mapping[step], rest, value) };
}
