import { expect, test } from '@jest/globals';
import { checks } from './checks/index.ts';
import { acceptable } from './select.ts';
import { parseStunServer, parseTurnTarget } from './turn-target.ts';

test('TURN is tried at its domain on 443, or elsewhere with the same name in the certificate', () => {
  expect(parseTurnTarget(undefined, 'turn.example.com')).toEqual({
    ...{ host: 'turn.example.com', port: 443, serverName: 'turn.example.com' },
  });
  expect(parseTurnTarget('203.0.113.129:5349', 'turn.example.com')).toEqual({
    ...{ host: '203.0.113.129', port: 5349, serverName: 'turn.example.com' },
  });
  expect(parseStunServer('[2001:db8::1]:3478')).toEqual({ host: '2001:db8::1', port: 3478 });
});

test.each(['turn.example.com', ':443', 'turn.example.com:0', 'turn.example.com:70000', 'turns:a:1', 'a b:1'])(
  '%j is no address',
  (text) => expect(() => parseTurnTarget(text, 'd')).toThrow(expect.objectContaining({ code: 'LK-VERIFY-009' })),
);

test('accepted are ids of checks only', () => {
  expect(acceptable(checks, ['turn-relay'])).toEqual(new Set(['turn-relay']));
  expect(() => acceptable(checks, ['turn'])).toThrow(expect.objectContaining({ code: 'LK-VERIFY-002' }));
});
