import { isFoundByPebble } from './pebble.ts';

test.each([
  ['60B5D517169B3A8F', true],
  ['D6E2C842861463', false],
  // Fifteen digits: the first byte is 0d.
  ['D6E2C8428614631', true],
  ['1A', true],
  ['8A', false],
])('the order of serial number %s is found by Pebble: %s', (serialNumber, isFound) => {
  expect(isFoundByPebble({ serialNumber })).toBe(isFound);
});
