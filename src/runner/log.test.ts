import { jest } from '@jest/globals';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  setSecret: () => undefined,
  info: (line: string) => lines.push(line),
  startGroup: () => undefined,
  endGroup: () => undefined,
}));
const { log, step } = await import('./log.ts');

beforeEach(() => lines.splice(0));

/** What the runner takes for a command: `::name` at a line's start, after any white space, or `##[name` anywhere. */
const OBEYED = /(^|[\n\r])[\s\u0085]*::|##\[/;

test.each([
  '::stop-commands::x',
  'all is well\n::set-output name=applied::true',
  'all is well\r::add-mask::a',
  '  \t::save-state name=log-file::/etc/passwd',
  '\u0085::error::x',
  'a room named ##[error]x##[group]y',
])('a line from elsewhere is no command for the runner: %j', (text) => {
  log.info(text);
  expect(lines).toEqual([expect.not.stringMatching(OBEYED)]);
  expect(lines[0]?.replaceAll('\u200b', '')).toBe(text);
});

test('nor is what a step says of its outcome', async () => {
  await step(
    'Work',
    () => Promise.resolve('x\n::add-mask::x'),
    (result) => result,
  );
  await step('Title\n::x', () => Promise.reject(new Error('no'))).catch(() => undefined);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).not.toMatch(OBEYED);
});

test('other text stays as it is', () => {
  for (const text of ['a::b', 'std::string is ::1', 'fe80::1', '## [x]']) log.info(text);
  expect(lines).toEqual(['a::b', 'std::string is ::1', 'fe80::1', '## [x]']);
});
