import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { execFailures } from './failures.ts';

export interface DetachedOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Both streams go here, 0600, not into a pipe: a pipe breaks when this process is killed, and with it the child. */
  readonly logFile: string;
  readonly onLine: (line: string) => void;
  /** One interrupt (SIGINT) when this aborts, and never more: a second one makes Terraform drop its state. */
  readonly signal: AbortSignal;
  readonly onStart: (child: DetachedProcess) => void;
}

/** A process that outlives this one; `startedAt` tells it from a later one with the same number. */
export interface DetachedProcess {
  readonly id: number;
  readonly startedAt: string;
}

const POLL_MILLISECONDS = 100;
const SIGNAL_NUMBERS: Record<string, number> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a program in a process group of its own, so that it survives the runner's kill of this step. Resolves with its
 * exit code; throws LK-EXEC-001 when it does not exist.
 */
export async function runDetached(command: string, args: readonly string[], options: DetachedOptions): Promise<number> {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? execFailures.failure('notFound', {
              what: `${command} could not be started: it is not there.`,
              cause: error,
            })
          : error,
      ),
    );
    child.once('exit', (code, signal) => resolve(code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0)));
  });
  // It is awaited below, after the log is opened; until then it may have failed already.
  ended.catch(() => undefined);
  const interrupt = () => interruptProcess(child.pid);
  const tail = await Tail.open(options.logFile, options.onLine);
  try {
    if (child.pid !== undefined) options.onStart({ id: child.pid, startedAt: await startOf(child.pid) });
    if (options.signal.aborted) interrupt();
    options.signal.addEventListener('abort', interrupt, { once: true });
    tail.follow();
    return await ended;
  } finally {
    options.signal.removeEventListener('abort', interrupt);
    await tail.close();
  }
}

/** Waits for a process that an earlier step left running. `false` when it still runs after `limitSeconds`. */
export async function waitForDetached(
  child: DetachedProcess,
  limitSeconds: number,
  logFile: string,
  onLine: (line: string) => void,
): Promise<boolean> {
  const tail = await Tail.open(logFile, onLine);
  tail.follow();
  const end = performance.now() + limitSeconds * 1000;
  try {
    while (await isRunning(child)) {
      if (performance.now() >= end) return false;
      await sleep(POLL_MILLISECONDS);
    }
    return true;
  } finally {
    await tail.close();
  }
}

/** True while exactly this process runs; a zombie has ended. */
export async function isRunning(child: DetachedProcess): Promise<boolean> {
  try {
    process.kill(child.id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const start = await startOf(child.id);
  return start !== 'ended' && (child.startedAt === '' || start === child.startedAt);
}

/** The kernel's start time of a process (clock ticks since boot); empty where there is no /proc. */
async function startOf(id: number): Promise<string> {
  let text: string;
  try {
    text = await readFile(`/proc/${id}/stat`, 'utf8');
  } catch {
    return '';
  }
  // The name in parentheses may hold anything, so fields are counted after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
}

// Only the program itself: it tells its own children, which must go on until it has what they made.
function interruptProcess(id: number | undefined): void {
  if (id === undefined) return;
  try {
    process.kill(id, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Gives a growing file's lines as they come. */
class Tail {
  readonly #file: FileHandle;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #position = 0;
  #open = '';
  #closed = false;
  #following: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, onLine: (line: string) => void) {
    this.#file = file;
    this.#onLine = onLine;
  }

  static async open(path: string, onLine: (line: string) => void): Promise<Tail> {
    return new Tail(await open(path, 'r'), onLine);
  }

  follow(): void {
    this.#following = (async () => {
      while (!this.#closed) {
        await this.#read();
        await sleep(POLL_MILLISECONDS);
      }
    })();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#following;
    await this.#read();
    if (this.#open !== '') this.#onLine(this.#open);
    await this.#file.close();
  }

  async #read(): Promise<void> {
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const lines = (this.#open + this.#decoder.write(buffer.subarray(0, bytesRead))).split('\n');
      this.#open = lines.pop() ?? '';
      for (const line of lines) this.#onLine(line);
    }
  }
}
