import { matchesFilters } from './filter.ts';

/** Most rows are GitHub's own examples of its filter patterns. */
it.each([
  ['feature/a', ['feature/*'], true],
  ['feature/a/b', ['feature/*'], false],
  ['feature/a/b', ['feature/**'], true],
  ['main', ['main', 'releases/**'], true],
  ['v1.10', ['v[12].[0-9]+'], true],
  ['v3.1', ['v[12].[0-9]+'], false],
  ['page.jsx', ['*.jsx?'], true],
  ['page.js', ['*.jsx?'], true],
  ['a/b.js', ['*.js'], false],
  ['a/b.js', ['**.js'], true],
  ['docs/a/b.md', ['docs/**'], true],
  ['x/docs/file.md', ['**/docs/**'], true],
  ['docs/file.md', ['**/docs/**'], true],
  ['terraform/modules/gke/main.tf', ['terraform/**', '!terraform/modules/**'], false],
  ['terraform/modules/gke/main.tf', ['terraform/**', '!**/modules/**', 'terraform/modules/gke/**'], true],
  ['mainXtf', ['main.tf'], false],
])('%s against %j: %s', (value, patterns, expected) => expect(matchesFilters(value, patterns)).toBe(expected));
