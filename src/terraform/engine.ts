import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DetachedProcess, runDetached } from '../exec/detached.ts';
import { lastLines, run } from '../exec/run.ts';
import { Failure } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import { log } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { engineFailure, oneLine, type Said } from './engine-failure.ts';
import { isNotSaved, saveErroredState } from './errored-state.ts';
import { terraformFailures } from './failures.ts';
import { lockOwner } from './lock.ts';
import { type Diagnostic, type Message, parseMessage, words } from './message.ts';

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

const INIT_ATTEMPTS = 3;
const INIT_TIMEOUT_SECONDS = 600;
const PLAN_TIMEOUT_SECONDS = 3600;
const READ_TIMEOUT_SECONDS = 300;
/** On cancel the runner ends this process after 10 s; what it has started must be gone before. */
const GRACE_SECONDS = 6;
/** A plan of 10,000 resources is about 100 MB of JSON. */
const PLAN_JSON_LIMIT_BYTES = 400 * 1024 * 1024;
/** What another try may cure: the network between the runner and a registry or bucket. */
const PASSING =
  /timeout|timed out|connection (reset|refused)|TLS handshake|EOF|no such host|502|503|504|temporarily|rate limit/i;

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
        if (said.exitCode !== 0) throw engineFailure('init', said, this.#options);
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
    if (parsed === undefined)
      throw engineFailure('configuration', { ...result, diagnostics: [], text: result.stderr }, this.#options);
    if (result.exitCode !== 0)
      throw engineFailure('configuration', { ...result, diagnostics: parsed, text: result.stdout }, this.#options);
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
    if (said.exitCode !== 0 && said.exitCode !== 2) throw engineFailure('plan', said, this.#options);
    return { hasChanges: said.exitCode === 2, diagnostics: [...said.diagnostics] };
  }

  /** The plan as JSON text. It holds sensitive values in plain: never print it. */
  async show(file: string): Promise<string> {
    const result = await run(this.#options.path, ['show', '-json', '-no-color', file], {
      ...this.#runOptions(READ_TIMEOUT_SECONDS),
      maxBytes: PLAN_JSON_LIMIT_BYTES,
      confidential: true,
    });
    if (result.exitCode === 0) return jsonIn(result.stdout);
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
    const startedAt = new Date().toISOString();
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
    const said = messages.flatMap(({ diagnostic }) => diagnostic ?? []);
    if (exitCode === 0) return { diagnostics: said, messages, failed: undefined };
    const done = messages.filter(({ type }) => type === 'apply_complete').map(({ hook }) => hook?.resource?.addr ?? '');
    const state = await saveErroredState(this.#options, done, lockOwner(startedAt, messages));
    if (state instanceof Failure) return { diagnostics: said, messages, failed: state };
    // What was not saved then is in the bucket now.
    const diagnostics = state === 'saved' ? said.filter((diagnostic) => !isNotSaved(diagnostic)) : said;
    if (state === 'saved' && diagnostics.every(({ severity }) => severity !== 'error'))
      return { diagnostics, messages, failed: undefined };
    const text = lines.slice(-200).join('\n');
    const failed = engineFailure('apply', { exitCode, diagnostics, text }, this.#options, done.length);
    return { diagnostics, messages, failed };
  }

  /** The root module's outputs as JSON text, sensitive ones too. */
  async output(): Promise<string> {
    const result = await run(this.#options.path, ['output', '-json', '-no-color'], {
      ...this.#runOptions(READ_TIMEOUT_SECONDS),
      confidential: true,
    });
    if (result.exitCode === 0) return jsonIn(result.stdout);
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
}

function backendArguments(backend: BackendConfig): string[] {
  const settings = [`bucket=${backend.bucket}`, `prefix=${backend.prefix}`, ...backend.more];
  return ['-reconfigure', ...settings.map((setting) => `-backend-config=${setting}`)];
}

/** The lock file's content, or `undefined` when there is none. */
export async function readLockFile(directory: string): Promise<Buffer | undefined> {
  return readFile(join(directory, LOCK_FILE)).catch(() => undefined);
}

function parseValidation(text: string): Diagnostic[] | undefined {
  try {
    const { diagnostics } = JSON.parse(jsonIn(text)) as { diagnostics?: unknown[] };
    return (diagnostics ?? []).flatMap(
      (diagnostic) => parseMessage(JSON.stringify({ '@message': '', diagnostic }))?.diagnostic ?? [],
    );
  } catch {
    return undefined;
  }
}

/** OpenTofu puts warnings about its own settings before the JSON. */
const jsonIn = (text: string) => text.slice(Math.max(0, text.search(/^[{[]/m)));
