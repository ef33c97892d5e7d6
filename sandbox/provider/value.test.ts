import { Encoder, ExtData } from '@msgpack/msgpack';
import { UNKNOWN, decode, encode, equal, isKnown, valuesAt } from './value.ts';

describe("Terraform's values", () => {
  test('survive the encoding', () => {
    const value = { a: null, b: [true, 1, 0.5, -3, 'text'], c: { d: [] }, e: 50_000_000_000 };
    expect(decode(encode(value))).toEqual(value);
  });

  test('unknown is extension 0 with one byte, as Terraform writes it', () => {
    expect(encode([UNKNOWN]).toString('hex')).toBe('91d40000');
    expect(decode(Buffer.from('91d40000', 'hex'))).toEqual([UNKNOWN]);
  });

  test('a refined unknown is read as unknown', () => {
    const refined = new Encoder().encode([new ExtData(12, new Uint8Array([0x81, 0x01, 0xc2]))]);
    expect(decode(refined)).toEqual([UNKNOWN]);
  });

  test('are known when nothing in them is unknown', () => {
    expect(isKnown({ a: [{ b: 'c' }] })).toBe(true);
    expect(isKnown({ a: [{ b: UNKNOWN }] })).toBe(false);
  });

  test('a set has no order, a list has one, and neither forgets how often', () => {
    expect(equal(['a', 'b'], ['b', 'a'], true)).toBe(true);
    expect(equal(['a', 'b'], ['b', 'a'])).toBe(false);
    expect(equal(['a', 'a', 'b'], ['a', 'b', 'b'], true)).toBe(false);
  });

  test('an absent attribute equals null, an unknown one equals nothing that is known', () => {
    expect(equal({ a: null }, {})).toBe(true);
    expect(equal(UNKNOWN, 'a')).toBe(false);
  });

  test('a path goes through every element of a list', () => {
    expect(valuesAt({ range: [{ cidr: 'a' }, { cidr: 'b' }] }, 'range.cidr')).toEqual([
      { path: ['range', 0, 'cidr'], value: 'a' },
      { path: ['range', 1, 'cidr'], value: 'b' },
    ]);
    expect(valuesAt({ range: UNKNOWN }, 'range.cidr')).toEqual([]);
  });
});
