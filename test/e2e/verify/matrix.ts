import type { Check, Verdict } from '../../../src/verify/check.ts';
import type { Fault } from './faults.ts';

/** What a run said of a fault: the verdicts that are others than without it. */
export interface Seen {
  readonly fault: string;
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

const SIGN: Readonly<Partial<Record<Verdict, string>>> = { fail: '**F**', warn: '**W**', skip: 's', pass: '' };

/** What is to be seen of a fault: what it makes fail or warn, and what says nothing since it needs one that failed. */
export function expectedOf({ id, expected }: Fault, checks: readonly Check[]): Seen {
  const verdicts: Record<string, Verdict> = {};
  for (const check of checks) {
    const own = expected[check.id]?.verdict;
    if (own !== undefined) verdicts[check.id] = own;
    // Checks come after what they need.
    else if (check.needs.some((need) => ['fail', 'skip'].includes(verdicts[need] ?? ''))) verdicts[check.id] = 'skip';
  }
  return { fault: id, verdicts };
}

/** The page docs/verify-faults.md: faults and what was seen of them, against checks. */
export function renderMatrix(faults: readonly Fault[], seen: readonly Seen[], checks: readonly Check[]): string {
  const columns = faults.map((fault, index) => ({ number: index + 1, fault, verdicts: verdictsOf(fault, seen) }));
  const told = checks.filter(({ id }) => columns.some(({ verdicts }) => verdicts[id] !== undefined));
  const untold = checks.filter((check) => !told.includes(check)).map(({ id }) => `\`${id}\``);
  return [
    '# What verify says of what is wrong',
    '',
    '<!-- Written by the scenario `npm run e2e -- verify` from what it saw; see test/e2e/verify/matrix.ts. -->',
    '',
    'Each fault was made in the sandbox, on real nodes with a real LiveKit 1.11, and verify ran outside of the network, as the',
    'identity `livekit-verify`. The scenario fails when a check misses its fault, when another one raises an alarm, and when the',
    'cause is not the fault’s.',
    '',
    '| | fault | what tells it | the cause that is named |',
    '|---:|---|---|---|',
    ...columns.map(({ number, fault }) => {
      const expected = Object.entries(fault.expected);
      const causes = [...new Set(expected.map(([, { cause }]) => cause))];
      return `| ${number} | ${fault.what} | ${expected.map(([id]) => `\`${id}\``).join(', ')} | ${causes.join('<br>')} |`;
    }),
    '',
    '**F** fails, **W** warns, s is skipped because of a check that failed; an empty cell passes as without the fault.',
    '',
    `| | ${columns.map(({ number }) => number).join(' | ')} |`,
    `|---|${columns.map(() => ':-:').join('|')}|`,
    ...told.map(
      ({ id }) => `| \`${id}\` | ${columns.map(({ verdicts }) => SIGN[verdicts[id] ?? 'pass'] ?? '').join(' | ')} |`,
    ),
    '',
    'LiveKit 1.11 itself is the fault of `turn-credentials` and `turn-relay`, which fail in every column but where they are',
    'skipped: its TURN server relays to private addresses, and its credentials never end.',
    '',
    `In no column, since their faults are made in the tests beside them: ${untold.join(', ')}.`,
    '',
  ].join('\n');
}

function verdictsOf(fault: Fault, seen: readonly Seen[]): Seen['verdicts'] {
  return seen.find((one) => one.fault === fault.id)?.verdicts ?? {};
}
