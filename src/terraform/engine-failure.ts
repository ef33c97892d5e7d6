import { lastLines } from '../exec/run.ts';
import { Failure } from '../failure/failure.ts';
import { runnerFailures } from '../runner/failures.ts';
import { redact } from '../runner/mask.ts';
import { annotate } from './annotate.ts';
import { terraformFailures } from './failures.ts';
import { holderWords, unlockCommand } from './lock.ts';
import { type Diagnostic, lockHolderOf, placeOf, sentence } from './message.ts';

/** What a command said: its diagnostics and the rest of its messages. */
export interface Said {
  readonly exitCode: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly text: string;
}

/** Go's words for ENOSPC, EDQUOT and EFBIG. */
const DISK_FULL = /no space left on device|disk quota exceeded|file too large/i;
const CRASHED =
  /plugin did not respond|plugin (has )?crashed|plugin exited|transport is closing|error reading from server: EOF/i;
const KILLED = 128 + 9;

export interface FailedEngine {
  readonly name: 'terraform' | 'tofu';
  readonly repositoryPath: string;
  readonly signal: AbortSignal;
}

/** What a command that did not end well means, by what it said; an apply had `done` changes by then. */
export function engineFailure(
  kind: 'init' | 'configuration' | 'plan' | 'apply',
  said: Said,
  where: FailedEngine,
  done = 0,
): Failure {
  const { name, repositoryPath, signal } = where;
  const doing = `${name} ${kind === 'configuration' ? 'validate' : kind}`;
  if (signal.aborted && kind === 'apply')
    return terraformFailures.failure('interrupted', {
      what: `The apply of ${repositoryPath} was interrupted; ${done} of its changes are done.`,
    });
  // What Terraform says when it is interrupted is no news.
  if (signal.aborted && signal.reason instanceof Failure) return signal.reason;
  const holder = lockHolderOf(said.diagnostics);
  if (holder !== undefined) {
    return terraformFailures.failure('stateLocked', {
      what: `The state of ${repositoryPath} is locked by ${holderWords(holder)}.`,
      fix: `Wait for the other run. If there is none any more: \`${unlockCommand(name, repositoryPath, holder.id)}\`.`,
    });
  }
  const evidence = redact(lastLines(said.text, 30));
  if (DISK_FULL.test(said.text))
    return runnerFailures.failure('diskFull', {
      what: `${doing} failed: the runner’s disk has no space left${kind === 'apply' ? `; ${done} of the changes are done` : ''}.`,
      evidence,
    });
  if (said.exitCode === KILLED)
    return terraformFailures.failure('killed', {
      what: `${doing} was killed${kind === 'apply' ? `; ${done} of the changes are done` : ''}.`,
      evidence,
    });
  const errors = said.diagnostics.filter(({ severity }) => severity === 'error');
  const first = errors[0];
  // At the lines of the files; what has no place is said by the failure itself.
  if (kind !== 'apply')
    annotate(
      errors.filter(({ range }) => range !== undefined),
      repositoryPath,
    );
  if (first?.summary === 'Saved plan is stale') {
    return terraformFailures.failure('stateChanged', {
      what: `${name} refused the plan: the state changed after it was made.`,
    });
  }
  const crash = errors.find(({ summary, detail }) => CRASHED.test(`${summary}\n${detail}`));
  if (crash !== undefined)
    return terraformFailures.failure('providerCrashed', {
      what: `${doing} failed: a provider crashed${crash.address === undefined ? '' : ` at ${crash.address}`}${kind === 'apply' ? `; ${done} of the changes are done` : ''}.`,
      evidence: redact(errors.map((error) => sentence(error, repositoryPath)).join('\n')),
    });
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const told = first === undefined ? oneLine(lastLines(said.text, 1)) : sentence(first, repositoryPath);
  // An error with a place in a file while planning is the configuration's.
  const located = kind !== 'apply' && first !== undefined && placeOf(first, repositoryPath) !== undefined;
  return terraformFailures.failure(located ? 'configuration' : kind, {
    what: `${doing} failed: ${redact(told) || `exit status ${said.exitCode}`}${more}`,
    evidence: redact(errors.map((error) => sentence(error, repositoryPath)).join('\n') || lastLines(said.text, 30)),
  });
}

export const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 400);
