import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { actionFolders, permissionsOf, withPermissions, withTables } from '../scripts/action-docs.ts';
import { COST_PAGE, withCosts } from '../scripts/cost-docs.ts';
import { allMessages, MESSAGES_PAGE, renderMessages } from '../scripts/messages.ts';
import { verifyDocs } from '../scripts/verify-docs.ts';
import { examplesOf, pages, pageText } from './pages.ts';

const messages = await allMessages();
const actions = await actionFolders();

describe('messages', () => {
  test('have unique codes', () => {
    const codes = messages.map(({ code }) => code);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  test('say what, why and what to do, in sentences', () => {
    expect(messages.length).toBeGreaterThan(30);
    const wrong = messages.filter(
      ({ title, why, fix }) =>
        !/^\S.*[^.]$/.test(title) || !/^[^a-z].*[.)]$/s.test(why) || !/^[^a-z].*[.)]$/s.test(fix),
    );
    expect(wrong.map(({ code }) => code)).toEqual([]);
  });

  test('are all on docs/messages.md (else: npm run docs)', async () => {
    expect(await readFile(MESSAGES_PAGE, 'utf8')).toBe(renderMessages(messages));
  });
});

test.each(pages.filter((page) => page !== 'CONTRIBUTING.md').map((page) => [page]))(
  '%s names only codes that exist',
  (page) => {
    const known = new Set(messages.map(({ code }) => code));
    const named = [...pageText(page).matchAll(/\bLK-[A-Z]+-\d{3}\b/g)].map(([code]) => code);
    expect(named.filter((code) => !known.has(code))).toEqual([]);
  },
);

test('docs/cost.md has what the environments cost (else: npm run docs)', async () => {
  const page = await readFile(COST_PAGE, 'utf8');
  expect(page).toBe(withCosts(page));
  expect(page).toMatch(/\| prd \| \$\d,\d{3} \| \$\d,\d{3} \|/);
});

describe('verify', () => {
  test.each([...verifyDocs()].map(([path, text]) => [basename(path), path, text]))(
    '%s is up to date (else: npm run docs)',
    async (_name, path, text) => {
      expect(await readFile(path, 'utf8')).toBe(text);
    },
  );
});

describe.each(actions.map((folder) => [basename(folder), folder]))('the action %s', (_name, folder) => {
  test('has a README with its inputs and outputs (else: npm run docs)', async () => {
    const path = join(folder, 'README.md');
    expect(existsSync(path)).toBe(true);
    const readme = await readFile(path, 'utf8');
    expect(readme).toBe(withTables(readme, await readFile(join(folder, 'action.yml'), 'utf8')));
  });

  test('tells what it wants of the job’s token, as the templates give it (else: npm run docs)', async () => {
    const readme = await readFile(join(folder, 'README.md'), 'utf8');
    const permissions = await permissionsOf(basename(folder));
    expect(readme).toBe(withPermissions(readme, permissions));
    expect(readme.includes('<!-- permissions -->') || permissions.length === 0).toBe(true);
    expect(permissions.filter(({ why }) => why === '')).toEqual([]);
  });

  test('has an example that runs it, with a permission for everything and every action of others pinned', async () => {
    const readme = await readFile(join(folder, 'README.md'), 'utf8');
    const example = examplesOf(`actions/${basename(folder)}/README.md`, readme)[0];
    expect(example?.text).toContain(`- ${basename(folder) === 'affected' ? 'id' : 'uses'}: `);
    expect(example?.text).toContain(`uses: org/livekit-gke/actions/${basename(folder)}@v1`);
    expect(example?.text).toMatch(/permissions:\n( +)[a-z-]+: (read|write) # /);
    for (const [use = '', name = ''] of readme.matchAll(/uses: (?!org\/)(\S+?)@\S+/g))
      expect([name, use]).toEqual([name, expect.stringMatching(/@[0-9a-f]{40}$/)]);
  });
});

describe('tables of an action', () => {
  const yaml = `
inputs:
  environment: { description: Name of it., required: true }
  fail-on: { description: "a | b", default: fail }
outputs:
  verdict: { description: What came out. }
`;
  test('replace what is between the markers', () => {
    const readme = 'Text\n<!-- inputs -->\nold\n<!-- /inputs -->\n<!-- outputs -->\n<!-- /outputs -->\nEnd\n';
    expect(withTables(readme, yaml)).toBe(`Text
<!-- inputs -->
| input | what it is | default |
|---|---|---|
| \`environment\` | Name of it. | **required** |
| \`fail-on\` | a \\| b | \`fail\` |
<!-- /inputs -->
<!-- outputs -->
| output | what it is |
|---|---|
| \`verdict\` | What came out. |
<!-- /outputs -->
End
`);
  });

  test('need their markers', () => expect(() => withTables('Text', yaml)).toThrow('no markers <!-- inputs -->'));
});
