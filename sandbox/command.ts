import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutSeconds?: number;
  /** Kills the program when it is aborted. */
  readonly signal?: AbortSignal;
  /** Called with every line of the error output, for the progress of long commands. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and gives its standard output; an exit status other than 0 is an error with what it said. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(command, args, options);
  if (result.code === 0) return result.stdout;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-15).join('\n');
  throw new Error(`${command} ${args.slice(0, 4).join(' ')} failed (${result.code}): ${said}`);
}

/** Runs a program to its end, whatever its exit status. */
export function attempt(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGKILL' as const }),
      ...(options.timeoutSeconds === undefined
        ? {}
        : { timeout: options.timeoutSeconds * 1000, killSignal: 'SIGKILL' as const }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      const line = text.trimEnd().split('\n').at(-1);
      if (line) options.onLine?.(line);
    });
    child.on('error', (error) => {
      const what = options.signal?.aborted ? 'was given up' : `could not be started: ${error.message}`;
      reject(new Error(`${command} ${what}`, { cause: error }));
    });
    child.on('close', (code, killedBy) =>
      resolve({ code: code ?? 128, stdout, stderr: killedBy ? `${stderr}\nended by ${killedBy}` : stderr }),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
