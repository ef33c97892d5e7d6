import type { ChangeJson, Json, Marks } from './plan-json.ts';
import { HIDDEN, hideInText, isSecretName, looksSecret } from './redaction.ts';

/** A value as it may be shown: secrets are gone from it. */
export type Shown =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'sensitive' }
  /** Its name or content smells of a secret. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'absent' };

export interface AttributeChange {
  /** `node_config[0].machine_type` */
  readonly path: string;
  readonly before: Shown;
  readonly after: Shown;
  readonly forcesReplacement: boolean;
}

/** What a walk needs beside the two values. */
interface Sides {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly unknown: Marks | undefined;
  readonly beforeSensitive: Marks | undefined;
  readonly afterSensitive: Marks | undefined;
}

type Next = (path: string, name: string, sides: Sides, secret: boolean) => void;
type Walk = (...args: [...Parameters<Next>, depth: number]) => void;
type Emit = (path: string, before: Shown, after: Shown) => void;

const UNMARKED = { unknown: false, beforeSensitive: false, afterSensitive: false } as const;
const ABSENT: Shown = { kind: 'absent' };
/** Deeper than any provider's schema; a crafted plan does not get to end the process. */
const DEEPEST = 60;

/**
 * The attributes in which a change's two sides differ, leaf by leaf, with all three kinds of redaction done. `redact`
 * replaces known secrets; it is called before anything is cut, so that no part of one is left.
 */
export function attributeChanges(change: ChangeJson, redact: (text: string) => string): AttributeChange[] {
  const changes: AttributeChange[] = [];
  const forcing = change.replace_paths.map(pathText);
  const emit = (path: string, before: Shown, after: Shown) => {
    const forces = forcing.some((force) => path === force || isBelow(path, force) || isBelow(force, path));
    changes.push({ path: redact(path), before, after, forcesReplacement: forces });
  };
  walker(emit, redact)(
    '',
    '',
    {
      before: change.before ?? undefined,
      after: change.after ?? undefined,
      unknown: change.after_unknown,
      beforeSensitive: change.before_sensitive,
      afterSensitive: change.after_sensitive,
    },
    false,
    0,
  );
  return changes;
}

function walker(emit: Emit, redact: (text: string) => string): Walk {
  const walk: Walk = (path, name, sides, inherited, depth) => {
    const secret = inherited || (name !== '' && isSecretName(name));
    const { before, after, unknown } = sides;
    const sensitive = sides.beforeSensitive === true || sides.afterSensitive === true;
    const next: Next = (...args) => walk(...args, depth + 1);
    if (!sensitive && unknown !== true && depth < DEEPEST) {
      if (both(sides, isObject)) return eachKey(path, sides, secret, next);
      if (both(sides, Array.isArray) && !isNewList(sides)) return eachItem(path, name, sides, secret, next);
      const parsed = secret ? undefined : parsedJson(before, after);
      if (parsed !== undefined) return next(`${path}{json}`, '', { ...parsed, ...UNMARKED }, secret);
    }
    if (unknown !== true && isVacant(before) && isVacant(after)) return;
    const sameMark = sides.beforeSensitive === sides.afterSensitive;
    if (unknown !== true && equal(before ?? null, after ?? null) && (sameMark || !sensitive)) return;
    const show = (value: Json | undefined): Shown => {
      if (value === undefined || value === null) return ABSENT;
      // A mark inside of a value that is shown whole counts for all of it.
      if (sensitive || hasMark(sides.beforeSensitive) || hasMark(sides.afterSensitive)) return { kind: 'sensitive' };
      if (depth >= DEEPEST && typeof value === 'object') return { kind: 'hidden' };
      if (secret && looksSecret(value)) return { kind: 'hidden' };
      return { kind: 'value', value: cleaned(value, redact, name) };
    };
    emit(path, show(before), unknown === true ? { kind: 'unknown' } : show(after));
  };
  return walk;
}

/** True when one side at least is of the kind, and the other is too or is not there. */
function both(sides: Sides, is: (value: Json | undefined) => boolean): boolean {
  const fits = (value: Json | undefined) => value === undefined || value === null || is(value);
  return fits(sides.before) && fits(sides.after) && (is(sides.before) || is(sides.after));
}

function eachKey(path: string, sides: Sides, secret: boolean, next: Next): void {
  const before = isObject(sides.before) ? sides.before : {};
  const after = isObject(sides.after) ? sides.after : {};
  const unknown = isObject(sides.unknown) ? sides.unknown : {};
  const visit = (key: string) => {
    const own: Sides = {
      before: before[key],
      after: after[key],
      unknown: unknown[key],
      beforeSensitive: markOf(sides.beforeSensitive, key),
      afterSensitive: markOf(sides.afterSensitive, key),
    };
    // Most attributes of a large plan: nothing of them is to be told, so that their path is not needed.
    if (isSame(own)) return;
    const part = /^[\w-]+$/.test(key) ? (path === '' ? key : `.${key}`) : `[${JSON.stringify(key)}]`;
    next(`${path}${part}`, key, own, secret);
  };
  for (const key of Object.keys(before)) visit(key);
  for (const key of Object.keys(after)) if (!Object.hasOwn(before, key)) visit(key);
  for (const key of Object.keys(unknown)) if (!Object.hasOwn(before, key) && !Object.hasOwn(after, key)) visit(key);
}

/** The same plain value on both sides, with the same mark. */
const isSame = ({ before, after, unknown, beforeSensitive, afterSensitive }: Sides) =>
  before === after &&
  (typeof before !== 'object' || before === null) &&
  (unknown === undefined || unknown === false) &&
  beforeSensitive === afterSensitive;

function eachItem(path: string, name: string, sides: Sides, secret: boolean, next: Next): void {
  const [before, after] = [listOf(sides.before), listOf(sides.after)];
  const unknown = Array.isArray(sides.unknown) ? sides.unknown : [];
  const marked = [sides.beforeSensitive, sides.afterSensitive, sides.unknown].some(hasMark);
  if (!marked && [...before, ...after].every(isPlain)) return plainItems(path, name, [before, after], secret, next);
  const paired = pairs(before, after, unknown.length);
  for (const [was, will] of paired) {
    const place = was === undefined || will === undefined || was === will ? `${will ?? was}` : `${was}→${will}`;
    next(
      `${path}[${place}]`,
      name,
      {
        before: was === undefined ? undefined : before[was],
        after: will === undefined ? undefined : after[will],
        unknown: will === undefined ? undefined : unknown[will],
        beforeSensitive: was === undefined ? undefined : markOf(sides.beforeSensitive, was),
        afterSensitive: will === undefined ? undefined : markOf(sides.afterSensitive, will),
      },
      secret,
    );
  }
  if (before.length === after.length && unknown.length === 0 && isOrder(paired, before, after)) {
    const order = paired.map(([was]) => was).join(', ');
    next(`${path}[] order`, '', { before: [...before.keys()].join(', '), after: order, ...UNMARKED }, false);
  }
}

/** True when all items are still there, and only stand elsewhere. */
function isOrder(paired: readonly Pair[], before: Items, after: Items): boolean {
  const moved = paired.some(([was, will]) => was !== will);
  return moved && paired.every(([was, will]) => was !== undefined && equal(before[was], after[will ?? -1]));
}

/** Sets and lists of plain values: what went and what came, whatever the position; then the order, if that changes. */
function plainItems(path: string, name: string, lists: readonly [Items, Items], secret: boolean, next: Next): void {
  const [before, after] = lists;
  const [gone, come] = [without(before, after), without(after, before)];
  for (const value of gone) next(`${path}[]`, name, { before: value, after: undefined, ...UNMARKED }, secret);
  for (const value of come) next(`${path}[]`, name, { before: undefined, after: value, ...UNMARKED }, secret);
  const [kept, still] = [without(before, gone), without(after, come)];
  // As texts, so that the walk does not take them for lists again.
  if (kept.some((value, index) => value !== still[index]))
    next(`${path}[] order`, name, { before: listed(kept), after: listed(still), ...UNMARKED }, secret);
}

/** Plain values in a row. */
const listed = (values: readonly Json[]) =>
  values.map((value) => String(value as boolean | number | string)).join(', ');

type Items = readonly Json[];
type Pair = readonly [was: number | undefined, will: number | undefined];

/** What names a block among its siblings, the first that all of them have. */
const IDENTITIES = ['name', 'key', 'id', 'hostname', 'address', 'cidr_block', 'role', 'member', 'protocol', 'type'];

/**
 * Which item became which: equal ones, then those of one name, then by position. So a block that is put in front of the
 * others is one that came, and not a change of all.
 */
function pairs(before: Items, after: Items, unknownLength: number): Pair[] {
  const length = Math.max(after.length, unknownLength);
  const partner: (number | undefined)[] = Array.from({ length }, () => undefined);
  const free = new Set(before.keys());
  const open = new Set(partner.keys());
  const match = (was: number, will: number) => {
    partner[will] = was;
    free.delete(was);
    open.delete(will);
  };
  const byText = (text: (item: Json) => string | undefined) => {
    const waiting = new Map<string, number[]>();
    for (const was of free) {
      const key = text(before[was] ?? null);
      if (key === undefined) continue;
      const same = waiting.get(key);
      if (same === undefined) waiting.set(key, [was]);
      else same.push(was);
    }
    for (const same of waiting.values()) same.reverse();
    for (const will of [...open]) {
      const key = will < after.length ? text(after[will] ?? null) : undefined;
      const was = key === undefined ? undefined : waiting.get(key)?.pop();
      if (was !== undefined) match(was, will);
    }
  };
  for (const will of partner.keys())
    if (will < before.length && will < after.length && equal(before[will], after[will])) match(will, will);
  byText((item) => JSON.stringify(item));
  const identity = IDENTITIES.find((name) => isDistinct(before, name) && isDistinct(after, name));
  if (identity !== undefined) byText((item) => (isObject(item) ? String(item[identity]) : undefined));
  // Of those that have names, one that is gone is not the same as one that came, unless as many are left on both sides.
  if (identity === undefined || free.size === open.size) {
    for (const will of [...open]) if (free.has(will)) match(will, will);
    for (const will of [...open]) {
      const [was] = free;
      if (was !== undefined) match(was, will);
    }
  }
  return [...[...free].map((was): Pair => [was, undefined]), ...partner.map((was, will): Pair => [was, will])];
}

/** True when each of the items has this text, and each its own. */
function isDistinct(items: Items, name: string): boolean {
  const names = items.map((item) => (isObject(item) ? (item[name] as unknown) : undefined));
  return names.every((each) => typeof each === 'string') && new Set(names).size === names.length;
}

/** A list of plain values that comes or goes as a whole: one line says it. */
function isNewList(sides: Sides): boolean {
  const [before, after] = [listOf(sides.before), listOf(sides.after)];
  const marked = [sides.beforeSensitive, sides.afterSensitive, sides.unknown].some(hasMark);
  return (before.length === 0 || after.length === 0) && [...before, ...after].every(isPlain) && !marked;
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const isPlain = (value: Json) => value === null || typeof value !== 'object';
const isVacant = (value: Json | undefined) =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** What `list` has more of than `other`. */
function without(list: readonly Json[], other: readonly Json[]): Json[] {
  const counts = new Map<Json, number>();
  for (const value of other) counts.set(value, (counts.get(value) ?? 0) + 1);
  return list.filter((value) => {
    const left = counts.get(value) ?? 0;
    if (left > 0) counts.set(value, left - 1);
    return left === 0;
  });
}

function markOf(marks: Marks | undefined, key: string | number): Marks | undefined {
  if (typeof marks === 'boolean' || marks === undefined || marks === null) return marks ?? undefined;
  return Array.isArray(marks) ? marks[Number(key)] : marks[String(key)];
}

function hasMark(marks: Marks | undefined): boolean {
  if (typeof marks !== 'object' || marks === null) return marks === true;
  return Object.values(marks).some(hasMark);
}

/** Both sides as parsed JSON, when each is a JSON object or array in a string. */
function parsedJson(
  before: Json | undefined,
  after: Json | undefined,
): { before: Json | undefined; after: Json | undefined } | undefined {
  const parse = (value: Json | undefined): Json | undefined => {
    if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined;
    try {
      return JSON.parse(value) as Json;
    } catch {
      return undefined;
    }
  };
  const parsed = { before: parse(before), after: parse(after) };
  const fits = (raw: Json | undefined, value: Json | undefined) =>
    value !== undefined || raw === undefined || raw === null;
  if (parsed.before === undefined && parsed.after === undefined) return undefined;
  // Texts that differ only in their white space still differ for Terraform.
  if (!fits(before, parsed.before) || !fits(after, parsed.after) || equal(parsed.before, parsed.after))
    return undefined;
  return parsed;
}

/** A value with everything that smells of a secret taken out, at any depth. */
function cleaned(value: Json, redact: (text: string) => string, name: string): Json {
  if (typeof value === 'string') return hideInText(redact(value), name);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, redact, name));
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        redact(key),
        isSecretName(key) && looksSecret(item) ? HIDDEN : cleaned(item, redact, key),
      ]),
    );
  return typeof value === 'number' && redact(String(value)) !== String(value) ? '***' : value;
}

/** `["node_config", 0, "machine_type"]` as `node_config[0].machine_type`. */
export function pathText(path: readonly unknown[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = String(part);
    if (!/^[\w-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

const isBelow = (path: string, above: string) =>
  above !== '' && path.startsWith(above) && /^[.[{]/.test(path.slice(above.length));

function isObject<T extends Json | Marks | undefined>(value: T): value is T & { [key: string]: never } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
