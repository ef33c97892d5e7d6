import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readTree } from './tree.ts';

const ENVIRONMENT = 'terraform/environments/dev';
let workspace: string;

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    cwd: workspace,
    encoding: 'utf8',
  }).trim();

function write(path: string, content: string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), content);
}

const read = () => readTree(workspace, join(workspace, ENVIRONMENT), new AbortController().signal);

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'tree-'));
  git('init', '--quiet');
  write(`${ENVIRONMENT}/main.tf`, 'module "m" {}');
  write('terraform/modules/m/main.tf', 'x');
  write('terraform/modules/unused/main.tf', 'x');
  write('.gitignore', '.terraform/\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  const modules = [
    { Key: '', Source: '', Dir: '.' },
    { Key: 'm', Source: '../../modules/m', Dir: '../../modules/m' },
    { Key: 'far', Source: 'git::https://example.com/far.git?ref=v1', Dir: '.terraform/modules/far' },
    { Key: 'registry', Source: 'registry.terraform.io/a/b/c', Version: '1.2.3', Dir: '.terraform/modules/registry' },
  ];
  write(`${ENVIRONMENT}/.terraform/modules/modules.json`, JSON.stringify({ Modules: modules }));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

test('the tree is the environment’s files and those of its modules', async () => {
  const tree = await read();
  expect(tree.commit).toBe(git('rev-parse', 'HEAD'));
  expect(tree.directories).toEqual([ENVIRONMENT, 'terraform/modules/m']);
  expect(Object.keys(tree.files).sort()).toEqual([`${ENVIRONMENT}/main.tf`, 'terraform/modules/m/main.tf']);
  expect(tree.remoteModules).toEqual(['git::https://example.com/far.git?ref=v1', 'registry.terraform.io/a/b/c 1.2.3']);
});

test('the same files in another commit have the same digest', async () => {
  const { digest, commit } = await read();
  write('README.md', 'x');
  write('terraform/modules/unused/main.tf', 'y');
  git('add', '.');
  git('commit', '--quiet', '--message', 'elsewhere');
  const after = await read();
  expect(after.digest).toBe(digest);
  expect(after.commit).not.toBe(commit);
});

test.each([
  [
    'a committed change of a module',
    () => (write('terraform/modules/m/main.tf', 'y'), git('commit', '--quiet', '--all', '--message', 'm')),
  ],
  ['a change that is not committed', () => write(`${ENVIRONMENT}/main.tf`, 'y')],
  ['a new file, such as variables that a step made', () => write(`${ENVIRONMENT}/auto.tfvars`, 'a = 1')],
  ['a file that was removed', () => rmSync(join(workspace, 'terraform/modules/m/main.tf'))],
  [
    'a file that became executable',
    () => (
      execFileSync('chmod', ['+x', join(workspace, ENVIRONMENT, 'main.tf')]),
      git('commit', '--quiet', '--all', '--message', 'x')
    ),
  ],
])('%s changes the digest', async (_what, change) => {
  const { digest } = await read();
  change();
  expect((await read()).digest).not.toBe(digest);
});

test('what init leaves in .terraform does not count', async () => {
  const { digest } = await read();
  rmSync(join(workspace, '.gitignore'));
  git('commit', '--quiet', '--all', '--message', 'without');
  write(`${ENVIRONMENT}/.terraform/providers/x`, 'x');
  expect((await read()).digest).toBe(digest);
});

test('without a Git checkout the failure says what to do', async () => {
  rmSync(join(workspace, '.git'), { recursive: true });
  await expect(read()).rejects.toMatchObject({
    code: 'LK-TF-007',
    fix: expect.stringContaining('actions/checkout') as string,
  });
});
