import assert from 'node:assert/strict';
import { checks } from '../../../src/verify/checks/index.ts';
import type { Report } from '../../../src/verify/report.ts';
import type { Check } from '../scenario.ts';
import { type Fault, ROUNDS } from './faults.ts';
import type { VerifyLab, Wish } from './lab.ts';
import { type Made, MAKING } from './making.ts';
import { expectedOf, type Seen } from './matrix.ts';

/** A minute of trying again is for clouds; nothing that is waited for here takes as long. */
const PATIENCE_SECONDS = 10;
/** It takes longer than all others together, and runs only where a fault touches it. */
const LONGEST = 'signal-life';

/** Each round of faults, and everything as before after it; gives what was seen of each fault. */
export async function rounds(check: Check, lab: VerifyLab, good: Report): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const round of ROUNDS) {
    const names = round.map(({ id, expected }) => `${id} is told by ${Object.keys(expected).join(', ')}`);
    await check(`${names.join('; ')}; and by no other`, async () => {
      seen.push(...(await play(lab, round, good)));
    });
  }
  return seen;
}

async function play(lab: VerifyLab, round: readonly Fault[], good: Report): Promise<Seen[]> {
  const there: { fault: Fault; made: Made }[] = [];
  let reports: { whose: readonly Fault[]; report: Report }[];
  try {
    // One after the other: each changes something that the next one may look at.
    for (const fault of round) {
      const make = MAKING[fault.id];
      assert.ok(make !== undefined, `nothing makes ${fault.id}`);
      there.push({ fault, made: await make(lab) });
    }
    reports = await Promise.all(
      [...Map.groupBy(there, ({ made }) => made.wish?.as)].map(async ([, own]) => ({
        whose: own.map(({ fault }) => fault),
        report: await lab.verify(together(own)),
      })),
    );
  } finally {
    for (const { made } of there.reverse()) await made.undo();
  }
  return reports.flatMap(({ whose, report }) => judge(whose, report, good));
}

/** All that is wished for at once; all checks where nobody wishes for some. */
function together(there: readonly { readonly fault: Fault; readonly made: Made }[]): Wish {
  const wishes = there.map(({ made }) => made.wish ?? {});
  const isLong = there.some(({ fault }) => LONGEST in expectedOf(fault, checks).verdicts);
  return {
    patienceSeconds: PATIENCE_SECONDS,
    without: isLong ? [] : [LONGEST],
    ...(Object.assign({}, ...wishes) as Wish),
    checks: wishes.flatMap(({ checks: wanted }) => wanted ?? []),
  };
}

/** Exactly what is expected does not pass, with a cause and a fix; what is skipped is so because of it. */
function judge(faults: readonly Fault[], report: Report, good: Report): Seen[] {
  const seen = faults.map(({ id }): Seen => ({ fault: id, verdicts: {} }));
  const of = (fault: Fault | undefined) => seen.find((one) => one.fault === fault?.id);
  const tells = (id: string | undefined) => faults.find(({ expected }) => id !== undefined && id in expected);
  const wrong: string[] = [];
  for (const { id, verdict, evidence, cause, fix, because } of report.checks) {
    const fault = tells(id);
    const expected = fault?.expected[id];
    const words = `${id}: ${verdict} ${evidence} | ${cause ?? ''} | ${fix ?? ''}`;
    if (expected !== undefined) {
      const isRight =
        verdict === expected.verdict &&
        expected.evidence.test(evidence) &&
        cause?.includes(expected.cause) === true &&
        fix !== undefined;
      if (!isRight) wrong.push(`expected ${expected.verdict} ${String(expected.evidence)} ${expected.cause}\n${words}`);
      Object.assign(of(fault)?.verdicts ?? {}, { [id]: verdict });
    } else if (verdict === 'skip' && tells(because) !== undefined) {
      Object.assign(of(tells(because))?.verdicts ?? {}, { [id]: verdict });
    } else if (verdict !== good.checks.find((one) => one.id === id)?.verdict) wrong.push(`not expected\n${words}`);
  }
  const missed = faults.flatMap(({ expected }) =>
    Object.keys(expected).filter((id) => !report.checks.some((one) => one.id === id)),
  );
  assert.deepEqual(missed, [], 'checks that did not run');
  assert.equal(wrong.length, 0, wrong.join('\n\n'));
  return seen;
}
