import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';
import { Failure, reason } from '../failure/failure.ts';
import { documentation, MESSAGES_PAGE } from './documentation.ts';
import { runnerFailures } from './failures.ts';
import { explain, log } from './log.ts';
import { redact } from './mask.ts';

export interface Action {
  readonly name: string;
  /** `signal` aborts when the job is cancelled: GitHub gives about 10 s then. */
  readonly main: (signal: AbortSignal) => Promise<void>;
  /** Runs after the job's other steps, whatever became of them. */
  readonly post?: (signal: AbortSignal) => Promise<void>;
}

/**
 * The one entry of every action: runs main or post (one file serves both, told apart by saved state), and is the one
 * place where a failure becomes an annotation and the exit code.
 */
export async function runAction(action: Action): Promise<void> {
  // On a laptop there is no runner; the tool cache insists on its directories.
  process.env['RUNNER_TEMP'] ??= tmpdir();
  process.env['RUNNER_TOOL_CACHE'] ??= join(homedir(), '.cache', 'livekit-gke', 'tools');
  const isPost = core.getState('started') === 'true';
  if (!isPost) core.saveState('started', 'true');
  const cancel = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    log.warning(`${name} received: the job is being cancelled. Ending what runs, in order.`);
    cancel.abort(runnerFailures.failure('cancelled', { what: `${action.name} was cancelled.` }));
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    await (isPost ? action.post?.(cancel.signal) : action.main(cancel.signal));
  } catch (thrown) {
    const failure = cancel.signal.aborted && !(thrown instanceof Failure) ? (cancel.signal.reason as unknown) : thrown;
    report(failure);
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}

/** Prints a failure as an annotation with its code, its evidence below it, and sets the exit code. */
export function report(thrown: unknown): void {
  const kind = (thrown as { code?: unknown } | null)?.code === 'ENOSPC' ? 'diskFull' : 'unexpected';
  const failure =
    thrown instanceof Failure ? thrown : runnerFailures.failure(kind, { what: reason(thrown), cause: thrown });
  const more = documentation(MESSAGES_PAGE, failure.code);
  log.error(`${explain(failure)}\nMore: ${more}`, undefined, failure.code);
  if (failure.evidence !== undefined) {
    core.startGroup('Evidence');
    log.info(failure.evidence);
    core.endGroup();
  }
  if (failure.code === runnerFailures.code('unexpected') && thrown instanceof Error)
    core.debug(redact(thrown.stack ?? ''));
  process.exitCode = core.ExitCode.Failure;
}
