import { cacheDirectory } from '../../sandbox/config.ts';
import { down } from '../../sandbox/down.ts';
import { Progress } from '../../sandbox/progress.ts';
import { ToolProvider } from '../../sandbox/tools/provide.ts';
import { up } from '../../sandbox/up.ts';
import { cancels } from './plan-apply/cancel.ts';
import { faults } from './plan-apply/faults.ts';
import { flow } from './plan-apply/flow.ts';
import { guards } from './plan-apply/guards.ts';
import { Lab } from './plan-apply/lab.ts';
import { refusals } from './plan-apply/refusals.ts';
import { rules } from './plan-apply/rules.ts';
import { secrets, secretsOfFailedPlans } from './plan-apply/secrets.ts';
import { states } from './plan-apply/state.ts';
import { tokens } from './plan-apply/token.ts';
import type { Check, Scenario } from './scenario.ts';

export const scenario: Scenario = {
  title: 'plan and apply by the real workflows with both engines, through every fault, cancel and forgery',
  async run(check) {
    await inEmptyWorld('terraform', async (lab) => {
      // Redis grows from check to check: each part says what it has before or gets.
      if (!(await flow(check, lab, 'Terraform'))) return;
      await cancels(check, lab, 4);
      await faults(check, lab, 4);
      await tokens(check, lab, 6);
      await states(check, lab, 6);
      await refusals(check, lab, 10);
      await rules(check, lab);
      await guards(check, lab);
      await secretsOfFailedPlans(check, lab);
      // Last, since its configuration asks for variables that the other runs do not give.
      await secrets(check, lab);
    });
    await inEmptyWorld('tofu', async (lab) => {
      if (await flow(check, lab, 'OpenTofu')) await openTofu(check, lab);
    });
    await check('down leaves nothing behind', () => down());
  },
};

/** What an engine says by its own words: a held lock, a crash, a failed change and its rerun, a refused value. */
async function openTofu(check: Check, lab: Lab): Promise<void> {
  const named: Check = (name, work) => check(`OpenTofu: ${name}`, work);
  await faults(named, lab, 3, ['engine']);
  await secretsOfFailedPlans(named, lab);
}

/** A sandbox with nothing in it, of which only Google's and GitHub's stand-ins run, and a user's repository there. */
async function inEmptyWorld(engine: 'terraform' | 'tofu', work: (lab: Lab) => Promise<void>): Promise<void> {
  await down({ removeState: true });
  const config = await up({ only: 'cloud' });
  if (engine === 'tofu') await new ToolProvider(cacheDirectory(), config.bin, new Progress()).get('tofu');
  const lab = await Lab.open(config, engine);
  try {
    await work(lab);
  } finally {
    lab.close();
  }
}
