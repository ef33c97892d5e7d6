import { down } from '../../sandbox/down.ts';
import { up } from '../../sandbox/up.ts';
import { cancels } from './plan-apply/cancel.ts';
import { faults } from './plan-apply/faults.ts';
import { flow } from './plan-apply/flow.ts';
import { Lab } from './plan-apply/lab.ts';
import type { Scenario } from './scenario.ts';

export const scenario: Scenario = {
  title: 'plan and apply by the real workflows with both engines, through every fault, cancel and forgery',
  async run(check) {
    await down({ removeState: true });
    const config = await up({ only: 'cloud' });
    const lab = await Lab.open(config, 'terraform');
    try {
      if (await flow(check, lab, 'Terraform')) {
        await cancels(check, lab, 4);
        await faults(check, lab);
      }
    } finally {
      lab.close();
    }
    await check('down leaves nothing behind', () => down());
  },
};
