import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exceptionsIn, foldersOf } from './terraform-lint.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lint-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(file: string, content: string): void {
  mkdirSync(join(directory, file, '..'), { recursive: true });
  writeFileSync(join(directory, file), content);
}

test('every folder with Terraform files is checked, what init has fetched is not', async () => {
  write('bootstrap/main.tf', '');
  write('modules/gke/main.tf', '');
  write('modules/gke/tests/gke.tftest.hcl', '');
  write('modules/gke/.terraform/modules/x/main.tf', '');
  expect(await foldersOf(directory)).toEqual(['bootstrap', 'modules/gke']);
});

test('an exception is told with its place and its reason, or that it has none', async () => {
  write(
    'dns/main.tf',
    'resource "x" "y" {\n  #checkov:skip=CKV_GCP_16:no key is published\n  # checkov:skip=CKV_GCP_62\n}\n',
  );
  expect(await exceptionsIn(directory)).toEqual([
    { file: 'dns/main.tf', line: 2, id: 'CKV_GCP_16', reason: 'no key is published' },
    { file: 'dns/main.tf', line: 3, id: 'CKV_GCP_62', reason: '' },
  ]);
});
