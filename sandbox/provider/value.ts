import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';

/** A value that is known only after the apply. There is one, compared by identity. */
export class Unknown {
  toJSON(): string {
    return '(known after apply)';
  }
}
export const UNKNOWN = new Unknown();

/** What Terraform sends and gets: its lists and sets are arrays, its maps and objects are objects, `null` is null. */
export type Value = null | boolean | number | string | Unknown | Value[] | { [name: string]: Value };
export type ObjectValue = { [name: string]: Value };

/** Names and indices from the resource's root to a value. */
export type Path = readonly (string | number)[];

const codec = new ExtensionCodec();
codec.register({
  type: 0,
  encode: (value: unknown) => (value instanceof Unknown ? new Uint8Array([0]) : null),
  decode: () => UNKNOWN,
});
// A refined unknown ("not null", "has this prefix"): the refinement is advice that may be dropped.
codec.register({ type: 12, encode: () => null, decode: () => UNKNOWN });

const encoder = new Encoder({ extensionCodec: codec });
const decoder = new Decoder({ extensionCodec: codec });

/** Terraform's MessagePack encoding. */
export function encode(value: Value): Buffer {
  return Buffer.from(encoder.encode(value));
}

/** The opposite of {@link encode}; throws on bytes that are no MessagePack. */
export function decode(bytes: Uint8Array): Value {
  return decoder.decode(bytes) as Value;
}

export function isObject(value: Value | undefined): value is ObjectValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

/** A string, or the empty one for anything else. */
export function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Whether nothing in the value is unknown. */
export function isKnown(value: Value): boolean {
  if (value instanceof Unknown) return false;
  if (Array.isArray(value)) return value.every(isKnown);
  return isObject(value) ? Object.values(value).every(isKnown) : true;
}

/** Deep equality; an unknown value equals only an unknown one. `unordered` compares arrays as sets. */
export function equal(left: Value, right: Value, unordered = false): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return false;
    if (!unordered) return left.every((item, index) => equal(item, right[index] ?? null));
    const rest = [...right];
    return left.every((item) => {
      const index = rest.findIndex((candidate) => equal(item, candidate, true));
      if (index >= 0) rest.splice(index, 1);
      return index >= 0;
    });
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => equal(left[name] ?? null, right[name] ?? null, unordered));
}

/** Every value at a dotted path, one for each element of the lists and sets on the way, with where it stands. */
export function valuesAt(root: Value, dotted: string): { path: Path; value: Value }[] {
  let found: { path: Path; value: Value }[] = [{ path: [], value: root }];
  for (const name of dotted.split('.')) {
    found = found
      .flatMap(({ path, value }) => elements(path, value))
      .flatMap(({ path, value }) =>
        isObject(value) && name in value ? [{ path: [...path, name], value: value[name] ?? null }] : [],
      );
  }
  return found;
}

function elements(path: Path, value: Value): { path: Path; value: Value }[] {
  return Array.isArray(value)
    ? value.map((item, index) => ({ path: [...path, index], value: item }))
    : [{ path, value }];
}
