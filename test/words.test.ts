import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { actionFolders, metadataOf } from '../scripts/action-docs.ts';
import { allMessages } from '../scripts/messages.ts';
import { pages, pageText, root } from './pages.ts';

const glossary = pageText('docs/glossary.md');
const [words = '', endings = ''] = glossary.split('## What an action ends with');
const rows = (text: string) => [...text.matchAll(/^\| (?!word|output|-)([^|]+) \| (.+) \|$/gm)];

const metadata = await Promise.all(
  (await actionFolders()).map(async (folder) => {
    const text = readFileSync(join(folder, 'action.yml'), 'utf8');
    return { file: `${folder.slice(root.length + 1)}/action.yml`, text, outputs: metadataOf(text).outputs };
  }),
);
const messages = (await allMessages()).map(({ code, title, why, fix }) => ({
  file: code,
  text: `${title} ${why} ${fix}`,
}));
/** Prose alone: code, links and file names have words of their own. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`]*`|\]\([^)]*\)|https?:\S+/g, ' ');
const everything = [
  ...pages.filter((page) => page !== 'CHANGELOG.md').map((page) => ({ file: page, text: prose(pageText(page)) })),
  ...metadata.map(({ file, text }) => ({ file, text: prose(text.replace(/^ *(main|post|[\w-]+):/gm, '')) })),
  ...messages.map(({ file, text }) => ({ file, text: prose(text) })),
];

describe('each word of the glossary', () => {
  const terms = rows(words).flatMap(([, term = '']) => term.split(', '));
  test('is one that people meet', () => {
    expect(terms.length).toBeGreaterThan(15);
    const others = everything.filter(({ file }) => file !== 'docs/glossary.md').map(({ text }) => text.toLowerCase());
    // In at least two places, in any of its forms.
    const rare = terms.filter(
      (term) => others.filter((text) => text.includes(term.toLowerCase().replace(/ over$/, ''))).length < 2,
    );
    expect(rare).toEqual([]);
  });
});

/** Other words for the same things: one of them is enough. */
const INSTEAD: [RegExp, string][] = [
  [/\bPRs?\b/, 'pull request'],
  [/\bk8s\b(?!-)/i, 'Kubernetes'],
  [/\broll-outs?\b/i, 'rollout'],
  [/\bcreds?\b/i, 'credentials'],
  [/\bteardown|tear down\b/i, 'destroy, uninstall'],
  [/\bproduction environment\b/i, 'prd'],
  [/\bstate files?\b/i, 'state'],
  [/\bquick-start\b/i, 'quick start'],
  [/\bdry[- ]run\b/i, 'preview'],
  [/\bgraceful(ly)?\b/i, 'drain'],
  [/\bsuccessful(ly)?\b/i, 'nothing: say what is done'],
];

test.each(INSTEAD)('nobody says %s for “%s”', (other) => {
  const said = everything.filter(({ file, text }) => file !== 'docs/glossary.md' && other.test(text));
  expect(said.map(({ file, text }) => `${file}: ${other.exec(text)?.[0]}`)).toEqual([]);
});

describe('what an action ends with', () => {
  const listed = rows(endings).map(([, output = '', list = '']) => {
    const [, name = '', action = ''] = /^`(\w+)` of ([\w-]+)$/.exec(output) ?? [];
    return { name, action, list: [...list.matchAll(/`([^`]+)`/g)].map(([, word]) => word) };
  });
  test.each(listed)('$action says it in these words', ({ name, action, list }) => {
    const of = metadata.find(({ file }) => file === `actions/${action}/action.yml`);
    const description = of?.outputs[name]?.description.replace(/\([^()]*\)/g, '').replace(/[`.]/g, '') ?? '';
    const said = description.split(/,| or /).map((word) => word.trim());
    expect(said.filter((word) => /^[a-z-]+$/.test(word))).toEqual(list);
  });
  test('are three', () => expect(listed.map(({ action }) => action)).toEqual(['helm-deploy', 'turn-cert', 'verify']));
});

/** The actions print no colours at all, so there is nothing that NO_COLOR would have to take away. */
test('nothing that an action prints is coloured, and what the sandbox and the linters colour respects NO_COLOR', () => {
  const sources = ['src', 'actions'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(?<!\.test|\.fixture)\.ts$/.test(file))
      .map((file) => join(folder, file)),
  );
  expect(sources.length).toBeGreaterThan(100);
  const coloured = sources.filter((file) => /\\(u001b|x1b|033)\[\d/i.test(readFileSync(join(root, file), 'utf8')));
  expect(coloured).toEqual([]);
  for (const file of ['sandbox/progress.ts', 'scripts/workflow-lint.ts'])
    expect([file, readFileSync(join(root, file), 'utf8')]).toEqual([
      file,
      expect.stringContaining("process.env['NO_COLOR']"),
    ]);
});
