/** Writes the tables of actions/<name>/README.md, from action.yml and from the templates: `node scripts/action-docs.ts`. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMap, isScalar, parse, parseDocument } from 'yaml';
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

/** A permission of the job's token, and why the action wants it. */
export interface Permission {
  readonly name: string;
  readonly why: string;
}

const PLANNING = 'org/livekit-gke/.github/workflows/plan.yml@v1';

/** What the templates give the jobs that run an action, in the words of their comments; what one of them leaves out is optional. */
export async function permissionsOf(action: string): Promise<Permission[]> {
  const templates = join(folder, '../workflows-templates');
  const found = new Map<string, string>();
  for (const file of (await readdir(templates)).filter((name) => name.endsWith('.yml')).sort()) {
    // One that tries everything gives its jobs what they need for other reasons, too.
    if (file === 'real-project-smoke.yml') continue;
    const jobs = parseDocument(await readFile(join(templates, file), 'utf8')).get('jobs');
    if (!isMap(jobs)) continue;
    for (const { value: job } of jobs.items) {
      if (!isMap(job) || !runs(job.toJSON() as Job, action)) continue;
      const permissions = job.get('permissions');
      if (!isMap(permissions)) continue;
      for (const { key, value } of permissions.items) {
        if (!isScalar(key) || !isScalar(value)) continue;
        const name = `${String(key.value)}: ${String(value.value)}`;
        if (!found.has(name)) found.set(name, (value.comment ?? '').trim());
      }
    }
  }
  return [...found].map(([name, why]) => ({ name, why })).sort((a, b) => a.name.localeCompare(b.name));
}

interface Job {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly { readonly uses?: string }[];
}

/** Whether a job runs the action itself, or through the workflow that plans and previews. */
function runs(job: Job, action: string): boolean {
  if (job.uses === PLANNING) return action === (job.with?.['mode'] === 'preview' ? 'helm-deploy' : 'terraform-plan');
  return job.steps?.some(({ uses }) => uses === `org/livekit-gke/actions/${action}@v1`) ?? false;
}

/** The README with a fresh table of what the action wants of the job's token. */
export function withPermissions(readme: string, permissions: readonly Permission[]): string {
  // One that no template runs says itself what it wants.
  if (permissions.length === 0) return readme;
  const rows = permissions.map(({ name, why }) => `| \`${name}\` | ${why} |`);
  return between(readme, 'permissions', ['| permission | for |', '|---|---|', ...rows]);
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
    const tables = withTables(text, await readFile(join(action, 'action.yml'), 'utf8'));
    await writeFile(readme, withPermissions(tables, await permissionsOf(basename(action))));
  }
}
