import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DetachedProcess, runDetached } from '../exec/detached.ts';
import { lastLines, run } from '../exec/run.ts';
import { Failure, reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import { runnerFailures } from '../runner/failures.ts';
import { log } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { terraformFailures } from './failures.ts';
import { holderWords, unlockCommand } from './lock.ts';
import { type Diagnostic, lockHolderOf, type Message, parseMessage, placeOf, sentence, words } from './message.ts';

export type EngineName = 'terraform' | 'tofu';

export interface EngineOptions {
  readonly name: EngineName;
  readonly path: string;
  readonly version: string;
  /** Absolute. */
  readonly directory: string;
  /** The same from the repository's root, for places and messages. */
  readonly repositoryPath: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface BackendConfig {
  readonly bucket: string;
  readonly prefix: string;
  /** More `NAME=VALUE` lines of the user's. */
  readonly more: readonly string[];
}

export interface PlanOptions {
  /** Off for an identity that may only read the state. */
  readonly lock: boolean;
  /** A duration such as 5m. */
  readonly lockTimeout: string;
  /** The plan destroys all that the state holds. */
  readonly destroy?: boolean | undefined;
  /** The plan only takes over what changed outside of Terraform. */
  readonly refreshOnly?: boolean | undefined;
  /** Addresses; all else is left out of the plan. */
  readonly targets?: readonly string[] | undefined;
  /** Addresses that are made anew. */
  readonly replace?: readonly string[] | undefined;
}

/** What a command said: its diagnostics and the rest of its messages. */
interface Said {
  readonly exitCode: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly text: string;
}

const INIT_ATTEMPTS = 3;
const INIT_TIMEOUT_SECONDS = 600;
const PLAN_TIMEOUT_SECONDS = 3600;
const READ_TIMEOUT_SECONDS = 300;
const PUSH_TIMEOUT_SECONDS = 120;
const PUSH_ATTEMPTS = 4;
/** On cancel the runner ends this process after 10 s; what it has started must be gone before. */
const GRACE_SECONDS = 6;
/** GitHub shows ten annotations of a level for each step; one of them is the step's own failure. */
const ANNOTATION_LIMIT = 9;
/** A plan of 10,000 resources is about 100 MB of JSON. */
const PLAN_JSON_LIMIT_BYTES = 400 * 1024 * 1024;
/** What another try may cure: the network between the runner and a registry or bucket. */
const PASSING =
  /timeout|timed out|connection (reset|refused)|TLS handshake|EOF|no such host|502|503|504|temporarily|rate limit/i;

/** Go's words for ENOSPC, EDQUOT and EFBIG. */
const DISK_FULL = /no space left on device|disk quota exceeded|file too large/i;
const CRASHED =
  /plugin did not respond|plugin (has )?crashed|plugin exited|transport is closing|error reading from server: EOF/i;
/** What Terraform says of a state that the backend did not take; all else about an apply is another's fault. */
const NOT_SAVED = /(save|saving|persist|write|writing) .*state|unlocking the state/i;
/** Where Terraform leaves a state that it could not save. */
const ERRORED_STATE = 'errored.tfstate';
const KILLED = 128 + 9;

export const LOCK_FILE = '.terraform.lock.hcl';

/** Terraform or OpenTofu in one directory. Each command throws LK-TF-001 to -005 with Terraform's own words. */
export class Engine {
  readonly #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get name(): EngineName {
    return this.#options.name;
  }

  get version(): string {
    return this.#options.version;
  }

  /** The value that the environment gives a variable. */
  variable(name: string): string | undefined {
    return this.#options.environment[`TF_VAR_${name}`];
  }

  get path(): string {
    return this.#options.path;
  }

  get directory(): string {
    return this.#options.directory;
  }

  /**
   * Sets up backend, modules and providers; tried again when the network was the cause. Without a backend it needs no
   * credentials, and is enough for `validate`.
   */
  async init(backend: BackendConfig | undefined, environment: NodeJS.ProcessEnv = {}): Promise<Diagnostic[]> {
    const locked = await stat(join(this.directory, LOCK_FILE)).then(
      () => true,
      () => false,
    );
    if (!locked)
      log.warning(
        `${this.#options.repositoryPath}/${LOCK_FILE} is not in the repository, so provider versions may change between plan and apply. Commit it.`,
      );
    const args = [
      'init',
      '-json',
      '-input=false',
      '-no-color',
      ...(locked ? ['-lockfile=readonly'] : []),
      ...(backend === undefined ? ['-backend=false'] : backendArguments(backend)),
    ];
    return retry(
      async () => {
        const said = await this.#command(args, INIT_TIMEOUT_SECONDS, environment);
        if (said.exitCode !== 0) throw this.#failure('init', said);
        // Of the lock file there is a warning already, and a better one.
        return said.diagnostics.filter(({ summary }) => !summary.startsWith('Incomplete lock file'));
      },
      {
        attempts: INIT_ATTEMPTS,
        baseSeconds: 3,
        signal: this.#options.signal,
        isTransient: (error) =>
          error instanceof Failure && error.code === terraformFailures.code('init') && PASSING.test(error.message),
        onRetry: (_error, attempt, wait) => log.info(`Try ${attempt} failed; the next one in ${wait.toFixed(0)} s.`),
      },
    );
  }

  /** Checks the configuration alone: needs neither credentials nor state, but an `init`. */
  async validate(): Promise<Diagnostic[]> {
    const result = await run(
      this.#options.path,
      ['validate', '-json', '-no-color'],
      this.#runOptions(READ_TIMEOUT_SECONDS),
    );
    const parsed = parseValidation(result.stdout);
    if (parsed === undefined) throw this.#failure('configuration', { ...result, diagnostics: [], text: result.stderr });
    if (result.exitCode !== 0)
      throw this.#failure('configuration', { ...result, diagnostics: parsed, text: result.stdout });
    return parsed;
  }

  /** The files that `fmt` would write otherwise, in the given directories without those below; absolute paths. */
  async unformatted(directories: readonly string[]): Promise<string[]> {
    const files: string[] = [];
    for (const directory of directories) {
      const result = await run(this.#options.path, ['fmt', '-check', '-list=true', '-no-color', '.'], {
        ...this.#runOptions(READ_TIMEOUT_SECONDS),
        cwd: directory,
      });
      // What cannot be parsed is for `validate` to tell.
      const listed = result.stdout.split('\n').map((line) => line.trim());
      files.push(...listed.filter((line) => line !== '').map((line) => join(directory, line)));
    }
    return files;
  }

  /** Makes the plan into `file`. */
  async plan(
    file: string,
    options: PlanOptions,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<{ hasChanges: boolean; diagnostics: Diagnostic[] }> {
    const args = [
      'plan',
      '-json',
      '-input=false',
      '-no-color',
      '-detailed-exitcode',
      ...(options.lock ? [`-lock-timeout=${options.lockTimeout}`] : ['-lock=false']),
      ...(options.destroy === true ? ['-destroy'] : []),
      ...(options.refreshOnly === true ? ['-refresh-only'] : []),
      ...(options.targets ?? []).map((address) => `-target=${address}`),
      ...(options.replace ?? []).map((address) => `-replace=${address}`),
      `-out=${file}`,
    ];
    const said = await this.#command(args, PLAN_TIMEOUT_SECONDS, environment);
    if (said.exitCode !== 0 && said.exitCode !== 2) throw this.#failure('plan', said);
    return { hasChanges: said.exitCode === 2, diagnostics: [...said.diagnostics] };
  }

  /** The plan as JSON text. It holds sensitive values in plain: never print it. */
  async show(file: string): Promise<string> {
    const result = await run(this.#options.path, ['show', '-json', '-no-color', file], {
      ...this.#runOptions(READ_TIMEOUT_SECONDS),
      maxBytes: PLAN_JSON_LIMIT_BYTES,
      confidential: true,
    });
    if (result.exitCode === 0) return result.stdout;
    throw terraformFailures.failure('planUnreadable', {
      what: `${this.name} could not show the plan: ${oneLine(result.stderr)}.`,
      evidence: redact(lastLines(result.stderr, 30)),
    });
  }

  /**
   * Applies exactly the plan in `file`, in a process of its own that outlives this one, with one interrupt on cancel.
   * Gives what it said, whatever came of it; `failed` is there when it did not end well.
   */
  async apply(
    file: string,
    options: { lockTimeout: string; logFile: string; onStart: (child: DetachedProcess) => void },
  ): Promise<{ diagnostics: Diagnostic[]; messages: Message[]; failed: Failure | undefined }> {
    const messages: Message[] = [];
    const lines: string[] = [];
    const exitCode = await runDetached(
      this.#options.path,
      ['apply', '-json', '-input=false', '-no-color', `-lock-timeout=${options.lockTimeout}`, file],
      {
        cwd: this.directory,
        env: this.#options.environment,
        logFile: options.logFile,
        signal: this.#options.signal,
        onStart: options.onStart,
        onLine: (line) => {
          const message = parseMessage(line);
          if (message !== undefined) messages.push(message);
          const text = words(line, message);
          lines.push(text);
          // The plan itself is known by now.
          if (text !== '' && message?.type !== 'planned_change') log.info(text);
        },
      },
    );
    const diagnostics = messages.flatMap(({ diagnostic }) => diagnostic ?? []);
    const said = { exitCode, diagnostics, text: lines.slice(-200).join('\n') };
    if (exitCode === 0) return { diagnostics, messages, failed: undefined };
    const done = messages.filter(({ type }) => type === 'apply_complete').map(({ hook }) => hook?.resource?.addr ?? '');
    const state = await this.#pushErroredState(done);
    if (state instanceof Failure) return { diagnostics, messages, failed: state };
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    // Nothing went wrong but the state, which is in the bucket now.
    if (state === 'saved' && errors.every(({ summary }) => NOT_SAVED.test(summary)))
      return {
        diagnostics: diagnostics.filter(({ severity }) => severity !== 'error'),
        messages,
        failed: undefined,
      };
    return { diagnostics, messages, failed: this.#failure('apply', said, done.length) };
  }

  /**
   * Saves the state that Terraform left in a file since the bucket did not take it: else it would end with the runner, and
   * nobody would know what was made. Gives the failure when the bucket does not take it at all.
   */
  async #pushErroredState(done: readonly string[]): Promise<'none' | 'saved' | Failure> {
    const file = join(this.directory, ERRORED_STATE);
    const left = await stat(file).then(
      () => true,
      () => false,
    );
    if (!left) return 'none';
    log.warning('The bucket did not take the new state. It is kept in a file, and saved again now.');
    try {
      await retry(
        async () => {
          const result = await run(this.#options.path, ['state', 'push', '-no-color', ERRORED_STATE], {
            cwd: this.directory,
            env: this.#options.environment,
            timeoutSeconds: PUSH_TIMEOUT_SECONDS,
            detached: true,
            confidential: true,
          });
          if (result.exitCode !== 0) throw new Error(oneLine(result.stderr));
        },
        {
          attempts: this.#options.signal.aborted ? 1 : PUSH_ATTEMPTS,
          baseSeconds: 5,
          isTransient: () => true,
          onRetry: (error, attempt, wait) =>
            log.info(`Try ${attempt} failed (${redact(reason(error))}); the next one in ${wait.toFixed(0)} s.`),
        },
      );
    } catch (error) {
      const { repositoryPath } = this.#options;
      return terraformFailures.failure('stateNotSaved', {
        what: `The new state of ${repositoryPath} could not be saved: ${redact(reason(error))}. Done and not recorded: ${done.join(', ') || 'nothing'}.`,
        fix: `On a machine that stays, the state is in ${repositoryPath}/${ERRORED_STATE}: \`${this.name} state push ${ERRORED_STATE}\` saves it. Else import what is done before anything else is applied.`,
        cause: error,
      });
    }
    await rm(file, { force: true });
    log.info('The state is saved.');
    return 'saved';
  }

  /** The root module's outputs as JSON text, sensitive ones too. */
  async output(): Promise<string> {
    const result = await run(this.#options.path, ['output', '-json', '-no-color'], {
      ...this.#runOptions(READ_TIMEOUT_SECONDS),
      confidential: true,
    });
    if (result.exitCode === 0) return result.stdout;
    throw terraformFailures.failure('output', { what: `${this.name} output failed: ${oneLine(result.stderr)}.` });
  }

  /** Runs a command with `-json`, its messages into the log as they come. */
  async #command(args: readonly string[], timeoutSeconds: number, environment: NodeJS.ProcessEnv): Promise<Said> {
    const diagnostics: Diagnostic[] = [];
    const lines: string[] = [];
    const result = await run(this.#options.path, args, {
      ...this.#runOptions(timeoutSeconds),
      env: { ...this.#options.environment, ...environment },
      onLine: (line) => {
        const message = parseMessage(line);
        if (message?.diagnostic !== undefined) diagnostics.push(message.diagnostic);
        const text = words(line, message);
        if (text === '') return;
        lines.push(text);
        log.info(text);
      },
    });
    return { exitCode: result.exitCode, diagnostics, text: lines.slice(-200).join('\n') };
  }

  #runOptions(timeoutSeconds: number) {
    return {
      cwd: this.directory,
      env: this.#options.environment,
      timeoutSeconds,
      signal: this.#options.signal,
      graceSeconds: GRACE_SECONDS,
      detached: true,
    };
  }

  #failure(kind: 'init' | 'configuration' | 'plan' | 'apply', said: Said, done = 0): Failure {
    const { repositoryPath, signal } = this.#options;
    const doing = `${this.name} ${kind === 'configuration' ? 'validate' : kind}`;
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
        fix: `Wait for the other run. If there is none any more: \`${unlockCommand(this.name, repositoryPath, holder.id)}\`.`,
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
        what: `${this.name} refused the plan: the state changed after it was made.`,
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
}

function backendArguments(backend: BackendConfig): string[] {
  const settings = [`bucket=${backend.bucket}`, `prefix=${backend.prefix}`, ...backend.more];
  return ['-reconfigure', ...settings.map((setting) => `-backend-config=${setting}`)];
}

/** Prints diagnostics as annotations on their files: errors first, those with a place before the others; the rest as lines. */
export function annotate(diagnostics: readonly Diagnostic[], repositoryPath: string): void {
  const sorted = distinct(diagnostics)
    .map((diagnostic) => ({ ...diagnostic, place: placeOf(diagnostic, repositoryPath) }))
    .toSorted((a, b) => weight(a) - weight(b));
  for (const level of ['error', 'warning'] as const) {
    const all = sorted.filter(({ severity }) => severity === level);
    for (const { summary, detail, place } of all.slice(0, ANNOTATION_LIMIT)) {
      const text = [summary, detail.trim()].filter((part) => part !== '').join('\n');
      if (level === 'error') log.error(text, place, 'Terraform');
      else log.warning(text, place);
    }
    for (const diagnostic of all.slice(ANNOTATION_LIMIT)) log.info(sentence(diagnostic, repositoryPath));
  }
}

const weight = ({ severity, place }: { severity: string; place: unknown }) =>
  (severity === 'error' ? 0 : 2) + (place === undefined ? 1 : 0);

/** An interrupted Terraform says `execution halted` once for each resource that it did not come to. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byText = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return [...byText.values()].filter(({ summary }) => summary !== 'execution halted');
}

/** The lock file's content, or `undefined` when there is none. */
export async function readLockFile(directory: string): Promise<Buffer | undefined> {
  return readFile(join(directory, LOCK_FILE)).catch(() => undefined);
}

function parseValidation(text: string): Diagnostic[] | undefined {
  try {
    const { diagnostics } = JSON.parse(text) as { diagnostics?: unknown[] };
    return (diagnostics ?? []).flatMap(
      (diagnostic) => parseMessage(JSON.stringify({ '@message': '', diagnostic }))?.diagnostic ?? [],
    );
  } catch {
    return undefined;
  }
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 400);
