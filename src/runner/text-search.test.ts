import { replacer } from './text-search.ts';

test.each<[string, string[], string, string]>([
  ['nothing to find', [], 'as it was', 'as it was'],
  ['one, again and again', ['swordfish'], 'swordfish, swordfishswordfish', '***, ******'],
  ['the longer of two that begin alike', ['secret', 'secret-key'], 'secret-key secret', '*** ***'],
  ['two that overlap, together', ['abcdef', 'defghi'], 'xabcdefghix', 'x***x'],
  ['one within another', ['abcdefghi', 'cdef'], 'abcdefghi cdef', '*** ***'],
  ['at the end', ['tail'], 'the tail', 'the ***'],
  ['signs of regular expressions', ['a.*b(c'], 'a.*b(c axxb(c', '*** axxb(c'],
  ['signs of a replacement', ['$&$1'], 'x$&$1x', 'x***x'],
  ['several lines', ['one\ntwo'], 'zero\none\ntwo', 'zero\n***'],
  ['none that is too short', ['abc'], 'abc', 'abc'],
  ['signs outside of the first plane', ['🔑🔑🔑'], 'a🔑🔑🔑b', 'a***b'],
])('replaces %s', (_name, texts, text, expected) => expect(replacer(texts, '***')(text)).toBe(expected));

test('finds what repeated replacement finds, in texts made at random', () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const word = (length: number) => Array.from({ length }, () => 'abc'.charAt(random(3))).join('');
  for (let round = 0; round < 500; round++) {
    const texts = Array.from({ length: 1 + random(5) }, () => word(4 + random(4)));
    const text = word(60);
    const covered = Array.from(text, () => false);
    for (const one of texts)
      for (let at = text.indexOf(one); at !== -1; at = text.indexOf(one, at + 1))
        covered.fill(true, at, at + one.length);
    const kept = Array.from(text).filter((_sign, index) => !covered[index]);
    expect(replacer(texts, '*')(text).replaceAll('*', '')).toBe(kept.join(''));
  }
});
