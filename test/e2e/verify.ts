import assert from 'node:assert/strict';
import { down } from '../../sandbox/down.ts';
import type { Scenario } from './scenario.ts';
import { faults } from './verify/faults.ts';
import { assertOnly, KNOWN, VerifyLab } from './verify/lab.ts';

export const scenario: Scenario = {
  title: 'verify from outside: a good environment passes, and each fault is named by its check',
  async run(check) {
    const lab = await VerifyLab.open();
    try {
      const isGood = await check('everything passes but what LiveKit 1.11 is known for', async () => {
        const report = await lab.verify();
        for (const one of report.checks) {
          console.log(`  ${one.verdict} ${one.id} (${one.durationSeconds} s) ${one.evidence}`);
        }
        assertOnly(report, {});
        for (const id of KNOWN) assert.equal(report.checks.find((one) => one.id === id)?.accepted, true, id);
        assert.equal(report.verdict, 'warn');
      });
      if (isGood) await faults(check, lab);
    } finally {
      await lab.close();
    }
    await check('down leaves nothing behind', () => down({ removeState: true }));
  },
};
