import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { mermaidParser } from '../src/runner/mermaid.fixture.ts';
import { examplesOf, pages, root, type Example } from './pages.ts';
import { commandsOf, type Command } from './shell-examples.ts';

const formats = createRequire(import.meta.url)('ajv-formats') as { default: (ajv: Ajv2020) => void };
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const examples = pages.filter((page) => page !== 'CHANGELOG.md').flatMap((page) => examplesOf(page));
const at = ({ page, line }: Example): string => `${page}:${line}`;
const of = (...languages: string[]) =>
  examples
    .filter(({ language }) => languages.includes(language))
    .map((example): [string, Example] => [at(example), example]);

const shell = of('sh', 'bash');
const yaml = of('yaml', 'yml');
const json = of('json');

test('there are examples to look at, each with a language that is known', () => {
  expect([shell.length, yaml.length, json.length].map((count) => count > 0)).toEqual([true, true, true]);
  const known = ['sh', 'bash', 'yaml', 'json', 'hcl', 'mermaid', 'text', 'ts', 'typescript', 'swift', 'kotlin', ''];
  expect(examples.filter(({ language }) => !known.includes(language)).map(at)).toEqual([]);
});

/* What a reader types. */

const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
const templates = readdirSync(join(root, 'workflows-templates')).filter((file) => file.endsWith('.yml'));
const allTemplates = [...templates.map((file) => `workflows-templates/${file}`), '.github/workflows/plan.yml']
  .map(read)
  .join('\n');
const terraformOutputs = new Set(
  ['terraform/bootstrap/outputs.tf', 'terraform/environments/dev/outputs.tf'].flatMap((file) =>
    [...read(file).matchAll(/^output "(\w+)"/gm)].map(([, name]) => name),
  ),
);
const inputSchema = z.looseObject({
  required: z.boolean().default(false),
  default: z.unknown().optional(),
  options: z.array(z.string()).optional(),
});
const declared = z.object({ inputs: z.record(z.string(), inputSchema).default({}) }).nullable();

/** Programs that the pages tell a reader to have, and the shell's own words. */
const PROGRAMS = new Set(
  'gcloud gh git npm npx node terraform tofu kubectl helm openssl bash certbot curl dig jq argocd stunclient base64 cat cd cp echo export rm mv mktemp mkdir may identity objects signs_in email chmod watch sleep printf nsenter nft tr dig nslookup tar sha256sum'.split(
    ' ',
  ),
);

/** What is wrong with a command; `here` are the folders that its paths may be in. */
function objection({ words }: Command, here: readonly string[]): string | undefined {
  const [program = '', first = '', second = '', third = ''] = words;
  const there = (path: string) => here.some((folder) => existsSync(join(folder, path)));
  if (program.includes('/')) {
    const path = here.map((folder) => join(folder, program)).find((candidate) => existsSync(candidate));
    if (path === undefined) return `${program} is not there`;
    try {
      accessSync(path, constants.X_OK);
    } catch {
      return `${program} cannot be executed`;
    }
    if (program === 'helm/scripts/deploy.sh') return deployObjection(words);
    return undefined;
  }
  if (!PROGRAMS.has(program) && !program.startsWith('$')) return `nobody was told to have ${program}`;
  if (program === 'npm' && first === 'run' && !(second in scripts)) return `there is no npm script ${second}`;
  if (program === 'node' && first !== '' && !first.startsWith('-') && !there(first)) return `${first} is not there`;
  if (program === 'cd' && !first.startsWith('$') && !there(first) && first !== 'livekit')
    return `${first} is not there`;
  if (program === 'cp' && !there(first)) return `${first} is not there`;
  if (program === 'bash' && first.includes('/') && !there(first)) return `${first} is not there`;
  if (program === 'git' && first === 'rm') return words.slice(2).find((word) => !word.startsWith('-') && !there(word));
  if (program === 'terraform' && first === 'output') {
    const name = words.slice(2).find((word) => !word.startsWith('-'));
    if (name !== undefined && !terraformOutputs.has(name)) return `no configuration has the output ${name}`;
  }
  if (program === 'gh' && (first === 'variable' || first === 'secret') && second === 'set') {
    if (!allTemplates.includes(`${first === 'secret' ? 'secrets' : 'vars'}.${third}`))
      return `no workflow reads ${third}`;
  }
  if (program === 'gh' && first === 'workflow' && second === 'run') return workflowObjection(words.slice(3));
  return undefined;
}

function deployObjection([, environment, verb]: readonly string[]): string | undefined {
  if (!/^(dev|stg|prd|"?\$\w+"?)$/.test(environment ?? '')) return `${environment} is no environment`;
  const verbs = /<(install\|[^>]+)>/.exec(read('helm/scripts/deploy.sh'))?.[1]?.split('|') ?? [];
  return verbs.includes(verb ?? '') ? undefined : `deploy.sh knows no ${verb}`;
}

/** `helm-deploy -f environment=dev`: the workflow, its inputs, and their options. */
function workflowObjection([name = '', ...options]: readonly string[]): string | undefined {
  const file = `${name.replace(/\.yml$/, '')}.yml`;
  if (!templates.includes(file)) return `there is no workflow ${name}`;
  const { on } = z.object({ on: z.record(z.string(), z.unknown()) }).parse(parse(read(`workflows-templates/${file}`)));
  if (!('workflow_dispatch' in on)) return `${name} is not started by hand`;
  const inputs = declared.parse(on['workflow_dispatch'])?.inputs ?? {};
  for (const [index, option] of options.entries()) {
    if (option !== '-f') continue;
    const [, input = '', value = ''] = /^([\w-]+)=(.*)$/s.exec(options[index + 1] ?? '') ?? [];
    const its = inputs[input];
    if (its === undefined) return `${name} has no input ${input}`;
    if (its.options && !value.startsWith('$') && !its.options.includes(value))
      return `${input} is none of ${its.options.join(', ')}`;
  }
  return undefined;
}

/** What is wrong with the commands of an example; `cd` counts from its page, and lasts to the page's end. */
function objections(page: string, blocks: readonly Example[]): string[] {
  let folder = root;
  return blocks.flatMap((example) =>
    commandsOf(example.text).flatMap((command) => {
      const here = [folder, root, join(root, dirname(page)), ...made(folder)];
      const wrong = objection(command, here);
      const [program, to] = command.words;
      if (program === 'cd' && to !== undefined)
        folder = here.map((one) => join(one, to)).find((one) => existsSync(one)) ?? folder;
      return wrong === undefined
        ? []
        : [`${page}:${example.line + 1 + command.line} ${wrong}: ${command.words.join(' ')}`];
    }),
  );
}

/** A fresh clone of a user's is this repository. */
const made = (folder: string): string[] => (folder === root ? [] : [dirname(folder)]);

describe('commands', () => {
  test.each(shell)('%s is what bash reads', (_at, { text }) => {
    execFileSync('bash', ['-n'], { input: text, stdio: ['pipe', 'pipe', 'pipe'] });
  });

  test.each([...new Set(shell.map(([, { page }]) => page))])('all of %s exist, with what they are given', (page) => {
    expect(
      objections(
        page,
        shell.map(([, example]) => example).filter((example) => example.page === page),
      ),
    ).toEqual([]);
  });

  test.each([
    ['npm run nonsense', /no npm script nonsense/],
    ['./nowhere.sh', /is not there/],
    ['gh workflow run helm-deploi', /no workflow helm-deploi/],
    ['gh workflow run helm-deploy -f environment=test', /environment is none of dev, stg, prd/],
    ['gh workflow run helm-deploy -f enviroment=dev', /has no input enviroment/],
    ['terraform output -raw nothing', /has the output nothing/],
    ['gh variable set GCP_PROJEKT', /no workflow reads GCP_PROJEKT/],
    ['helm/scripts/deploy.sh dev deploy', /deploy.sh knows no deploy/],
    ['kubctl get pods | jq .', /to have kubctl/],
    ['x=$(gsutil mb "gs://a b") && true', /to have gsutil/],
  ])('would be refused: %s', (text, words) => {
    expect(objections('README.md', [{ page: 'README.md', line: 1, language: 'sh', text }])[0]).toMatch(words);
  });
});

/* What a reader copies. */

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
const compiled = new Map<string, ValidateFunction>();

function misfits(schema: string, value: unknown): string[] {
  const validate = compiled.get(schema) ?? ajv.compile(JSON.parse(read(schema)) as object);
  compiled.set(schema, validate);
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

/** Everything in a document that uses an action or a workflow of the suite, with what it gives. */
function* uses(value: unknown): Generator<{ path: string; given: Record<string, unknown> }> {
  if (typeof value !== 'object' || value === null) return;
  if ('uses' in value && typeof value.uses === 'string') {
    const path = /^(?:org|your-org)\/livekit-gke\/(.+)@/.exec(value.uses)?.[1];
    const given = 'with' in value ? (value.with as Record<string, unknown>) : {};
    if (path !== undefined) yield { path, given };
  }
  for (const inner of Object.values(value)) yield* uses(inner);
}

const SCHEMA = /https:\/\/raw\.githubusercontent\.com\/org\/livekit-gke\/v1\/(docs\/schemas\/[\w/.-]+)/;

describe('files', () => {
  test.each(yaml)('%s is YAML, and gives an action what it takes', (_at, { page, text }) => {
    for (const document of parseAllDocuments(text)) {
      expect(document.errors).toEqual([]);
      for (const { path, given } of uses(document.toJS())) {
        if (path.startsWith('actions/')) {
          expect([path, misfits(`docs/schemas/with/${path.slice('actions/'.length)}.json`, given)]).toEqual([path, []]);
        } else {
          const { on } = z.object({ on: z.looseObject({ workflow_call: declared }) }).parse(parse(read(path)));
          const inputs = on.workflow_call?.inputs ?? {};
          expect([path, Object.keys(given).filter((name) => !(name in inputs))]).toEqual([path, []]);
        }
      }
    }
    // A part of a step, in an action's own README.
    const action = /^actions\/([\w-]+)\/README\.md$/.exec(page)?.[1];
    const part = z.looseObject({ with: z.record(z.string(), z.unknown()) }).safeParse(parse(text));
    if (action !== undefined && part.success) {
      const known = z
        .object({ properties: z.record(z.string(), z.unknown()) })
        .parse(JSON.parse(read(`docs/schemas/with/${action}.json`))).properties;
      expect(Object.keys(part.data.with).filter((name) => !(name in known))).toEqual([]);
    }
  });

  test.each([...yaml, ...json].filter(([, { text }]) => SCHEMA.test(text)))(
    '%s fits the schema that it names',
    (_at, { text }) => {
      const schema = SCHEMA.exec(text)?.[1] ?? '';
      expect(existsSync(join(root, schema))).toBe(true);
      expect(misfits(schema, parse(text))).toEqual([]);
    },
  );

  test.each(json)('%s is JSON', (_at, { text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  test('the price table of the cost page fits its schema', () => {
    const table = yaml.find(([, { page }]) => page === 'docs/cost.md')?.[1].text ?? '';
    // A reader's file: dates are text there, as YAML 1.2 has them.
    expect(misfits('docs/schemas/prices.json', parse(table))).toEqual([]);
  });
});

const parseMermaid = mermaidParser();
test.each(of('mermaid'))('%s is a diagram', async (_at, { text }) => {
  await parseMermaid(text);
});
