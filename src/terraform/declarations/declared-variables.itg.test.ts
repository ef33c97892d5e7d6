import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { declaredInHcl } from './declared-variables.ts';
import { randomConfiguration } from './random-hcl.ts';

const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const SEEDS = [1, 2, 3, 4, 5, 6];
const marks = z.object({ sensitive: z.boolean().optional(), default: z.unknown() });
const schema = z.object({
  configuration: z.object({ root_module: z.object({ variables: z.record(z.string(), marks).default({}) }) }),
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'declared-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What the engine itself understands of the configuration. */
function variables(engine: string): z.output<typeof schema>['configuration']['root_module']['variables'] {
  const options = {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], CHECKPOINT_DISABLE: '1' },
  } as const;
  const run = (...args: string[]) => execFileSync(join(bin, engine), args, options);
  run('plan', '-input=false', '-out=p');
  return schema.parse(JSON.parse(run('show', '-json', 'p'))).configuration.root_module.variables;
}

describe.each(['terraform', 'tofu'])('what %s understands of declarations', (engine) => {
  it.each(SEEDS)(
    'is what the reader does, in random configuration %i',
    (seed) => {
      // An engine does not tell what is ephemeral.
      const text = randomConfiguration(seed).text.replaceAll('ephemeral = true', 'sensitive = true');
      writeFileSync(join(directory, 'main.tf'), text);
      const told = Object.entries(variables(engine));
      const secret = told.filter(([, { sensitive }]) => sensitive === true).map(([name]) => name);
      const declared = declaredInHcl(text);
      expect(declared.map(({ name }) => name).sort()).toEqual(secret.sort());
      expect(told.length).toBeGreaterThan(secret.length);
    },
    60_000,
  );
});
