import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { SCHEMAS_PAGE, schemas, withActions } from '../scripts/schemas.ts';

const require = createRequire(import.meta.url);
const { Ajv2020: Validator } = require('ajv/dist/2020.js') as { Ajv2020: typeof Ajv2020 };
const formats = require('ajv-formats') as { default: (ajv: Ajv2020) => void };

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const made = [...(await schemas())].map(([path, text]): [string, string] => [relative(root, path), text]);

function validator(file: string) {
  const ajv = new Validator({ strict: false, allErrors: true });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(read('docs/schemas', file)) as object);
  return (value: unknown) =>
    validate(value) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}

describe.each(made)('%s', (path, text) => {
  test('is up to date (else: npm run docs)', () => expect(read(path)).toBe(text));
  test('is a schema, and in the table of its README', () => {
    expect(() => validator(path.replace('docs/schemas/', ''))({})).not.toThrow();
    expect(read('docs/schemas/README.md')).toContain(`(${path.replace('docs/schemas/', '')})`);
  });
});

test('their README lists every action (else: npm run docs)', async () => {
  const page = readFileSync(SCHEMAS_PAGE, 'utf8');
  expect(page).toBe(await withActions(page));
});

describe('values', () => {
  const validate = validator('values.json');
  test.each(readdirSync(join(root, 'helm/values')))('%s fits', (file) =>
    expect(validate(parse(read('helm/values', file)))).toEqual([]),
  );

  test.each<[string, object, string]>([
    ['an API key', { livekit: { keys: { APIkey: 'secret' } } }, '/livekit/keys must NOT have additional properties'],
    ['the sample’s misspelt type', { loadBalancer: { type: 'gke-native-vpc' } }, '/loadBalancer/type must be equal'],
    ['empty annotations', { podAnnotations: null }, '/podAnnotations must be object'],
    ['text for a number', { livekit: { rtc: { tcp_port: '7881' } } }, '/livekit/rtc/tcp_port must be integer'],
  ])('%s does not', (_what, value, words) => expect(validate(value).join('; ')).toContain(words));
});

describe('add-ons', () => {
  const validate = validator('add-ons.json');
  test('a password in the list is refused: it would be in the repository', () => {
    const secrets = { 'turn-server-secret': { TURN_PASSWORD: 'hunter2' } };
    expect(validate({ addOns: [{ name: 'turn-server', namespace: 'nova-turn', secrets }] }).join('; ')).toContain(
      'TURN_PASSWORD must match pattern "^(secret-manager:|plain:)"',
    );
  });
  test.each(['environment', 'chart', 'value'])('a word that means nothing is refused: %s', (word) =>
    expect(validate({ addOns: [{ name: 'a', namespace: 'b', [word]: [] }] })).not.toEqual([]),
  );
});

test('a check that does not exist cannot be accepted', () => {
  const validate = validator('verify-accept.json');
  expect(validate(['turn-relay', 'turn-credentials'])).toEqual([]);
  expect(validate(['turn-relai'])).not.toEqual([]);
});

test('an outputs document is what terraform-apply writes', () => {
  const validate = validator('outputs.json');
  expect(validate({ schemaVersion: 2 }).length).toBeGreaterThan(3);
});
