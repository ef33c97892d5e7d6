import { isDeeper } from './json-depth.ts';

test.each<[string, number, boolean]>([
  ['[]', 1, false],
  ['[[]]', 1, true],
  ['{"a":[{"b":1}]}', 3, false],
  ['{"a":[{"b":1}]}', 2, true],
  ['[[],[],[],[]]', 2, false],
  ['["[[[["]', 1, false],
  ['["\\"[[[["]', 1, false],
  ['["\\\\",[[]]]', 2, true],
  ['["\\\\\\"[[["]', 1, false],
  ['["[[[[', 1, false],
  ['7', 0, false],
])('%s within %d levels', (json, most, deeper) => expect(isDeeper(json, most)).toBe(deeper));
