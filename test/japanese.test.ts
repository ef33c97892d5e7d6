import { describe, expect, test } from '@jest/globals';
import { mermaidParser } from '../src/runner/mermaid.fixture.ts';
import { examplesOf, pageText } from './pages.ts';

const english = pageText('README.md');
const japanese = pageText('README.ja.md');
const withoutCode = (page: string) => page.replace(/^```[\s\S]*?^```$/gm, '');

/** Headings by their level, tables by their columns, lists by their items: what a reader would miss. */
const shape = (page: string) =>
  withoutCode(page)
    .split('\n')
    .flatMap((line) => {
      const heading = /^#+ /.exec(line)?.[0];
      if (heading !== undefined) return [heading];
      if (line.startsWith('|')) return [`${line.split(/(?<!\\)\|/).length - 2} columns`];
      return line.startsWith('- ') ? ['item'] : [];
    });

const links = (page: string) => [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
/** What is typed; the words after `#` are a reader's, and so are a picture's. */
const typed = (page: string) =>
  examplesOf(page)
    .filter(({ language }) => language !== 'mermaid')
    .map(({ text }) => text.replace(/ +# (?!v\d).*$/gm, ''));

interface Diagram {
  readonly db: { getEdges(): { start: string; end: string; stroke: string }[] };
}
const parse = mermaidParser<Diagram>();
async function edges(page: string): Promise<string[]> {
  const diagrams = examplesOf(page).filter(({ language }) => language === 'mermaid');
  const parsed = await Promise.all(diagrams.map(({ text }) => parse(text)));
  return parsed.flatMap(({ db }) => db.getEdges().map(({ start, end, stroke }) => `${start} ${stroke} ${end}`));
}

describe('the Japanese README is in step with the English one', () => {
  test('in its headings, tables and lists', () => expect(shape(japanese)).toEqual(shape(english)));
  test('in its commands and examples', () => {
    expect(typed('README.md').length).toBe(2);
    expect(typed('README.ja.md')).toEqual(typed('README.md'));
  });
  test('in its picture', async () => {
    const expected = await edges('README.md');
    expect(expected.length).toBeGreaterThan(4);
    expect(await edges('README.ja.md')).toEqual(expected);
  });
  test('in where it leads, in the same order but for what a sentence turns round', () => {
    expect(
      links(japanese)
        .map((link) => (link === 'README.md' ? 'README.ja.md' : link))
        .sort(),
    ).toEqual(links(english).sort());
  });
  test('in its names in bold and code', () => {
    const bold = (page: string) => withoutCode(page).match(/\*\*[^*]+\*\*/g)?.length;
    expect(bold(japanese)).toBe(bold(english));
  });
  test('and is Japanese', () => {
    const letters =
      withoutCode(japanese).match(/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/gu)?.length ?? 0;
    expect(letters).toBeGreaterThan(700);
  });
});
