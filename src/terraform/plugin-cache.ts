import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reason } from '../failure/failure.ts';
import { log } from '../runner/log.ts';

/**
 * Has providers kept in the runner's tool cache, so that a second init of the same runner downloads none. Each runner has its own
 * there, since it does one job at a time: Terraform's cache may not be used by two at once, which runners of one machine can be.
 * Nothing is set where the user has a cache of their own, by variable or in the CLI configuration. `variables` are the job's.
 */
export async function pluginCache(variables: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const toolCache = variables['RUNNER_TOOL_CACHE'];
  if (toolCache === undefined || (await hasOwnCache(variables))) return {};
  const runner = (variables['RUNNER_NAME'] ?? '').replace(/[^\w-]+/g, '-');
  const directory = join(toolCache, 'terraform-plugins', runner);
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    log.debug(`No cache for providers in ${directory}: ${reason(error)}`);
    return {};
  }
  return { TF_PLUGIN_CACHE_DIR: directory };
}

async function hasOwnCache(variables: NodeJS.ProcessEnv): Promise<boolean> {
  if (variables['TF_PLUGIN_CACHE_DIR'] !== undefined) return true;
  const home = variables['HOME'] ?? '';
  const named = variables['TF_CLI_CONFIG_FILE'];
  const files = named === undefined ? [join(home, '.terraformrc'), join(home, '.tofurc')] : [named];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.some((text) => /^\s*plugin_cache_dir\s*=/m.test(text));
}
