import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { affectedBy, helmAreas, terraformAreas } from './affected.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const names = (affected: readonly { environment: string }[]) => affected.map(({ environment }) => environment);

let workspace: string;
beforeEach(async () => void (workspace = await mkdtemp(join(tmpdir(), 'affected-'))));
afterEach(() => rm(workspace, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
}

describe('the payload of this repository', () => {
  test.each([
    ['a file of one environment', ['terraform/environments/stg/main.tf'], ['stg']],
    ['a file that is no configuration', ['terraform/environments/dev/PURPOSE.md'], ['dev']],
    ['a module that every environment uses', ['terraform/modules/environment/main.tf'], ['dev', 'stg', 'prd']],
    ['a module that another module uses', ['terraform/modules/gke/main.tf'], ['dev', 'stg', 'prd']],
    ['the bootstrap, which is no environment', ['terraform/bootstrap/main.tf'], []],
    ['values and documents', ['helm/values/dev.yaml', 'README.md'], []],
    ['a name that only begins the same', ['terraform/environments/dev2/main.tf', 'terraform/modules/gke-old/a.tf'], []],
    ['two environments', ['terraform/environments/prd/a', 'terraform/environments/dev/b'], ['dev', 'prd']],
  ])('%s', async (_, changed, expected) => {
    expect(names(affectedBy(await terraformAreas(REPOSITORY), changed))).toEqual(expected);
  });

  test.each([
    ['one values file', ['helm/values/stg.yaml'], ['stg']],
    ['the common values', ['helm/values/common.yaml'], ['dev', 'stg', 'prd']],
    ['the companion chart', ['helm/charts/livekit-gke/values.yaml'], ['dev', 'stg', 'prd']],
    ['scripts and documents', ['helm/scripts/deploy.sh', 'helm/README.md'], []],
  ])('%s, for helm', async (_, changed, expected) => {
    expect(names(affectedBy(await helmAreas(REPOSITORY), changed))).toEqual(expected);
  });
});

test('modules are followed through others, in a circle as well, and beyond what is there', async () => {
  await write({
    'terraform/environments/dev/main.tf': 'module "a" {\n  source = "../../../modules/a/"\n}',
    'terraform/environments/prd/main.tofu': 'module "b" {\n  source = "../../../modules/b"\n}',
    'modules/a/main.tf': 'module "b" {\n  source = "../b"\n}',
    'modules/b/main.tf.json': '{"module": {"a": {"source": "../a"}, "gone": {"source": "./gone"}}}',
  });
  const areas = await terraformAreas(workspace);
  expect(areas.map(({ paths }) => paths)).toEqual([
    ['terraform/environments/dev', 'modules/a', 'modules/b', 'modules/b/gone'],
    ['terraform/environments/prd', 'modules/b', 'modules/a', 'modules/b/gone'],
  ]);
  expect(names(affectedBy(areas, ['modules/b/gone/main.tf']))).toEqual(['dev', 'prd']);
});

test('a module in the root is the whole repository, and one above it is nothing', async () => {
  await write({
    'terraform/environments/dev/main.tf': 'module "root" {\n  source = "../../.."\n}',
    'terraform/environments/prd/main.tf': 'module "above" {\n  source = "../../../../x"\n}',
  });
  const areas = await terraformAreas(workspace);
  expect(names(affectedBy(areas, ['anything']))).toEqual(['dev']);
});

test('where a module comes from a variable, every change counts', async () => {
  await write({
    'terraform/environments/dev/main.tf': 'module "a" {\n  source = var.where\n}',
    'terraform/environments/prd/main.tf.json': 'no JSON',
  });
  const areas = await terraformAreas(workspace);
  expect(affectedBy(areas, ['README.md']).map(({ because }) => because)).toEqual([
    'terraform/environments/dev/main.tf computes where a module comes from',
    'terraform/environments/prd/main.tf.json computes where a module comes from',
  ]);
  expect(affectedBy(areas, [])).toEqual([]);
});

test('without changes to go by, all are taken, in the order of promotion', () => {
  const areas = ['prd', 'eu', 'staging', 'dev', 'testing', 'asia'].map((environment) => ({ environment, paths: [] }));
  expect(names(affectedBy(areas, undefined))).toEqual(['dev', 'testing', 'asia', 'eu', 'staging', 'prd']);
});

test('a workspace without an environment is refused: nothing would be planned, and all would look well', async () => {
  await write({ 'terraform/environments/README.md': '', 'terraform/environments/empty/notes.txt': '' });
  await expect(terraformAreas(workspace)).rejects.toMatchObject({ code: 'LK-ENV-004' });
  await expect(helmAreas(workspace)).rejects.toMatchObject({ code: 'LK-ENV-004' });
});
