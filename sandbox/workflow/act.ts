import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** One line of act's JSON log. Only its message is masked by act, so it never leaves this process as it is. */
const entrySchema = z
  .object({
    level: z.string().default('info'),
    msg: z.string().default(''),
    jobID: z.string().optional(),
    step: z.string().optional(),
    stepID: z.array(z.string()).optional(),
    stage: z.string().optional(),
    stepResult: z.string().optional(),
    jobResult: z.string().optional(),
    executionTime: z.number().optional(),
    raw_output: z.boolean().optional(),
    command: z.string().optional(),
    raw: z.string().optional(),
    name: z.string().optional(),
    arg: z.string().optional(),
    content: z.string().optional(),
  })
  .loose();

export type ActEntry = z.infer<typeof entrySchema>;

export interface ActOptions {
  readonly executable: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onEntry: (entry: ActEntry) => void;
  readonly onError: (line: string) => void;
}

/** After this long without an end act and all that it started are killed. */
const GRACE_MILLISECONDS = 20_000;

/**
 * Runs act and gives its exit code. When the signal aborts, act gets SIGINT (it kills the running step and does the post steps), and its
 * process group is killed after 20 s.
 */
export function runAct(options: ActOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.executable, options.args, {
      cwd: options.directory,
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGINT');
      killer = setTimeout(() => endGroup(child.pid), GRACE_MILLISECONDS);
    };
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener('abort', stop, { once: true });
    const reading = [
      eachLine(child.stdout, (line) => options.onEntry(parsed(line))),
      eachLine(child.stderr, options.onError),
    ];
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(killer);
      options.signal?.removeEventListener('abort', stop);
      void Promise.all(reading).then(() => resolve(code ?? (signal === null ? 1 : 128)), reject);
    });
  });
}

function parsed(line: string): ActEntry {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    return { level: 'info', msg: line };
  }
}

async function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line);
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
