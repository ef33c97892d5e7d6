import { documentation } from '../runner/documentation.ts';
import type { Check, Outcome } from './check.ts';
import { verifyFailures } from './failures.ts';
import { CHECKS_PAGE, headline } from './render.ts';
import { type FailOn, isFailure, makeReport, type Report } from './report.ts';
import { schedule } from './schedule.ts';
import { despiteStrays } from './stray.ts';
import type { World } from './world.ts';

export interface VerifyOptions {
  readonly world: World;
  readonly checks: readonly Check[];
  /** The cluster's name, for the report. */
  readonly cluster: string;
  readonly runUrl: string | undefined;
  readonly timeoutSeconds: number;
  /** Ids of checks whose failure is known, and fails nothing. */
  readonly accept?: ReadonlySet<string>;
  readonly signal: AbortSignal;
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Told what libraries leave behind: an error that belongs to no check. */
  readonly onStray?: (words: string) => void;
}

/** Runs the checks on an environment and gives the report; never throws for what a check finds. */
export async function verify(options: VerifyOptions): Promise<Report> {
  const { world } = options;
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const outcomes = await despiteStrays(() => schedule(options.checks, options), options.onStray ?? (() => undefined));
  return makeReport(
    {
      environment: world.environment,
      startedAt,
      durationSeconds: (performance.now() - started) / 1000,
      ...(options.runUrl === undefined ? {} : { runUrl: options.runUrl }),
      target: {
        cluster: options.cluster,
        namespace: world.namespace,
        release: world.release,
        signal: world.signalTarget.kind === 'pod' ? 'pod' : world.signalTarget.url.href.replace(/\/$/, ''),
      },
    },
    outcomes,
    options.accept,
  );
}

/** Throws LK-VERIFY-001 or -003 when the report's verdict is not acceptable; the first bad check's words are in it. */
export function assertAcceptable(report: Report, failOn: FailOn): void {
  if (!isFailure(report.verdict, failOn)) return;
  const worst =
    report.checks.find((check) => check.verdict === 'fail' && check.accepted !== true) ??
    report.checks.find((check) => check.verdict === 'inconclusive' || check.verdict === 'warn');
  throw verifyFailures.failure(report.verdict === 'fail' ? 'failed' : 'warned', {
    what: `${headline(report)}${worst === undefined ? '' : ` ${worst.id}: ${worst.evidence}`}`,
    why: worst?.cause,
    fix: worst?.fix === undefined ? undefined : `${worst.fix} (${documentation(CHECKS_PAGE, worst.id)})`,
  });
}
