import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Progress } from '../progress.ts';
import { CATALOGUE } from './catalogue.ts';
import { ToolProvider } from './provide.ts';
import type { Surroundings } from './resolve.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tools-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A machine that has every tool on PATH in the catalogue's version. */
function provider(): ToolProvider {
  const present = join(directory, 'present');
  writeFileSync(present, '');
  const surroundings: Surroundings = {
    onPath: () => [present],
    versionOf: (_, args) =>
      Promise.resolve(CATALOGUE.find(({ versionArguments }) => versionArguments === args)?.version),
    isExecutable: () => false,
    platform: 'none',
  };
  const silent = new Progress({ write: () => undefined, colour: false });
  return new ToolProvider(join(directory, 'cache'), join(directory, 'bin'), silent, undefined, surroundings);
}

test('the sandbox waits only for what it needs itself; the other engine and the linter are for those who ask', async () => {
  const tools = provider();
  await tools.all();
  const names = readdirSync(join(directory, 'bin'));
  expect(names).toEqual(expect.arrayContaining(['terraform', 'kubelet', 'livekit-server']));
  expect(names).not.toEqual(expect.arrayContaining(['tofu']));
  expect(names).not.toEqual(expect.arrayContaining(['tflint']));
  expect(await tools.get('tofu')).toBe(join(directory, 'bin', 'tofu'));
});
