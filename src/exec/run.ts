import { spawn, type ChildProcess } from 'node:child_process';
import { redact } from '../runner/mask.ts';
import { jobEnvironment } from './environment.ts';
import { execFailures } from './failures.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** The child's whole environment, never built from strings that come from outside. Default: the job's, without inputs. */
  readonly env?: NodeJS.ProcessEnv;
  /** Written to the child's standard input: the way for secrets and manifests, since argv is visible to all. */
  readonly input?: string | Buffer;
  readonly timeoutSeconds: number;
  /** Called for each whole line as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** An interrupt (SIGINT) is sent when this aborts; SIGKILL follows `graceSeconds` later. */
  readonly signal?: AbortSignal | undefined;
  readonly graceSeconds?: number;
  /** Own process group: the runner's cancel does not reach the child, only `signal` does. */
  readonly detached?: boolean;
  /** Told the child's process id as soon as it runs, so that a post step can wait for it. */
  readonly onStart?: (processId: number) => void;
  /** What is kept of each stream; the end is kept when it is more. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Its standard output holds secrets that nobody has told of: no failure quotes it. */
  readonly confidential?: boolean;
}

export interface RunResult {
  /** Exit status; 128 + signal number when a signal ended it, as a shell would say. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationSeconds: number;
}

const SIGNALS: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a program with an argument array, never through a shell. Resolves with its exit code whatever it is; throws
 * LK-EXEC-001 when the program does not exist and LK-EXEC-002 when it ran past its time-out.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? jobEnvironment(process.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.detached ?? false,
    windowsHide: true,
  });
  const stdout = collect(child.stdout, 'stdout', options);
  const stderr = collect(child.stderr, 'stderr', options);
  // A child that ends without reading its input makes the pipe break; its exit code says what went wrong.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);

  let timedOut = false;
  const end = (signal: NodeJS.Signals) => kill(child, signal, options.detached ?? false);
  const graceMilliseconds = (options.graceSeconds ?? 10) * 1000;
  let killTimer: NodeJS.Timeout | undefined;
  const interrupt = () => {
    end('SIGINT');
    killTimer ??= setTimeout(() => end('SIGKILL'), graceMilliseconds);
  };
  const timeout = setTimeout(() => {
    timedOut = true;
    interrupt();
  }, options.timeoutSeconds * 1000);
  if (options.signal?.aborted) interrupt();
  options.signal?.addEventListener('abort', interrupt, { once: true });

  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => child.pid !== undefined && options.onStart?.(child.pid));
      child.once('error', (error: NodeJS.ErrnoException) => {
        reject(
          error.code === 'ENOENT'
            ? execFailures.failure('notFound', {
                what: `${command} could not be started: it is not on PATH.`,
                cause: error,
              })
            : error,
        );
      });
      child.once('close', (code, signal) => resolve(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0)));
    });
    const result = {
      exitCode,
      stdout: stdout(),
      stderr: stderr(),
      durationSeconds: (performance.now() - started) / 1000,
    };
    if (timedOut) {
      throw execFailures.failure('timedOut', {
        what: `${command} ${args[0] ?? ''} did not end within ${options.timeoutSeconds} s and was stopped.`,
        evidence: redact(lastLines(`${options.confidential === true ? '' : result.stdout}\n${result.stderr}`, 20)),
      });
    }
    return result;
  } finally {
    clearTimeout(timeout);
    clearTimeout(killTimer);
    options.signal?.removeEventListener('abort', interrupt);
  }
}

/** The last `count` lines of a text that are not empty. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}

function kill(child: ChildProcess, signal: NodeJS.Signals, group: boolean): void {
  // A group may outlive its leader, and what is left of it holds the streams open.
  if (child.pid === undefined || (!group && child.exitCode !== null)) return;
  try {
    process.kill(group ? -child.pid : child.pid, signal);
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function collect(stream: NodeJS.ReadableStream, name: 'stdout' | 'stderr', options: RunOptions): () => string {
  const maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  let chunks: string[] = [];
  let size = 0;
  let open = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes * 2) {
      const kept = chunks.join('').slice(-maxBytes);
      chunks = [kept];
      size = kept.length;
    }
    if (!options.onLine) return;
    const lines = (open + chunk).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) options.onLine(line.replace(/\r$/, ''), name);
  });
  stream.on('end', () => {
    if (open !== '') options.onLine?.(open, name);
  });
  return () => chunks.join('').slice(-maxBytes);
}
