import { describe, expect, test } from '@jest/globals';
import type { Outcome, Verdict } from './check.ts';
import { renderJunit } from './junit.ts';
import { headline, renderSummary } from './render.ts';
import { makeReport } from './report.ts';
import { assertAcceptable } from './verify.ts';

const outcome = (id: string, verdict: Verdict, evidence = `Seen by ${id}.`): Outcome => ({
  ...{ id, title: id, tags: [], verdict, evidence, durationSeconds: 0.5, attempts: 1 },
});
const HEAD = {
  ...{ environment: 'dev', startedAt: '2026-11-21T09:00:00.000Z', durationSeconds: 2 },
  target: { cluster: 'c', namespace: 'livekit', release: 'livekit-server', signal: 'pod' },
};
const outcomes = [
  outcome('good', 'pass'),
  outcome('known', 'fail', 'It relays to "10.0.0.1" & <others>.'),
  outcome('bad', 'fail', 'No call.\u0007'),
  outcome('unclear', 'inconclusive'),
];

describe('JUnit XML', () => {
  test('has a case for each check, whatever is in its words', () =>
    expect(renderJunit(makeReport(HEAD, outcomes, new Set(['known'])))).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" errors="0" skipped="2" time="2">
 <testsuite name="verify dev" timestamp="2026-11-21T09:00:00" tests="4" failures="1" errors="0" skipped="2" time="2">
  <testcase classname="verify.dev" name="good" time="0.5"><system-out>Seen by good.</system-out></testcase>
  <testcase classname="verify.dev" name="known" time="0.5"><skipped message="Accepted: It relays to &quot;10.0.0.1&quot; &amp; &lt;others&gt;."/></testcase>
  <testcase classname="verify.dev" name="bad" time="0.5"><failure message="No call.">No call.</failure></testcase>
  <testcase classname="verify.dev" name="unclear" time="0.5"><skipped message="Seen by unclear."/></testcase>
 </testsuite>
</testsuites>
`));
});

describe('a failure that is accepted by name', () => {
  const accepted = makeReport(HEAD, [outcome('good', 'pass'), outcome('known', 'fail')], new Set(['known']));
  test('makes the whole a warning, and is still shown as what it is', () => {
    expect(accepted).toMatchObject({ verdict: 'warn', counts: { passed: 1, failed: 0, accepted: 1 } });
    expect(headline(accepted)).toContain('1 failed as accepted');
    expect(renderSummary(accepted)).toContain('fail, accepted');
  });
  test('fails nothing, unless warnings do', () => {
    expect(() => assertAcceptable(accepted, 'fail')).not.toThrow();
    expect(() => assertAcceptable(accepted, 'warn')).toThrow(expect.objectContaining({ code: 'LK-VERIFY-003' }));
  });
  test('hides no other failure', () =>
    expect(() => assertAcceptable(makeReport(HEAD, outcomes, new Set(['known'])), 'fail')).toThrow(/ bad: No call/));
  test('that passes is no failure, and not counted', () =>
    expect(makeReport(HEAD, [outcome('known', 'pass')], new Set(['known']))).toMatchObject({
      verdict: 'pass',
      counts: { accepted: 0 },
    }));
});
