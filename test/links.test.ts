import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pages, root } from './pages.ts';

/** GitHub's own anchors of a page: headings in lower case, without punctuation, blanks as hyphens. */
function anchorsOf(page: string): Set<string> {
  const headings = withoutCode(page).matchAll(/^#{1,6} +(.+)$/gm);
  const named = page.matchAll(/<a (?:id|name)="([^"]+)">/g);
  return new Set([
    ...[...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
    ...[...named].map(([, name = '']) => name),
  ]);
}

function withoutCode(page: string): string {
  return page.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}

test('there are pages to look at', () => {
  expect(pages.length).toBeGreaterThan(8);
});

test.each(pages.map((page) => [page]))('every link of %s leads somewhere', (name) => {
  const page = join(root, name);
  const links = [...withoutCode(readFileSync(page, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  );
  const broken = links.filter((link) => {
    if (/^(https?:|mailto:)/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), decodeURIComponent(path));
    if (!existsSync(target)) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
  });
  expect(broken).toEqual([]);
});

test('the index of the documentation leads to every page of it', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const own = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
  expect(own.length).toBeGreaterThan(15);
  expect(own.filter((page) => !index.includes(`](${page.slice('docs/'.length)})`))).toEqual([]);
});
