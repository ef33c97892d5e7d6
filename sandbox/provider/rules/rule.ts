import { Unknown, equal, isObject, valuesAt, type ObjectValue, type Path, type Value } from '../value.ts';

/** Something that the real provider (`plan`) or Google itself (`apply`) refuses. Unknown values are never refused. */
export interface Rule {
  readonly type: string;
  /** Dotted path of what the rule looks at. */
  readonly at: string;
  readonly kind: string;
  readonly when: 'plan' | 'apply';
  /** Answers each offence: what is wrong, and where. */
  check(config: ObjectValue): readonly Offence[];
}

export interface Offence {
  readonly message: string;
  readonly path: Path;
}

/** The name that a test calls the rule by. */
export function nameOf({ type, at, kind }: Rule): string {
  return `${type}.${at} ${kind}`;
}

/** A rule on each value at a path; `check` answers a sentence for a value that is refused. */
export function eachValue(
  type: string,
  at: string,
  kind: string,
  check: (value: Value) => string | undefined,
  when: Rule['when'] = 'plan',
): Rule {
  return {
    type,
    at,
    kind,
    when,
    check: (config) =>
      valuesAt(config, at).flatMap(({ path, value }) => {
        const values = Array.isArray(value) ? value : [value];
        return values.flatMap((item) => {
          const message = item === null || item instanceof Unknown ? undefined : check(item);
          return message === undefined ? [] : [{ message, path }];
        });
      }),
  };
}

/** A rule on the resource as a whole, reported at `at`. */
export function whole(
  type: string,
  at: string,
  kind: string,
  check: (config: ObjectValue) => string | undefined,
  when: Rule['when'] = 'plan',
): Rule {
  return {
    type,
    at,
    kind,
    when,
    check: (config) => {
      const message = check(config);
      return message === undefined ? [] : [{ message, path: at.split('.').slice(0, 1) }];
    },
  };
}

export function pattern(type: string, at: string, expression: RegExp, sentence: string): Rule {
  return eachValue(type, at, 'pattern', (value) =>
    typeof value === 'string' && !expression.test(value) ? `"${at}" (${JSON.stringify(value)}) ${sentence}` : undefined,
  );
}

export function oneOf(type: string, at: string, values: readonly string[]): Rule {
  return eachValue(type, at, 'one of', (value) =>
    values.some((allowed) => equal(allowed, value))
      ? undefined
      : `expected ${at} to be one of ${JSON.stringify(values)}, got ${JSON.stringify(value)}`,
  );
}

export function between(type: string, at: string, minimum: number, maximum: number): Rule {
  return eachValue(type, at, 'between', (value) =>
    typeof value === 'number' && (value < minimum || value > maximum)
      ? `expected ${at} to be in the range (${minimum} - ${maximum}), got ${value}`
      : undefined,
  );
}

export function cidr(type: string, at: string): Rule {
  return eachValue(type, at, 'CIDR', (value) =>
    parseCidr(value) ? undefined : `"${at}" ${JSON.stringify(value)} is not a valid IPv4 CIDR range`,
  );
}

/** Two arguments that exclude each other. */
export function conflict(type: string, at: string, other: string): Rule {
  return whole(type, at, `conflicts with ${other}`, (config) =>
    isSet(config, at) && isSet(config, other) ? `"${at}": conflicts with ${other}` : undefined,
  );
}

/** An argument that is of no use, or dangerous, without another. */
export function needs(type: string, at: string, other: string): Rule {
  return whole(type, at, `needs ${other}`, (config) =>
    isSet(config, at) && !isSet(config, other) ? `"${at}": all of \`${at},${other}\` must be specified` : undefined,
  );
}

export function exactlyOne(type: string, names: readonly string[]): Rule {
  const list = names.join(',');
  return whole(type, names[0]!, `exactly one of ${list}`, (config) => {
    const given = names.filter((name) => isSet(config, name));
    return given.length === 1
      ? undefined
      : `one of \`${list}\` must be specified, and only one: ${given.length === 0 ? 'none was' : `\`${given.join(',')}\` were`}`;
  });
}

/** Whether the configuration gives the argument, known or not. */
export function isSet(config: ObjectValue, at: string): boolean {
  return valuesAt(config, at).some(({ value }) => value !== null && !(Array.isArray(value) && value.length === 0));
}

/** The strings at a path, lists taken apart; unknown values and nulls left out. */
export function strings(config: ObjectValue, at: string): string[] {
  return valuesAt(config, at)
    .flatMap(({ value }) => (Array.isArray(value) ? value : [value]))
    .filter((value) => typeof value === 'string');
}

/** The first block of a name, with what it holds; an empty object where there is none. */
export function block(config: ObjectValue, name: string): ObjectValue {
  const value = config[name];
  const first = Array.isArray(value) ? value[0] : undefined;
  return isObject(first) ? first : {};
}

/** First and last address of an IPv4 range as numbers; undefined for anything that is none, host bits set included. */
export function parseCidr(value: Value | undefined): { first: number; last: number; prefix: number } | undefined {
  const match =
    typeof value === 'string' ? /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value) : null;
  if (!match) return undefined;
  const [, ...digits] = match;
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = digits.map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1, prefix } : undefined;
}

/** Names as Google's older APIs want them: RFC 1035, at most 63 characters. */
export const GCE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const GCE_NAME_SENTENCE =
  'must start with a letter, end with a letter or number, hold lower-case letters, numbers and hyphens only, and have at most 63 characters';
