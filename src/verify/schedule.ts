import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, reason } from '../failure/failure.ts';
import { allowsDependants, type Check, type Outcome, type Result } from './check.ts';

export interface ScheduleOptions<W> {
  readonly world: W;
  /** For the whole run: what is not done by then is reported as such. */
  readonly timeoutSeconds: number;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  /** Told each outcome as it comes. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Between two tries of a converging check. */
  readonly intervalSeconds?: number;
  /** How long a check that was aborted may take to clean up before it is left to itself. */
  readonly cleanupSeconds?: number;
}

/**
 * Runs checks, each as soon as what it needs has passed, all others at once, so that the run takes as long as its
 * slowest chain. Never throws for what a check does. Outcomes come in the order of `checks`, which must be complete
 * and free of cycles (`select` sees to it). When `signal` aborts, rejects with its reason after the checks cleaned up.
 */
export async function schedule<W>(checks: readonly Check<W>[], options: ScheduleOptions<W>): Promise<Outcome[]> {
  const deadline = performance.now() + options.timeoutSeconds * 1000;
  const outcomes = new Map<string, Promise<Outcome>>();
  const cleanups: Promise<unknown>[] = [];
  const byId = new Map(checks.map((check) => [check.id, check]));

  const start = (check: Check<W>): Promise<Outcome> => {
    const known = outcomes.get(check.id);
    if (known !== undefined) return known;
    const prerequisites = check.needs.map((id) => {
      const needed = byId.get(id);
      if (needed === undefined) throw new TypeError(`the check ${check.id} needs ${id}, which is not among the checks`);
      return start(needed);
    });
    const outcome = afterPrerequisites(check, prerequisites, options, deadline, cleanups).then((done) => {
      if (!options.signal.aborted) options.onOutcome?.(done);
      return done;
    });
    outcomes.set(check.id, outcome);
    return outcome;
  };

  const done = await Promise.all(checks.map(start));
  // Checks that ran past their time may still be closing sockets: they get a moment, the others waited for nothing.
  await settleWithin(cleanups, options.cleanupSeconds ?? 5);
  options.signal.throwIfAborted();
  return done;
}

async function afterPrerequisites<W>(
  check: Check<W>,
  prerequisites: readonly Promise<Outcome>[],
  options: ScheduleOptions<W>,
  deadline: number,
  cleanups: Promise<unknown>[],
): Promise<Outcome> {
  const identity = { id: check.id, title: check.title, tags: check.tags };
  // The first that fails decides; there is no use in waiting for the others then.
  const blocker = await firstBlocker(prerequisites);
  if (blocker !== undefined) {
    const root = blocker.because ?? blocker.id;
    return {
      ...identity,
      verdict: 'skip',
      evidence: `Skipped because of ${root}.`,
      because: root,
      durationSeconds: 0,
      attempts: 0,
    };
  }
  const started = performance.now();
  const { result, attempts } = await runUntilDone(check, options, deadline, cleanups);
  const { final: _final, ...found } = result;
  return { ...identity, ...found, durationSeconds: (performance.now() - started) / 1000, attempts };
}

function firstBlocker(prerequisites: readonly Promise<Outcome>[]): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    for (const prerequisite of prerequisites) {
      void prerequisite.then((outcome) => {
        if (!allowsDependants(outcome.verdict)) resolve(outcome);
      });
    }
    void Promise.all(prerequisites).then(() => resolve(undefined));
  });
}

/** One check with its time-out, the run's deadline and, where it converges, its tries. */
async function runUntilDone<W>(
  check: Check<W>,
  options: ScheduleOptions<W>,
  deadline: number,
  cleanups: Promise<unknown>[],
): Promise<{ result: Result; attempts: number }> {
  const ownSeconds = check.timeoutSeconds;
  const leftSeconds = Math.max(0, (deadline - performance.now()) / 1000);
  const isRunsDeadline = leftSeconds < ownSeconds;
  // Not AbortSignal.timeout: its timer does not keep the process alive when a check waits for nothing else.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), Math.min(ownSeconds, leftSeconds) * 1000);
  const signal = AbortSignal.any([options.signal, timeout.signal]);
  let attempts = 0;
  let last: Result | undefined;

  const tries = async (): Promise<Result> => {
    for (;;) {
      attempts++;
      const result = await once(check, options.world, signal);
      // What a try says after it was aborted is about the abort.
      if (signal.aborted) return last ?? result;
      last = result;
      if (check.converges !== true || result.final === true || isSettled(result.verdict)) return result;
      await sleep((options.intervalSeconds ?? 2) * 1000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return last;
    }
  };

  const work = tries();
  cleanups.push(work);
  const result = await Promise.race([work, aborted(signal)]);
  clearTimeout(timer);
  if (!signal.aborted && result !== undefined) return { result, attempts };
  if (options.signal.aborted) {
    return { result: { verdict: 'inconclusive', evidence: 'Cancelled before it was done.' }, attempts };
  }
  return { result: late(check, last, attempts, isRunsDeadline ? options.timeoutSeconds : undefined), attempts };
}

function isSettled(verdict: Result['verdict']): boolean {
  return allowsDependants(verdict) || verdict === 'skip';
}

async function once<W>(check: Check<W>, world: W, signal: AbortSignal): Promise<Result> {
  try {
    return await check.run(world, signal);
  } catch (thrown) {
    if (thrown instanceof Failure) {
      return {
        verdict: 'fail',
        evidence: `${thrown.message}${thrown.evidence === undefined ? '' : ` ${thrown.evidence}`} (${thrown.code})`,
        cause: thrown.why,
        fix: thrown.fix,
      };
    }
    return {
      verdict: 'fail',
      evidence: `The check ended with an error: ${reason(thrown)}.`,
      cause: 'The other end behaved in a way that the check does not know.',
      fix: 'Run verify again; open an issue with this sentence when it happens twice.',
    };
  }
}

function late<W>(check: Check<W>, last: Result | undefined, attempts: number, runSeconds: number | undefined): Result {
  const bound = runSeconds === undefined ? `${check.timeoutSeconds} s` : `the whole run’s ${runSeconds} s`;
  if (last !== undefined) {
    return { ...last, evidence: `${last.evidence} It stayed so for ${bound} (${attempts} tries).` };
  }
  return {
    verdict: check.onTimeout ?? 'fail',
    evidence: `No result within ${bound}.`,
    cause: 'The other end accepted the connection or the request, and then did not answer in time.',
    fix:
      runSeconds === undefined
        ? 'Look at the pods and their logs; run verify again when the cluster was busy.'
        : 'Raise the input timeout-seconds.',
  };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

async function settleWithin(work: readonly Promise<unknown>[], seconds: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([
    Promise.allSettled(work),
    sleep(seconds * 1000, undefined, { signal: timer.signal }).catch(() => undefined),
  ]);
  timer.abort();
}
