import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inputTable, outputTable } from './terraform-tables.ts';

// Writes the tables of inputs and outputs into the README of each Terraform module, between its markers.

const terraform = fileURLToPath(new URL('../terraform', import.meta.url));

/** The folders that have inputs and outputs of their own, and a README that tells them. */
export function documentedFolders(): string[] {
  const modules = readdirSync(join(terraform, 'modules')).map((name) => join(terraform, 'modules', name));
  return [...modules.sort(), join(terraform, 'bootstrap'), join(terraform, 'environments')];
}

/** The README with its tables as the configuration has them now; throws where a marker is missing. */
export function documented(folder: string): string {
  // The environments have one README; their variables and outputs are alike.
  const source = folder.endsWith('environments') ? join(folder, 'dev') : folder;
  const read = (name: string): string => readFileSync(join(source, name), 'utf8');
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const withInputs = between(readme, 'inputs', inputTable(read('variables.tf')));
  return between(withInputs, 'outputs', outputTable(read('outputs.tf')));
}

function between(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The README lacks ${begin} or ${end}.`);
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const folder of documentedFolders()) writeFileSync(join(folder, 'README.md'), documented(folder));
