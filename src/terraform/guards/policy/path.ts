import type { Json, Marks } from '../../plan-json.ts';

/** A part of a path: a name, an index, or all items. */
export type PathPart = string | number | typeof EACH;

export const EACH = Symbol('[*]');

/** A place in a resource: `value` is `undefined` when there is none. */
export interface Found {
  readonly value: Json | undefined;
  /** Terraform knows the value only after the apply. */
  readonly unknown: boolean;
}

const PART = /\.?([A-Za-z_][\w-]*)|\[(?:(\d{1,6})|(\*)|"((?:[^"\\]|\\.)*)")\]/y;

/** `node_config[*].labels["app"]`; `undefined` when the text is no path. */
export function parsePath(text: string): PathPart[] | undefined {
  const parts: PathPart[] = [];
  for (let position = 0; position < text.length; position = PART.lastIndex) {
    PART.lastIndex = position;
    const match = PART.exec(text);
    if (match === null) return undefined;
    const [all, name, index, each, key] = match;
    // A dot stands between names, and only there.
    if (name !== undefined && all.startsWith('.') !== position > 0) return undefined;
    parts.push(name ?? (index === undefined ? (each === undefined ? unquoted(key ?? '') : EACH) : Number(index)));
  }
  return parts.length === 0 ? undefined : parts;
}

const unquoted = (key: string) => key.replace(/\\(.)/g, '$1');

/**
 * The values at a path. Where a part is not there, one absent value is found; an empty list gives none for `[*]`.
 * `unknown` mirrors the value with `true` where Terraform does not know it yet.
 */
export function valuesAt(value: Json | undefined, unknown: Marks | undefined, path: readonly PathPart[]): Found[] {
  if (unknown === true) return [{ value: undefined, unknown: true }];
  const [part, ...rest] = path;
  if (part === undefined) return [{ value: value ?? undefined, unknown: hasTrue(unknown) }];
  if (part !== EACH) return valuesAt(itemOf(value, part), itemOf(unknown, part), rest);
  const keys = new Set([...keysOf(value), ...keysOf(unknown)]);
  return [...keys].flatMap((key) => valuesAt(itemOf(value, key), itemOf(unknown, key), rest));
}

function keysOf(value: Json | Marks | undefined): (string | number)[] {
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value) ? value.map((_item, index) => index) : Object.keys(value);
}

function itemOf<T extends Json | Marks>(value: T | undefined, part: string | number): T | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return typeof part === 'number' ? (value[part] as T | undefined) : undefined;
  return Object.hasOwn(value, part) ? ((value as Record<string, unknown>)[part] as T) : undefined;
}

function hasTrue(marks: Marks | undefined): boolean {
  if (typeof marks !== 'object' || marks === null) return marks === true;
  return Object.values(marks).some(hasTrue);
}
