import type { Json, Marks } from './plan-json.ts';

/** A value of a plan with the places in it that are not known yet. */
export interface Side {
  readonly value: Json | undefined;
  readonly unknown: Marks | undefined;
}

/** One place of a change, with its value on both sides. */
export interface Leaf {
  readonly path: readonly (string | number)[];
  readonly before: Json | undefined;
  readonly after: Side;
}

/** Deeper than any provider's schema; below it values are compared whole. */
const DEEPEST = 60;

/**
 * True when `now` is what was reviewed. What was not known at the review may have become anything; what was known then
 * must be the same, and known. `null` and absent are the same, as they are for Terraform.
 */
export function matches(reviewed: Side, now: Side, depth = 0): boolean {
  if (reviewed.unknown === true) return true;
  if (now.unknown === true) return false;
  const [a, b] = [reviewed.value ?? undefined, now.value ?? undefined];
  if (depth > DEEPEST) return JSON.stringify(a) === JSON.stringify(b);
  const [aObject, bObject] = [isObject(a), isObject(b)];
  if (aObject || bObject) {
    // One side may hold nothing but what is not known, and is absent as a value then.
    if ((a !== undefined && !aObject) || (b !== undefined && !bObject)) return false;
    if ((a === undefined || b === undefined) && !hasMark(reviewed.unknown) && !hasMark(now.unknown)) return false;
    return keysOf(a, b, reviewed.unknown, now.unknown).every((key) =>
      matches(below(reviewed, key), below(now, key), depth + 1),
    );
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    const inOrder =
      a.length === b.length && a.every((_, index) => matches(below(reviewed, index), below(now, index), depth + 1));
    return inOrder || (hasMark(reviewed.unknown) && matchesUnordered(reviewed, now, a.length, b.length, depth));
  }
  return a === b;
}

/**
 * A set's elements move when those that were not known get their values, and equal ones become one: each element of now
 * must have one of the review's for itself, and no known element of the review may be left over.
 */
function matchesUnordered(reviewed: Side, now: Side, reviewedCount: number, nowCount: number, depth: number): boolean {
  const left = Array.from({ length: reviewedCount }, (_, index) => below(reviewed, index));
  // The known ones choose first: an unknown one takes anything.
  left.sort((a, b) => Number(hasMark(a.unknown)) - Number(hasMark(b.unknown)));
  for (let index = 0; index < nowCount; index++) {
    const found = left.findIndex((candidate) => matches(candidate, below(now, index), depth + 1));
    if (found < 0) return false;
    left.splice(found, 1);
  }
  return left.every(({ unknown }) => hasMark(unknown));
}

/**
 * The places that a change changes, each as deep as both sides have the same form. A list is one place when its length
 * changes or something in it is not known.
 */
export function changedLeaves(before: Json | undefined, after: Side): Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (path: readonly (string | number)[], was: Json | undefined, is: Side) => {
    const [a, b] = [was ?? undefined, is.value ?? undefined];
    const fits = (value: Json | undefined) => value === undefined || isObject(value);
    if (is.unknown !== true && path.length <= DEEPEST) {
      if (fits(a) && fits(b) && (isObject(a) || isObject(b) || isObject(is.unknown))) {
        for (const key of keysOf(a, b, is.unknown)) walk([...path, key], valueAt(a, key), below(is, key));
        return;
      }
      if (Array.isArray(a) && Array.isArray(b) && a.length === b.length && !hasMark(is.unknown)) {
        a.forEach((item, index) => walk([...path, index], item, below(is, index)));
        return;
      }
    }
    if (hasMark(is.unknown) || !same(a, b)) leaves.push({ path, before: a, after: is });
  };
  walk([], before, after);
  return leaves;
}

/** The part of a side at a path. */
export function sideAt(side: Side, path: readonly (string | number)[]): Side {
  return path.reduce<Side>((part, key) => below(part, key), side);
}

/** Values that mean nothing (absent, null, empty) are one: a provider that reads an object back writes them as it likes. */
export function sameOrVacant(a: Json | undefined, b: Json | undefined): boolean {
  return same(a, b) || (isVacant(a) && isVacant(b));
}

/** Equal, whatever the order of an object's keys. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  return matches({ value: a, unknown: undefined }, { value: b, unknown: undefined });
}

export function hasMark(marks: Marks | undefined | null): boolean {
  if (typeof marks !== 'object' || marks === null) return marks === true;
  return Object.values(marks).some(hasMark);
}

function below({ value, unknown }: Side, key: string | number): Side {
  return {
    value: valueAt(value, key),
    unknown: unknown === true ? true : (valueAt(unknown, key) as Marks | undefined),
  };
}

function valueAt(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value[Number(key)];
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function keysOf(...values: (Json | Marks | undefined)[]): string[] {
  return [...new Set(values.flatMap((value) => (isObject(value) ? Object.keys(value) : [])))];
}

function isObject(value: Json | Marks | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isVacant(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
