import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec/run.ts';
import { type Failure, reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import { log } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { type FailedEngine, oneLine } from './engine-failure.ts';
import { terraformFailures } from './failures.ts';
import { isOwnLock, type LockOwner } from './lock.ts';
import { type Diagnostic, lockHolderOf } from './message.ts';

/** Where Terraform leaves a state that it could not save. */
const ERRORED_STATE = 'errored.tfstate';
const PUSH_TIMEOUT_SECONDS = 120;
const PUSH_ATTEMPTS = 4;
/** What Terraform says of a state that the backend did not take; all else about an apply is another's fault. */
const NOT_SAVED = /(save|saving|persist|write|writing) .*state|unlocking the state/i;

export interface StateSaver extends FailedEngine {
  readonly path: string;
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Whether a diagnostic is of the state alone, which is not saved. */
export const isNotSaved = ({ severity, summary }: Diagnostic) => severity === 'error' && NOT_SAVED.test(summary);

/**
 * Saves the state that Terraform left in a file since the bucket did not take it: else it would end with the runner, and
 * nobody would know what was made. Gives LK-TF-047 when the bucket does not take it at all. `done` are addresses.
 */
export async function saveErroredState(
  engine: StateSaver,
  done: readonly string[],
  owner: LockOwner,
): Promise<'none' | 'saved' | Failure> {
  const file = join(engine.directory, ERRORED_STATE);
  const left = await stat(file).then(
    () => true,
    () => false,
  );
  if (!left) return 'none';
  log.warning('The bucket did not take the new state. It is kept in a file, and saved again now.');
  try {
    await retry(() => push(engine, owner), {
      attempts: engine.signal.aborted ? 1 : PUSH_ATTEMPTS,
      baseSeconds: 5,
      isTransient: () => true,
      onRetry: (error, attempt, wait) =>
        log.info(`Try ${attempt} failed (${redact(reason(error))}); the next one in ${wait.toFixed(0)} s.`),
    });
  } catch (error) {
    const { repositoryPath } = engine;
    return terraformFailures.failure('stateNotSaved', {
      what: `The new state of ${repositoryPath} could not be saved: ${redact(reason(error))}. Done and not recorded: ${done.join(', ') || 'nothing'}.`,
      fix: `On a machine that stays, the state is in ${repositoryPath}/${ERRORED_STATE}: \`${engine.name} state push ${ERRORED_STATE}\` saves it. Else import what is done before anything else is applied.`,
      cause: error,
    });
  }
  await rm(file, { force: true });
  log.info('The state is saved.');
  return 'saved';
}

/** Takes the state's lock, unless the apply could not give its own one back: nobody else can have it then. */
async function push(engine: StateSaver, owner: LockOwner): Promise<void> {
  const pushed = (...options: string[]) =>
    run(engine.path, ['state', 'push', '-no-color', ...options, ERRORED_STATE], {
      cwd: engine.directory,
      env: engine.environment,
      timeoutSeconds: PUSH_TIMEOUT_SECONDS,
      detached: true,
      confidential: true,
    });
  let result = await pushed();
  if (result.exitCode === 0) return;
  const locked = { severity: 'error', summary: 'Error acquiring the state lock', detail: result.stderr } as const;
  const holder = /acquiring the state lock/.test(result.stderr) ? lockHolderOf([locked]) : undefined;
  if (holder !== undefined && isOwnLock(holder, owner)) result = await pushed('-lock=false');
  if (result.exitCode !== 0) throw new Error(oneLine(result.stderr));
}
