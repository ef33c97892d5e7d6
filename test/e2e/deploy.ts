import { down } from '../../sandbox/down.ts';
import { faults } from './deploy/faults.ts';
import { force } from './deploy/force.ts';
import { install } from './deploy/install.ts';
import { helmKilled, interruptions } from './deploy/interruptions.ts';
import { Lab } from './deploy/lab.ts';
import { missingSecret } from './deploy/missing-secret.ts';
import { upgrade } from './deploy/upgrade.ts';
import type { Scenario } from './scenario.ts';

export const scenario: Scenario = {
  title: 'helm-deploy on real nodes: install, upgrade under a call, and back after each fault',
  async run(check) {
    const lab = await Lab.open();
    try {
      if (!(await install(check, lab))) return;
      await upgrade(check, lab);
      await force(check, lab);
      // An add-on has its own nodes: it does not stand in LiveKit's way.
      await Promise.all([faults(check, lab), missingSecret(check, lab)]);
      await interruptions(check, lab);
      await helmKilled(check, lab);
    } finally {
      await lab.close();
    }
    await check('down leaves nothing behind', () => down({ removeState: true }));
  },
};
