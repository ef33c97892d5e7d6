import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { attempt } from '../../sandbox/command.ts';
import { cacheDirectory } from '../../sandbox/config.ts';
import { Progress } from '../../sandbox/progress.ts';
import { ToolProvider } from '../../sandbox/tools/provide.ts';
import { integrationTests } from './integration-tests.ts';
import type { Scenario } from './scenario.ts';

const root = join(import.meta.dirname, '..', '..');

/** What each file of tests shows; a template that none of them runs fails the scenario. */
const RUNS = [
  ['by its own triggers: pull request, merge queue, merge, schedule, hand', 'templates'],
  ['by hand to prd with its reviewers, for a fork, called from another workflow, with add-ons', 'templates-shared'],
] as const;

export const scenario: Scenario = {
  title: 'every template for users, as it is, run by act against the stand-ins of GitHub and Google',
  async run(check) {
    const act = await new ToolProvider(cacheDirectory(), join(root, '.build', 'bin'), new Progress()).get('act');
    const shown: string[] = [];
    for (const [what, file] of RUNS) {
      await check(`the templates ${what}`, async () => {
        const sentences = await integrationTests(`**/sandbox/workflow/${file}.itg.test.ts`, dirname(act), { ACT: act });
        for (const sentence of sentences) console.log(`  ✓ ${sentence}`);
        shown.push(...sentences);
      });
    }
    await check('no template is left out', () => {
      const templates = readdirSync(join(root, 'workflows-templates'))
        .filter((name) => name.endsWith('.yml'))
        .map((name) => basename(name, '.yml'));
      // That one spends real money; test/real-project-smoke.test.ts holds its order and conditions.
      const left = templates.filter(
        (name) => name !== 'real-project-smoke' && !shown.some((sentence) => sentence.endsWith(`of one’s own ${name}`)),
      );
      assert.deepEqual(left, []);
      return Promise.resolve();
    });
    for (const tool of ['actionlint', 'zizmor']) {
      await check(`${tool} finds nothing`, async () => {
        const program = join(root, 'scripts', 'workflow-lint.ts');
        const { code, stdout, stderr } = await attempt(process.execPath, [program, tool], {
          cwd: root,
          timeoutSeconds: 300,
        });
        assert.equal(code, 0, `${stdout}\n${stderr}`);
      });
    }
  },
};
