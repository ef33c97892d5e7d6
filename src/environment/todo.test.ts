import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { terraformTodos, todosOf, workflowTodos } from './todo.ts';

let workspace: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
};
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'todo-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

test.each([
  ['in a value', 'a = "TODO: your domain"', true],
  ['behind a value, in HCL', 'domain = "a.example.com" # TODO: your domain', true],
  ['behind a value, with slashes', 'size = 1 // TODO: how many', true],
  ['in JSON', '{ "a": "plain:TODO: the App" }', true],
  ['a note of the writers', '  # TODO: make this nicer', false],
  ['a note with slashes', '// TODO: make this nicer', false],
  ['part of a longer word', 'a: MYTODO: x', false],
  ['without the colon', 'a: the TODO list', false],
])('%s', (_what, line, counts) =>
  expect(todosOf('a.tf', `x = 1\n${line}\n`)).toEqual(counts ? [{ file: 'a.tf', line: 2, text: line }] : []),
);

test('HCL: that of the environment, of its variables and of the modules that it uses, and no other', async () => {
  write('terraform/environments/dev/main.tf', 'module "a" {\n  source = "../../modules/a"\n}\n');
  write('terraform/environments/dev/terraform.tfvars', 'project_id = "x"\ndomain = "TODO: your domain"\n');
  write('terraform/environments/dev/x.auto.tfvars.json', '{\n "b": "TODO: b" }\n');
  write('terraform/environments/dev/README.md', 'TODO: words\n');
  write('terraform/environments/prd/main.tf', 'a = "TODO: not asked for"\n');
  write('terraform/modules/a/main.tf', 'locals {\n  a = 1 # TODO: how many\n}\n');
  write('terraform/modules/unused/main.tf', 'a = "TODO: nobody uses it"\n');
  expect((await terraformTodos(workspace, 'dev')).map(({ file, line }) => `${file}:${line}`)).toEqual([
    'terraform/environments/dev/terraform.tfvars:2',
    'terraform/environments/dev/x.auto.tfvars.json:2',
    'terraform/modules/a/main.tf:2',
  ]);
});

test('a repository without Terraform, or without that environment, has none', async () => {
  expect(await terraformTodos(workspace, 'dev')).toEqual([]);
  write('terraform/environments/dev/main.tf', 'a = "TODO: a"\n');
  expect(await terraformTodos(workspace, 'stg')).toEqual([]);
});

test('workflows: those that use the suite', async () => {
  const step = (uses: string) =>
    `jobs:\n  a:\n    steps:\n      - uses: ${uses}\n        with: { bucket: 'TODO: a bucket' }\n`;
  write('.github/workflows/deploy.yml', step('org/livekit-gke/actions/helm-deploy@v1'));
  write('.github/workflows/other.yaml', step('actions/checkout@v6'));
  expect(await workflowTodos(workspace)).toEqual([
    { file: '.github/workflows/deploy.yml', line: 5, text: "with: { bucket: 'TODO: a bucket' }" },
  ]);
});
