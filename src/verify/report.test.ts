import { describe, expect, test } from '@jest/globals';
import type { Outcome, Verdict } from './check.ts';
import { headline, renderLog, renderSummary } from './render.ts';
import { type FailOn, isFailure, makeReport, reportSchema } from './report.ts';
import { assertAcceptable } from './verify.ts';

function outcome(id: string, verdict: Verdict, more: Partial<Outcome> = {}): Outcome {
  const advice = verdict === 'pass' ? {} : { cause: 'It is so.', fix: 'Mend `it`.' };
  return {
    id,
    title: `Title of ${id}`,
    tags: [],
    verdict,
    evidence: `Seen by ${id}.`,
    durationSeconds: 0.5,
    attempts: 1,
    ...advice,
    ...more,
  };
}

const report = (...outcomes: Outcome[]) =>
  makeReport(
    {
      environment: 'dev',
      startedAt: '2026-11-21T09:00:00.000Z',
      durationSeconds: 1.23456,
      target: { cluster: 'livekit-cluster-dev', namespace: 'livekit', release: 'livekit-server', signal: 'pod' },
    },
    outcomes,
  );

describe('the verdict over all', () => {
  test.each<[Verdict[], string]>([
    [['pass', 'pass'], 'pass'],
    [['pass', 'skip'], 'pass'],
    [['pass', 'warn'], 'warn'],
    [['warn', 'inconclusive'], 'inconclusive'],
    [['inconclusive', 'fail', 'pass', 'warn'], 'fail'],
    [['skip', 'skip'], 'inconclusive'],
  ])('of %j is %s', (verdicts, expected) => {
    expect(report(...verdicts.map((one, index) => outcome(`c${index}`, one))).verdict).toBe(expected);
  });

  test.each<[Verdict, Record<FailOn, boolean>]>([
    ['pass', { fail: false, warn: false, never: false }],
    ['warn', { fail: false, warn: true, never: false }],
    ['inconclusive', { fail: false, warn: true, never: false }],
    ['fail', { fail: true, warn: true, never: false }],
  ])('%s ends the step with an error as fail-on says', (verdict, expected) => {
    const { verdict: over } = report(outcome('a', verdict));
    for (const failOn of ['fail', 'warn', 'never'] as const) expect(isFailure(over, failOn)).toBe(expected[failOn]);
  });
});

describe('the report', () => {
  test('is as its schema says, counts included, and survives JSON', () => {
    const made = report(outcome('a', 'pass'), outcome('b', 'fail'), outcome('c', 'skip', { because: 'b' }));
    expect(reportSchema.parse(JSON.parse(JSON.stringify(made)))).toEqual(JSON.parse(JSON.stringify(made)));
    expect(made.counts).toEqual({ passed: 1, warned: 0, failed: 1, skipped: 1, inconclusive: 0, accepted: 0 });
    expect(made.durationSeconds).toBe(1.235);
  });
});

describe('what is shown', () => {
  const mixed = report(outcome('cluster', 'pass'), outcome('pods-ready', 'fail'), outcome('dns', 'warn'));
  const sentence = 'dev: fail. 1 of 3 checks passed, 1 failed, 1 warned in 1.24 s.';

  test('the verdict is the same sentence in log, summary and failure', () => {
    expect(headline(mixed)).toBe(sentence);
    expect(renderLog(mixed).split('\n')[0]).toBe(sentence);
    expect(renderSummary(mixed).split('\n')[0]).toBe(`## ❌ Verify ${sentence}`);
    expect(() => assertAcceptable(mixed, 'fail')).toThrow(
      expect.objectContaining({
        code: 'LK-VERIFY-001',
        message: `${sentence} pods-ready: Seen by pods-ready.`,
        why: 'It is so.',
        fix: 'Mend `it`. (docs/checks.md#pods-ready)',
      }),
    );
  });

  test('the log is a table with cause and fix below what did not pass', () => {
    expect(renderLog(mixed)).toBe(`${sentence}

pass          cluster      0.50 s  Seen by cluster.
fail          pods-ready   0.50 s  Seen by pods-ready.
                                   Why: It is so.
                                   Fix: Mend \`it\`.
warn          dns          0.50 s  Seen by dns.
                                   Why: It is so.
                                   Fix: Mend \`it\`.`);
  });

  test('the summary begins with what needs someone', () => {
    const rows = renderSummary(mixed)
      .split('\n')
      .filter((line) => /^\| \S+ (pass|warn|fail)/.test(line));
    expect(rows.map((row) => /`([a-z-]+)` \|/.exec(row)?.[1])).toEqual(['pods-ready', 'dns', 'cluster']);
    expect(rows[0]).toContain('Seen by pods-ready.<br>**Why:** It is so.<br>**Fix:** Mend <code>it</code>.');
  });

  test('what other ends said stays text and in its cell', () => {
    const evil = 'a | b <img src=x> [x](http://y) `c` @org/team\n# d \\| e & f';
    const [row = ''] = renderSummary(report(outcome('a', 'fail', { evidence: evil })))
      .split('\n')
      .filter((line) => line.includes('❌ fail'));
    expect(row).toContain(
      'a \\| b &lt;img src=x&gt; \\[x\\](http\\://y) \\`c\\` @\u200borg/team \\# d \\\\\\| e &amp; f',
    );
    expect(row.replace(/\\\\/g, '').match(/(?<!\\)\|/g)).toHaveLength(5);
  });

  test('with fail-on warn a warning names itself; with never nothing is thrown', () => {
    const warned = report(outcome('a', 'pass'), outcome('dns', 'warn'));
    expect(() => assertAcceptable(warned, 'warn')).toThrow(
      expect.objectContaining({ code: 'LK-VERIFY-003', message: expect.stringContaining('dns: Seen by dns.') }),
    );
    expect(() => assertAcceptable(warned, 'fail')).not.toThrow();
    expect(() => assertAcceptable(mixed, 'never')).not.toThrow();
  });
});
