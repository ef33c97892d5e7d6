import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the payload's files themselves show; `payload.itg.test.ts` applies them. */
const TERRAFORM = fileURLToPath(new URL('../../terraform', import.meta.url));

test('environments differ in their values only: every other file is the same in all', async () => {
  const own = ['backend.tf', 'environment.tf', 'terraform.tfvars.example'];
  const shared = async (name: string): Promise<Record<string, string>> => {
    const folder = join(TERRAFORM, 'environments', name);
    const files = (await readdir(folder)).filter((file) => file.endsWith('.tf') && !own.includes(file));
    const texts = files.map(async (file) => [file, await readFile(join(folder, file), 'utf8')] as const);
    return Object.fromEntries(await Promise.all(texts));
  };
  const dev = await shared('dev');
  expect(Object.keys(dev).sort()).toEqual(['main.tf', 'outputs.tf', 'variables.tf', 'versions.tf']);
  for (const name of ['stg', 'prd']) expect([name, await shared(name)]).toEqual([name, dev]);
});

test.each(['environments/dev', 'environments/stg', 'environments/prd', 'bootstrap'])(
  '%s: the example file names every variable, and only those',
  async (folder) => {
    const example = await readFile(join(TERRAFORM, folder, 'terraform.tfvars.example'), 'utf8');
    const variables = await readFile(join(TERRAFORM, folder, 'variables.tf'), 'utf8');
    const names = (text: string, expression: RegExp): string[] =>
      [...text.matchAll(expression)].map((match) => match[1]!).sort();
    const named = names(example, /^(?:# )?([a-z][a-z_]+) +=/gm);
    expect(named).toEqual(names(variables, /^variable "(\w+)"/gm));
  },
);
