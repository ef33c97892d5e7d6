import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { down } from '../../sandbox/down.ts';
import { checks } from '../../src/verify/checks/index.ts';
import type { Report } from '../../src/verify/report.ts';
import type { Scenario } from './scenario.ts';
import { cancelled } from './verify/cancel.ts';
import { FAULTS } from './verify/faults.ts';
import { assertOnly, KNOWN, VerifyLab } from './verify/lab.ts';
import { renderMatrix, type Seen } from './verify/matrix.ts';
import { rounds } from './verify/rounds.ts';

export const scenario: Scenario = {
  title: 'verify from outside: a good environment passes, and each fault is named by its check',
  async run(check) {
    const lab = await VerifyLab.open();
    try {
      const found: { report?: Report } = {};
      await check('everything passes but what LiveKit 1.11 is known for', async () => {
        const report = await lab.verify();
        for (const one of report.checks) {
          console.log(`  ${one.verdict} ${one.id} (${one.durationSeconds} s) ${one.evidence}`);
        }
        assertOnly(report, {});
        for (const id of KNOWN) assert.equal(report.checks.find((one) => one.id === id)?.accepted, true, id);
        assert.equal(report.verdict, 'warn');
        console.log(`  ${besideEachOther(report)}`);
        found.report = report;
      });
      if (found.report !== undefined) {
        await check('cancelled in the middle of calls it leaves nothing', () => cancelled(lab));
        const seen = await rounds(check, lab, found.report);
        await check('the table in docs is what was seen', () => comparePage(seen));
      }
    } finally {
      await lab.close();
    }
    await check('down leaves nothing behind', () => down({ removeState: true }));
  },
};

/** How long the whole took, over the longest chain of checks that need each other: `npm run bench -- verify` has the bar. */
function besideEachOther({ durationSeconds, checks: outcomes }: Report): string {
  const ends = new Map<string, number>();
  for (const { id, needs } of checks) {
    const own = outcomes.find((one) => one.id === id)?.durationSeconds ?? 0;
    ends.set(id, Math.max(0, ...needs.map((need) => ends.get(need) ?? 0)) + own);
  }
  return `all checks took ${durationSeconds} s, the longest chain of them ${Math.max(...ends.values()).toFixed(1)} s`;
}

/** A page that is another is written anew, for someone to look at and commit. */
async function comparePage(seen: readonly Seen[]): Promise<void> {
  const path = join(import.meta.dirname, '../../docs/verify-faults.md');
  const page = renderMatrix(FAULTS, seen, checks);
  const committed = await readFile(path, 'utf8').catch(() => '');
  if (page !== committed) await writeFile(path, page);
  assert.equal(page, committed, 'docs/verify-faults.md is written anew');
}
