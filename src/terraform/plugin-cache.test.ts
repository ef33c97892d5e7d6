import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginCache } from './plugin-cache.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'plugin-cache-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('providers are kept in the runner’s tool cache, apart from those of other runners of the machine', async () => {
  const cacheOf = async (more: Record<string, string>) =>
    (await pluginCache({ RUNNER_TOOL_CACHE: directory, HOME: directory, ...more }))['TF_PLUGIN_CACHE_DIR'] ?? '';
  const cache = await cacheOf({ RUNNER_NAME: 'build/../machine 1' });
  expect(cache).toBe(join(directory, 'terraform-plugins', 'build-machine-1'));
  expect(existsSync(cache)).toBe(true);
  expect(await cacheOf({ RUNNER_NAME: 'machine 2' })).not.toBe(cache);
  expect(await cacheOf({})).toBe(join(directory, 'terraform-plugins'));
});

test('a cache of the user’s own is left to them', async () => {
  expect(await pluginCache({ RUNNER_TOOL_CACHE: directory, TF_PLUGIN_CACHE_DIR: '/mine' })).toEqual({});
  writeFileSync(join(directory, '.terraformrc'), 'plugin_cache_dir = "/mine"\n');
  expect(await pluginCache({ RUNNER_TOOL_CACHE: directory, HOME: directory })).toEqual({});
});

test.each([
  ['without a tool cache', {}],
  ['with one that cannot be written', { RUNNER_TOOL_CACHE: '/dev/null' }],
])('%s there is none', async (_title, variables) => expect(await pluginCache(variables)).toEqual({}));
