import { lineDiff } from './line-diff.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

test('a line that changed is shown with its neighbours, the rest is shortened', () => {
  const before = numbered(10);
  const after = before.with(5, 'changed');
  expect(lineDiff(before.join('\n'), after.join('\n'), 60)).toEqual([
    '  ⋮',
    '  line 3',
    '  line 4',
    '- line 5',
    '+ changed',
    '  line 6',
    '  line 7',
    '  ⋮',
  ]);
});

test('one changed line of a text of 20,000 is still found', () => {
  const before = numbered(20_000);
  const lines = lineDiff(before.join('\n'), before.with(12_345, 'changed').join('\n'), 60);
  expect(lines.filter((line) => /^[-+]/.test(line))).toEqual(['- line 12345', '+ changed']);
});

test('texts that share nothing are told as gone and come, up to a limit', () => {
  const lines = lineDiff(numbered(2_000).join('\n'), 'new', 60);
  expect(lines).toHaveLength(61);
  expect(lines.at(-1)).toBe('  … 1941 more lines');
});

test('a line that comes or goes at an end', () => {
  expect(lineDiff('a\nb', 'a\nb\nc', 60)).toEqual(['  a', '  b', '+ c']);
  expect(lineDiff('a\nb\nc', 'b\nc', 60)).toEqual(['- a', '  b', '  c']);
  expect(lineDiff('', 'a\nb', 60)).toEqual(['+ a', '+ b']);
});
