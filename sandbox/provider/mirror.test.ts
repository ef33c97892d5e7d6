import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installProviderMirror } from './mirror.ts';

describe('the provider mirror', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "it's a mirror-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const launchers = async (): Promise<string[]> => {
    const files = await readdir(directory, { recursive: true });
    return files.filter((file) => file.endsWith('_x5')).sort();
  };

  test('holds the provider for Terraform and for OpenTofu, where each looks for it', async () => {
    await installProviderMirror({ directory });
    const platform = `linux_${process.arch === 'x64' ? 'amd64' : process.arch}`;
    expect(await launchers()).toEqual(
      ['registry.opentofu.org', 'registry.terraform.io'].map(
        (registry) =>
          `terraform/mirror/${registry}/hashicorp/google/7.45.0/${platform}/terraform-provider-google_v7.45.0_x5`,
      ),
    );
    for (const launcher of await launchers()) expect((await stat(join(directory, launcher))).mode & 0o111).toBe(0o111);
  });

  test('is the only way to any provider', async () => {
    const { cliConfigFile } = await installProviderMirror({ directory });
    const configuration = await readFile(cliConfigFile, 'utf8');
    expect(configuration).toContain('filesystem_mirror');
    expect(configuration).not.toMatch(/direct|network_mirror/);
  });

  test('stays the same when it is installed again, so that lock files stay right', async () => {
    const content = async (): Promise<string[]> =>
      Promise.all((await launchers()).map((launcher) => readFile(join(directory, launcher), 'utf8')));
    await installProviderMirror({ directory });
    const before = await content();
    await installProviderMirror({ directory });
    expect(await content()).toEqual(before);
    expect(before[0]).toContain(`exec '${process.execPath}'`);
    expect(before[0]).toContain("it'\\''s a mirror");
  });
});
