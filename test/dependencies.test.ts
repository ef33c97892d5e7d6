import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const lockfile = z
  .object({
    lockfileVersion: z.literal(3),
    packages: z.record(
      z.string(),
      z.looseObject({
        integrity: z.string().optional(),
        resolved: z.string().optional(),
        dev: z.boolean().default(false),
        hasInstallScript: z.boolean().default(false),
      }),
    ),
  })
  .parse(JSON.parse(read('package-lock.json')));
const packages = Object.entries(lockfile.packages).filter(([path]) => path !== '');

test('every package of the lockfile has a digest, and none comes from elsewhere than the registry', () => {
  expect(packages.length).toBeGreaterThan(100);
  expect(
    packages.filter(([, { integrity }]) => !/^sha512-\S{80,}$/.test(integrity ?? '')).map(([path]) => path),
  ).toEqual([]);
  expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
});

test('no package that is bundled runs a script when it is installed', () => {
  const scripts = packages.filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(scripts.filter(([, { dev }]) => !dev).map(([path]) => path)).toEqual([]);
});

test('the versions of what is depended on are exact', () => {
  const { dependencies, devDependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')));
  const all = Object.entries({ ...dependencies, ...devDependencies });
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('updates wait for a week, in every ecosystem', () => {
  const { updates } = z
    .object({
      updates: z.array(
        z.looseObject({ 'package-ecosystem': z.string(), cooldown: z.looseObject({ 'default-days': z.number() }) }),
      ),
    })
    .parse(parse(read('.github/dependabot.yml')));
  expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions', 'terraform']);
  expect(updates.filter(({ cooldown }) => cooldown['default-days'] < 7)).toEqual([]);
});

test('a pull request’s dependencies are reviewed', () => {
  const workflow = read('.github/workflows/dependency-review.yml');
  expect(workflow).toContain('actions/dependency-review-action@');
  expect(workflow).toMatch(/^on:\n {2}pull_request:$/m);
});
