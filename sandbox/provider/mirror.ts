import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxConfig } from '../config.ts';

/** The release whose schema and behaviour the stand-in has. */
export const PROVIDER_VERSION = '7.45.0';

/** Terraform's registry and OpenTofu's: each tool asks for `hashicorp/google` under its own. */
const REGISTRIES = ['registry.terraform.io', 'registry.opentofu.org'];

/**
 * Writes a filesystem mirror that holds the provider stand-in as hashicorp/google, and a CLI configuration that knows no
 * other way to any provider. Terraform and OpenTofu take it by TF_CLI_CONFIG_FILE. Writing it again changes nothing.
 */
export async function installProviderMirror(
  config: Pick<SandboxConfig, 'directory'>,
): Promise<{ cliConfigFile: string }> {
  const directory = join(config.directory, 'terraform');
  const mirror = join(directory, 'mirror');
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  for (const registry of REGISTRIES) {
    const folder = join(mirror, registry, 'hashicorp', 'google', PROVIDER_VERSION, platform);
    await mkdir(folder, { recursive: true });
    const launcher = join(folder, `terraform-provider-google_v${PROVIDER_VERSION}_x5`);
    await writeFile(launcher, launcherScript(join(directory, 'compile-cache')));
    await chmod(launcher, 0o755);
  }
  const cliConfigFile = join(directory, 'cli.tfrc');
  await writeFile(cliConfigFile, cliConfiguration(mirror));
  return { cliConfigFile };
}

/** Runs the stand-in on the Node that installed it; the compile cache saves a third of each start. */
function launcherScript(compileCache: string): string {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  return [
    '#!/bin/sh',
    `export NODE_COMPILE_CACHE=${quoted(compileCache)}`,
    `exec ${quoted(process.execPath)} --no-warnings ${quoted(main)}`,
    '',
  ].join('\n');
}

function cliConfiguration(mirror: string): string {
  const sources = REGISTRIES.map((registry) => `"${registry}/hashicorp/google"`).join(', ');
  return `disable_checkpoint = true

provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = [${sources}]
  }
}
`;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
