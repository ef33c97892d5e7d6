import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { decodeBase62, encodeBase62 } from './base62.ts';
import { lifetimeOf } from './credentials.ts';
import { ATTRIBUTE, decode, encode, errorOf, ipv6Bytes, longTermKey, METHOD, readXorAddress } from './message.ts';
import { type Message, valueOf, xorAddress } from './message.ts';

const transaction = '0102030405060708090a0b0c';
const allocate: Message = {
  method: METHOD.allocate,
  kind: 'request',
  transaction,
  attributes: [
    { type: ATTRIBUTE.username, value: Buffer.from('someone') },
    { type: ATTRIBUTE.requestedTransport, value: Buffer.from([17, 0, 0, 0]) },
  ],
};

describe('messages of STUN and TURN', () => {
  test.each(
    Object.values(METHOD).flatMap((method) =>
      (['request', 'success', 'error'] as const).map((kind) => ({ method, kind })),
    ),
  )('are read as they were written: %j', ({ method, kind }) => {
    const message = { ...allocate, method, kind };
    expect(decode(encode(message))).toEqual(message);
  });

  test('begin with the type and the cookie of RFC 8489', () =>
    expect(encode(allocate).subarray(0, 8).toString('hex')).toBe('000300142112a442'));

  test('end with an HMAC over all that is before it, its own length counted', () => {
    const key = longTermKey('user', 'realm', 'pass');
    expect(key.toString('hex')).toBe('8493fbc53ba582fb4c044c456bdc40eb');
    const bytes = encode(allocate, key);
    const own = createHmac('sha1', key)
      .update(bytes.subarray(0, bytes.length - 24))
      .digest();
    expect(bytes.subarray(bytes.length - 20)).toEqual(own);
    expect(bytes.readUInt16BE(2)).toBe(bytes.length - 20);
  });

  test.each([
    ['203.0.113.11', '203.0.113.11:50000'],
    ['::ffff:10.0.0.1', '[0:0:0:0:0:ffff:a00:1]:50000'],
    ['fe80::1', '[fe80:0:0:0:0:0:0:1]:50000'],
  ])('carry the address %s', (address, words) => {
    const attributes = [xorAddress(ATTRIBUTE.xorPeerAddress, address, 50_000, transaction)];
    const read = decode(encode({ ...allocate, attributes }));
    expect(read && readXorAddress(read, ATTRIBUTE.xorPeerAddress)).toBe(words);
  });

  test('an IPv4-mapped address is that address behind ten zeros and two bytes of ones', () =>
    expect(ipv6Bytes('::ffff:169.254.169.254').toString('hex')).toBe('00000000000000000000ffffa9fea9fe'));

  test('an error has its code and its words', () => {
    const value = Buffer.concat([Buffer.from([0, 0, 4, 3]), Buffer.from('Forbidden')]);
    const error: Message = { ...allocate, kind: 'error', attributes: [{ type: ATTRIBUTE.errorCode, value }] };
    expect(errorOf(error)).toEqual({ code: 403, reason: 'Forbidden' });
    expect(errorOf({ ...error, attributes: [] })).toEqual({ code: 0, reason: 'no error code' });
  });

  test('whatever comes is a message, or none: cut, flipped, or noise', () => {
    const whole = encode(allocate, longTermKey('u', 'r', 'p'));
    let state = 7;
    const random = (below: number) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    let read = 0;
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(whole.subarray(0, round % 3 === 0 ? random(whole.length + 1) : whole.length));
      for (let flips = random(4); flips > 0 && bytes.length > 0; flips--) bytes[random(bytes.length)] = random(256);
      const message = decode(bytes);
      if (message === undefined) continue;
      read++;
      expect(message.attributes.every(({ value }) => value.length < whole.length)).toBe(true);
      readXorAddress(message, ATTRIBUTE.xorPeerAddress);
      errorOf(message);
      valueOf(message, ATTRIBUTE.lifetime);
    }
    expect(read).toBeGreaterThan(100);
  });
});

describe('TURN credentials of LiveKit', () => {
  const apiKey = { key: 'APItrial', secret: 'a-secret-of-the-trial' };
  const name = (text: string) => encodeBase62(Buffer.from(text));

  test('are base 62: as LiveKit 1.11 wrote them, and back', () => {
    for (let size = 1; size < 64; size++) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, index) => (index * size * 37 + 251) % 256));
      bytes[0] = size % 2 === 0 ? 255 : bytes[0] || 1;
      expect(decodeBase62(encodeBase62(bytes))).toEqual(bytes);
    }
    expect(decodeBase62('not base 62!')).toBeUndefined();
  });

  test('without an end they never expire', () =>
    expect(lifetimeOf({ username: name('APItrial|PA_x'), password: 'any' }, apiKey, 0)).toEqual({ kind: 'never' }));

  test('with an end they do, and expired ones are made only where the password is understood', () => {
    const username = name('APItrial|PA_x|1000300');
    const unknown = lifetimeOf({ username, password: 'another derivation' }, apiKey, 1_000_000);
    expect(unknown).toEqual({ kind: 'expires', at: 1_000_300, expired: undefined });
  });

  test.each(['OTHER|PA_x|1', 'APItrial|PA_x|soon', 'APItrial|a|b|c'])('%s is unknown', (text) =>
    expect(lifetimeOf({ username: name(text), password: '' }, apiKey, 0)).toEqual({ kind: 'unknown' }),
  );
});
