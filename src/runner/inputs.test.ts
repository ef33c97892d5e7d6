import { jest } from '@jest/globals';

const given: Record<string, string> = {};
const setSecret = jest.fn<(secret: string) => void>();
jest.unstable_mockModule('@actions/core', () => ({ getInput: (name: string) => given[name] ?? '', setSecret }));
const inputs = await import('./inputs.ts');

beforeEach(() => {
  for (const name of Object.keys(given)) Reflect.deleteProperty(given, name);
  setSecret.mockClear();
});

test('a missing required input is named', () => {
  expect(() => inputs.requiredInput('bucket')).toThrow('The input `bucket` is missing.');
});

test('an empty input is as good as none', () => {
  given['bucket'] = '  ';
  expect(inputs.optionalInput('bucket')).toBeUndefined();
});

test('a secret is masked when it is read', () => {
  given['livekit-api-secret'] = 'a-long-secret';
  expect(inputs.secretInput('livekit-api-secret')).toBe('a-long-secret');
  expect(setSecret).toHaveBeenCalledWith('a-long-secret');
});

describe('refusals', () => {
  const rows: [string, string, () => unknown, string][] = [
    ['a boolean', 'yes', () => inputs.booleanInput('x', false), 'The input `x` is "yes". It takes true or false.'],
    [
      'a number with a unit',
      '5m',
      () => inputs.integerInput('x', 1, { min: 1, max: 9 }),
      'The input `x` is "5m". It takes a whole number from 1 to 9.',
    ],
    [
      'a number out of bounds',
      '10',
      () => inputs.integerInput('x', 1, { min: 1, max: 9 }),
      'The input `x` is "10". It takes a whole number from 1 to 9.',
    ],
    [
      'a fraction',
      '1.5',
      () => inputs.integerInput('x', 1, { min: 1, max: 9 }),
      'The input `x` is "1.5". It takes a whole number from 1 to 9.',
    ],
    [
      'an unknown choice',
      'tofuu',
      () => inputs.choiceInput('x', ['terraform', 'tofu'], 'terraform'),
      'The input `x` is "tofuu". It takes one of: terraform, tofu.',
    ],
    [
      'another form',
      '../up',
      () => inputs.patternInput('x', /^[a-z]+$/, 'lower-case letters'),
      'The input `x` is "../up". It takes lower-case letters.',
    ],
  ];
  test.each(rows)('%s', (_name, value, read, message) => {
    given['x'] = value;
    expect(read).toThrow(message);
  });
});

test('values are read as they are meant', () => {
  Object.assign(given, { flag: 'TRUE', count: '7', engine: 'tofu', files: 'a.yaml\n\n  b.yaml ' });
  expect(inputs.booleanInput('flag', false)).toBe(true);
  expect(inputs.integerInput('count', 1, { min: 1, max: 9 })).toBe(7);
  expect(inputs.choiceInput('engine', ['terraform', 'tofu'], 'terraform')).toBe('tofu');
  expect(inputs.linesInput('files')).toEqual(['a.yaml', 'b.yaml']);
});

test('defaults hold where nothing is given', () => {
  expect(inputs.booleanInput('flag', true)).toBe(true);
  expect(inputs.integerInput('count', 5, { min: 1, max: 9 })).toBe(5);
  expect(inputs.choiceInput('engine', ['terraform', 'tofu'], 'terraform')).toBe('terraform');
  expect(inputs.linesInput('files')).toEqual([]);
});
