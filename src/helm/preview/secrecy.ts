import { isMapping, type Path } from '../values/tree.ts';

/** Names of what is a secret wherever it stands; names of Secrets and of files are none. */
const SECRET_NAME = /(password|passwd|passphrase|secret|token|credential|private[_-]?key|api[_-]?key)s?\]?$/i;

/** Whether a value is hidden: all that a Secret holds, and what a name calls a secret. */
export function isHidden(kind: string, path: Path): boolean {
  if (kind === 'Secret' && (path[0] === 'data' || path[0] === 'stringData')) return true;
  const [holder, last] = [String(path.at(-2) ?? ''), String(path.at(-1) ?? '')];
  if (last.startsWith('[')) return false;
  // LiveKit's `keys` are pairs of key and secret; an environment variable has its name one step up.
  return SECRET_NAME.test(last) || holder === 'keys' || (last === 'value' && SECRET_NAME.test(holder));
}

/** A value with the secrets in it hidden. */
export function hideIn(kind: string, path: Path, value: unknown): unknown {
  if (isHidden(kind, path))
    return isMapping(value) || Array.isArray(value) || isNothing(value) ? emptied(value) : HIDDEN;
  if (Array.isArray(value)) {
    return value.map((item, place) => {
      const name: unknown = isMapping(item) ? item['name'] : undefined;
      return hideIn(kind, [...path, typeof name === 'string' ? `[${name}]` : place], item);
    });
  }
  if (!isMapping(value)) return value;
  // An item that is called a secret holds one in its value.
  const at: Path = typeof value['name'] === 'string' && 'value' in value ? [...path, `[${value['name']}]`] : path;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, hideIn(kind, [...at, key], part)]));
}

export const HIDDEN = '(hidden)';

const isNothing = (value: unknown) => value === undefined || value === null || typeof value === 'boolean';

function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(emptied);
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, emptied(part)]));
  return isNothing(value) ? value : HIDDEN;
}
