import { join } from 'node:path';
import { cacheDirectory } from '../../sandbox/config.ts';
import { Progress } from '../../sandbox/progress.ts';
import { ENGINES } from '../../sandbox/provider/terraform-run.ts';
import { ToolProvider } from '../../sandbox/tools/provide.ts';
import { lintSteps } from '../../scripts/terraform-lint.ts';
import { integrationTests } from './integration-tests.ts';
import type { Scenario } from './scenario.ts';

const bin = join(import.meta.dirname, '..', '..', '.build', 'bin');

const SUITES = [
  ["the provider's stand-in refuses what the real one refuses, in nested blocks, too", 'strictness'],
  [
    'dev, stg and prd planned, applied, changed in place, secret rotated, destroyed, and the secret in no file',
    'environments',
  ],
  ['LiveKit’s node pools from one generation to the next', 'generations'],
  ['the bootstrap likewise, who may sign in with it, and what each identity may do', 'bootstrap'],
  ["the bootstrap's script moves its state into the bucket", 'bootstrap-script'],
  ['dev on the Google stand-in, signed in as a workflow is', 'cloud'],
] as const;

/** What of the payload can be proven without GitHub and without a cluster, with Terraform and with OpenTofu. */
export const scenario: Scenario = {
  title: 'the Terraform payload: checked, planned, applied, changed and destroyed, with Terraform and with OpenTofu',
  async run(check) {
    // Nothing here needs the sandbox to be up: the stand-ins are started by the tests.
    const tools = new ToolProvider(cacheDirectory(), bin, new Progress());
    if (!(await check('both engines are there', () => tools.all([...ENGINES, 'fake-gcs-server'])))) return;
    for (const { name, work } of lintSteps(bin)) await check(name, async () => told([await work()]));
    for (const engine of ENGINES) {
      const environment = { LIVEKIT_GKE_TEST_ENGINE: engine };
      for (const [what, suite] of SUITES) {
        await check(`${engine}: ${what}`, async () =>
          told(await integrationTests(`**/sandbox/provider/${suite}.itg.test.ts`, bin, environment)),
        );
      }
    }
  },
};

/** What a check saw, a line each, above the line that says that it passed. */
function told(lines: readonly string[]): void {
  for (const line of lines) console.log(`  · ${line}`);
}
