/** Writes the tables of inputs and outputs in actions/<name>/README.md from action.yml: `node scripts/action-docs.ts`. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../actions');

const metadata = z.object({
  inputs: z
    .record(
      z.string(),
      z.object({
        description: z.string(),
        required: z.boolean().default(false),
        default: z.union([z.string(), z.number(), z.boolean()]).optional(),
        deprecationMessage: z.string().optional(),
      }),
    )
    .default({}),
  outputs: z.record(z.string(), z.object({ description: z.string() })).default({}),
});

/** Inputs and outputs, as an action.yml declares them. */
export const metadataOf = (actionYaml: string) => metadata.parse(parse(actionYaml));

/** Folders of actions: those with an action.yml. */
export async function actionFolders(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'action.yml')))
    .map((entry) => join(folder, entry.name))
    .sort();
}

/** The README with fresh tables between `<!-- inputs -->` and `<!-- /inputs -->`, and the same for outputs. */
export function withTables(readme: string, actionYaml: string): string {
  const { inputs, outputs } = metadataOf(actionYaml);
  const inputRows = Object.entries(inputs).map(([name, input]) => {
    const fallback = input.default === undefined || input.default === '' ? '' : `\`${input.default}\``;
    return `| \`${name}\` | ${cell(input.description)} | ${input.required ? '**required**' : fallback} |`;
  });
  const outputRows = Object.entries(outputs).map(([name, output]) => `| \`${name}\` | ${cell(output.description)} |`);
  const first = between(readme, 'inputs', ['| input | what it is | default |', '|---|---|---|', ...inputRows]);
  return between(first, 'outputs', ['| output | what it is |', '|---|---|', ...outputRows]);
}

/** The text with the lines between `<!-- name -->` and `<!-- /name -->`; throws where the markers are not there. */
export function between(text: string, name: string, lines: readonly string[]): string {
  const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!marked.test(text)) throw new Error(`There are no markers <!-- ${name} --> and <!-- /${name} --> in the page.`);
  return text.replace(marked, (_all, open: string, close: string) => `${open}${lines.join('\n')}\n${close}`);
}

function cell(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const action of await actionFolders()) {
    const readme = join(action, 'README.md');
    if (!existsSync(readme)) {
      console.error(`${readme} does not exist; an action without one cannot be used.`);
      process.exitCode = 1;
      continue;
    }
    const text = await readFile(readme, 'utf8');
    await writeFile(readme, withTables(text, await readFile(join(action, 'action.yml'), 'utf8')));
  }
}
