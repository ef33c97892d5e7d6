import { expect, test } from '@jest/globals';
import { parseSignalTarget } from './signal-target.ts';

const DOMAIN = 'livekit-dev.example.com';

test.each([
  [undefined, 'wss://livekit-dev.example.com/'],
  ['wss://other.example.com', 'wss://other.example.com/'],
  ['ws://127.0.0.1:7880', 'ws://127.0.0.1:7880/'],
  ['ws://localhost:7880', 'ws://localhost:7880/'],
])('%j leads to %s', (input, url) => {
  const target = parseSignalTarget(input, DOMAIN);
  expect(target.kind === 'address' && target.url.href).toBe(url);
});

test('`pod` goes through the cluster', () => {
  expect(parseSignalTarget('pod', DOMAIN)).toEqual({ kind: 'pod' });
});

test.each([
  'livekit',
  'https://livekit.example.com',
  'wss://key:secret@livekit.example.com',
  'ws://livekit.example.com',
  'ws://127.0.0.1.evil.example',
])('%s is refused', (input) => {
  expect(() => parseSignalTarget(input, DOMAIN)).toThrow(/is no address for signalling|has no TLS/);
});
