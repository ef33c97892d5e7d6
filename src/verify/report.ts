import { z } from 'zod';
import type { Outcome, Verdict } from './check.ts';

const verdict = z.enum(['pass', 'warn', 'fail', 'skip', 'inconclusive']);

const change = z.object({
  id: z.string(),
  words: z.string().describe('What changed: two verdicts, or two measurements.'),
  since: z.iso.datetime().describe('When it was still otherwise.'),
});

/** The report that verify leaves as JSON; docs/schemas/verify-report.json is made from this. */
export const reportSchema = z.object({
  schemaVersion: z.literal(1),
  environment: z.string(),
  verdict: verdict.exclude(['skip']).describe('The worst of all checks; inconclusive when none could be judged.'),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number().nonnegative(),
  runUrl: z.string().optional().describe('The workflow run, on GitHub.'),
  target: z.object({
    cluster: z.string(),
    namespace: z.string(),
    release: z.string(),
    signal: z.string().describe('The address, or "pod".'),
  }),
  counts: z.object({
    passed: z.number().int(),
    warned: z.number().int(),
    failed: z.number().int(),
    skipped: z.number().int(),
    inconclusive: z.number().int(),
    accepted: z.number().int().describe('Failed checks that the input accept names; they are not among the failed.'),
  }),
  comparison: z
    .object({
      since: z.iso.datetime().describe('When the newest of the results was seen that these are compared with.'),
      worse: z.array(change),
      better: z.array(change),
    })
    .optional()
    .describe('What changed since the last run that is kept in the bucket; absent when there is none.'),
  checks: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      tags: z.array(z.string()),
      verdict,
      evidence: z.string().describe('What was seen.'),
      cause: z.string().optional(),
      fix: z.string().optional(),
      accepted: z
        .boolean()
        .optional()
        .describe('It failed, and the input accept names it: known, and no failure of the whole.'),
      because: z.string().optional().describe('The check whose failure made this one a skip.'),
      calls: z
        .array(
          z.object({
            pod: z.string().describe('The pod on whose node it was; the node’s id where LiveKit chose.'),
            verdict: verdict.exclude(['skip']),
            tries: z.number().int().positive(),
            connectedMilliseconds: z.number().nonnegative().optional(),
            roundTripMilliseconds: z.number().nonnegative().optional(),
            lossPercent: z.number().min(0).max(100).optional(),
          }),
        )
        .optional()
        .describe('What the calls of a media check measured.'),
      durationSeconds: z.number().nonnegative(),
      attempts: z.number().int().nonnegative(),
    }),
  ),
});

export type Report = z.infer<typeof reportSchema>;

/** What the report says besides the outcomes. */
export type ReportHead = Pick<Report, 'environment' | 'startedAt' | 'durationSeconds' | 'runUrl' | 'target'>;

/** Puts the outcomes together with the verdict over all. A failure that is accepted by name is a warning of the whole. */
export function makeReport(
  head: ReportHead,
  outcomes: readonly Outcome[],
  accept: ReadonlySet<string> = new Set(),
): Report {
  const count = (one: Verdict) => outcomes.filter((outcome) => outcome.verdict === one).length;
  const isAccepted = ({ id, verdict }: Outcome) => verdict === 'fail' && accept.has(id);
  const accepted = outcomes.filter(isAccepted).length;
  const counts = {
    passed: count('pass'),
    warned: count('warn'),
    failed: count('fail') - accepted,
    skipped: count('skip'),
    inconclusive: count('inconclusive'),
    accepted,
  };
  return {
    schemaVersion: 1,
    ...head,
    durationSeconds: round(head.durationSeconds),
    verdict: overall(counts),
    counts,
    checks: outcomes.map(({ calls, ...outcome }) => ({
      ...outcome,
      ...(isAccepted(outcome) ? { accepted: true } : {}),
      tags: [...outcome.tags],
      ...(calls === undefined ? {} : { calls: calls.map((call) => ({ ...call })) }),
      durationSeconds: round(outcome.durationSeconds),
    })),
  };
}

function overall(counts: Report['counts']): Report['verdict'] {
  if (counts.failed > 0) return 'fail';
  if (counts.inconclusive > 0) return 'inconclusive';
  if (counts.warned > 0 || counts.accepted > 0) return 'warn';
  // All skipped proves nothing.
  return counts.passed > 0 ? 'pass' : 'inconclusive';
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

export type FailOn = 'fail' | 'warn' | 'never';

/** Whether a verdict ends the step with an error. Without a clear result nothing is proved, which `warn` does not accept. */
export function isFailure(verdict: Report['verdict'], failOn: FailOn): boolean {
  if (failOn === 'never') return false;
  return verdict === 'fail' || (failOn === 'warn' && verdict !== 'pass');
}
