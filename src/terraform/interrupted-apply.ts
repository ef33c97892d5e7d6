import { readFile } from 'node:fs/promises';
import { type DetachedProcess, waitForDetached } from '../exec/detached.ts';
import { jobEnvironment } from '../exec/environment.ts';
import { Failure, reason } from '../failure/failure.ts';
import type { Bucket } from '../google/storage.ts';
import { log } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { annotate } from './annotate.ts';
import { Engine, type EngineName } from './engine.ts';
import { terraformFailures } from './failures.ts';
import { holderWords, isOwnLock, lockOwner, readLock, removeLock, unlockCommand } from './lock.ts';
import { type Message, parseMessage } from './message.ts';
import { parsePlan } from './plan-json.ts';
import { hideSensitiveValues } from './sensitive-values.ts';

/** What post needs to find an apply that main had to leave: kept as JSON in the step's saved state. */
export interface RunningApply {
  readonly child: DetachedProcess;
  /** When Terraform was started: ISO 8601. */
  readonly startedAt: string;
  readonly logFile: string;
  readonly environment: string;
  readonly repositoryPath: string;
  readonly engine: EngineName;
  readonly enginePath: string;
  /** Where the engine runs, absolute. */
  readonly directory: string;
  readonly planFile: string;
  readonly pullRequest?: number | undefined;
  /** True when main saw the end and told of the failure: then only a lock that is left is news. */
  readonly told?: boolean;
}

export interface AfterApply {
  readonly bucket: () => Promise<Bucket>;
  /** `own`: a lock that is proven to be this run's is removed once Terraform has ended. */
  readonly unlock: 'never' | 'own';
  readonly limitSeconds?: number;
  /** The job's variables: what the plan's variables were given by them. */
  readonly environment: NodeJS.ProcessEnv;
}

/** GitHub ends a cancelled job for good after five minutes. */
export const WAIT_LIMIT_SECONDS = 270;
const SHOW_LIMIT_SECONDS = 20;

/**
 * Waits for an apply that was left running when the job was cancelled, and gives what became of it: what is done, and a
 * lock that is left with the command that removes it. `undefined` when there is nothing to add to what main has told.
 */
export async function awaitApply(apply: RunningApply, options: AfterApply): Promise<Failure | undefined> {
  const { environment, engine, repositoryPath } = apply;
  const limitSeconds = options.limitSeconds ?? WAIT_LIMIT_SECONDS;
  if (apply.told !== true)
    log.info(
      `${engine} apply of ${environment} still runs (process ${apply.child.id}): it was interrupted and ends what it is doing. Waiting up to ${limitSeconds} s.`,
    );
  const ended = await waitForDetached(apply.child, limitSeconds, apply.logFile, () => undefined);
  const messages = (await readFile(apply.logFile, 'utf8')).split('\n').flatMap((line) => parseMessage(line) ?? []);
  const lock = await lockSentence(apply, options, messages, ended);
  if (apply.told === true) {
    // Another's lock is what main may have failed for, and told of.
    if (lock?.own !== true) return undefined;
    log.warning(lock.text);
    return terraformFailures.failure('lockLeft', {
      what: lock.text,
      ...(lock.fix === undefined ? {} : { fix: lock.fix }),
    });
  }
  const diagnostics = messages.flatMap(({ diagnostic }) => diagnostic ?? []);
  if (diagnostics.length > 0) {
    if (await hidePlan(apply, options.environment)) annotate(diagnostics, repositoryPath);
    else
      log.warning(
        `${engine}’s messages (${diagnostics.length}) are left out: they may quote sensitive values, which the plan could not be asked for.`,
      );
  }
  const done = messages
    .filter(({ type }) => type === 'apply_complete')
    .map(({ hook }) => `${hook?.action ?? ''} ${hook?.resource?.addr ?? ''}`.trim());
  const complete = messages.some(({ changes }) => changes?.operation === 'apply');
  const verdict = !ended
    ? `The apply of ${environment} still ran ${limitSeconds} s after the job was cancelled and ends with the runner; ${done.length} of its changes are done, and what it worked on may not be in the state.`
    : complete
      ? `The apply of ${environment} was cancelled, but came to its end first: everything is applied.`
      : `The apply of ${environment} was cancelled. ${engine} ended in order and kept the state; ${done.length} of its changes are done.`;
  const text = lock === undefined ? verdict : `${verdict} ${lock.text}`;
  log.warning(text);
  return failureOf(text, lock?.fix, done);
}

/**
 * This is another process than the one that read the plan, and an error may quote what was sent: the plan is read again, and
 * its sensitive values are hidden in all that follows. False when that did not succeed.
 */
async function hidePlan(apply: RunningApply, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const engine = new Engine({
    name: apply.engine,
    path: apply.enginePath,
    version: '',
    directory: apply.directory,
    repositoryPath: apply.repositoryPath,
    environment: jobEnvironment(environment),
    signal: AbortSignal.timeout(SHOW_LIMIT_SECONDS * 1000),
  });
  try {
    const plan = parsePlan(await engine.show(apply.planFile));
    hideSensitiveValues(plan, (name) => environment[`TF_VAR_${name}`]);
    return true;
  } catch {
    return false;
  }
}

function failureOf(what: string, fix: string | undefined, done: readonly string[]): Failure {
  return terraformFailures.failure('interrupted', {
    what: redact(what),
    ...(fix === undefined ? {} : { fix }),
    ...(done.length === 0 ? {} : { evidence: redact(done.join('\n')) }),
  });
}

/** What is to be said of the state's lock; nothing when there is none. */
async function lockSentence(
  apply: RunningApply,
  options: AfterApply,
  messages: readonly Message[],
  ended: boolean,
): Promise<{ text: string; fix?: string; own?: boolean } | undefined> {
  try {
    const bucket = await options.bucket();
    const lock = await readLock(bucket, apply.environment);
    if (lock === undefined) return undefined;
    const command = unlockCommand(apply.engine, apply.repositoryPath, lock.id);
    if (!isOwnLock(lock, lockOwner(apply.startedAt, messages)))
      return { text: `The state is locked by ${holderWords(lock)}, which is not this run’s lock: it is left alone.` };
    if (ended && options.unlock === 'own') {
      await removeLock(bucket, apply.environment, lock);
      return {
        text: `This run’s own lock (${lock.id}) was left; it is removed.`,
        own: true,
        ...(apply.told === true ? { fix: 'Nothing is to be done about the lock: run the job again.' } : {}),
      };
    }
    return {
      own: true,
      text: `The state is still locked by this run (${holderWords(lock)}).`,
      fix: `When no ${apply.engine} works on ${apply.environment} any more: \`${command}\`. With the input \`unlock: own\` the post step does that itself.`,
    };
  } catch (error) {
    // With no answer from the bucket there is nothing better to say; the next run names the lock if there is one.
    const words = error instanceof Failure ? error.message : reason(error);
    return { text: `Whether a lock is left could not be seen: ${words}` };
  }
}
