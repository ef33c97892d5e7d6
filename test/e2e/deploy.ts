import { down } from '../../sandbox/down.ts';
import { faults } from './deploy/faults.ts';
import { install } from './deploy/install.ts';
import { Lab } from './deploy/lab.ts';
import { upgrade } from './deploy/upgrade.ts';
import type { Scenario } from './scenario.ts';

export const scenario: Scenario = {
  title: 'helm-deploy on real nodes: install, upgrade under a call, and back after each fault',
  async run(check) {
    const lab = await Lab.open();
    try {
      if (!(await install(check, lab))) return;
      await upgrade(check, lab);
      await faults(check, lab);
    } finally {
      await lab.close();
    }
    await check('down leaves nothing behind', () => down({ removeState: true }));
  },
};
