import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8');

/** The threats that the page must have, each with what holds it. */
const THREATS = [
  'A fork’s pull request',
  'A planted plan',
  'A stolen token',
  'A malicious chart',
  'A leaked log',
  'A moved tag',
  'A dependency that was taken over',
];

const sections = page
  .split(/^### /m)
  .slice(1)
  .map((text) => {
    const title = (text.split('\n')[0] ?? '').replaceAll("'", '’');
    const tests = [...text.matchAll(/^- \[([^\]]+)\]\(([^)]+)\): “(.+)”$/gm)];
    return { title, tests: tests.map(([, shown = '', file = '', name = '']) => ({ shown, file, name })) };
  });

test('SECURITY.md has each threat, with at least three tests that hold it', () => {
  expect(sections.map(({ title }) => title)).toEqual(THREATS);
  expect(sections.filter(({ tests }) => tests.length < 3).map(({ title }) => title)).toEqual([]);
});

describe.each(sections)('$title', ({ tests }) => {
  test.each(tests)('is held by “$name”', ({ shown, file, name }) => {
    expect(shown).toBe(file);
    expect([file, existsSync(join(root, file))]).toEqual([file, true]);
    const code = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
    // As the title of a test (`test('…'`, `check('…'`, `run "…"`), not somewhere in a comment; a table's row may follow it.
    const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    expect(code).toMatch(new RegExp(`(\\(|\\brun )\\s*['"\`]${escaped}(['"\`]|: %)`));
  });
});

test('no line that names a test has another form, which would not be looked at', () => {
  const lines = page.split('\n').filter((line) => line.startsWith('- ['));
  expect(lines.length).toBe(sections.flatMap(({ tests }) => tests).length);
});
