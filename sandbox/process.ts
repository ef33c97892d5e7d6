import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { identify, isAlive } from './process-id.ts';

/** Every process of the sandbox carries this variable, `<directory>:<part>`, so that none is lost when its record is. */
export const MARKER = 'LIVEKIT_GKE_SANDBOX_PART';

export interface DaemonSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Command that starts the command in its last arguments by becoming it, for example `nsenter ... --`. */
  readonly prefix?: readonly string[];
  /** Where the part listens: for the status table only. */
  readonly address?: string;
}

const Daemon = z.object({
  name: z.string(),
  pid: z.number(),
  startTicks: z.number(),
  bootId: z.string(),
  address: z.string().optional(),
  log: z.string(),
  since: z.string(),
});
export type Daemon = z.infer<typeof Daemon>;

/** Starts a part in a session of its own, its output in `<directory>/logs/<name>.log`; one that runs already is kept. */
export async function startDaemon(directory: string, spec: DaemonSpec): Promise<Daemon> {
  const running = readDaemon(directory, spec.name);
  if (running && isAlive(running)) return running;
  for (const folder of ['logs', 'processes']) mkdirSync(join(directory, folder), { recursive: true });
  const log = join(directory, 'logs', `${spec.name}.log`);
  const output = openSync(log, 'a');
  const [command = '', ...args] = [...(spec.prefix ?? []), spec.command, ...spec.args];
  const child = spawn(command, args, {
    detached: true,
    cwd: directory,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...spec.env, [MARKER]: `${directory}:${spec.name}` },
  });
  closeSync(output);
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Error(`${spec.name} could not be started: ${(error as Error).message}`, { cause: error });
  }
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (!identity) throw new Error(`${spec.name} ended at once:\n${lastLines(log)}`);
  const daemon: Daemon = { name: spec.name, ...identity, address: spec.address, log, since: new Date().toISOString() };
  writeFileSync(recordFile(directory, spec.name), JSON.stringify(daemon, null, 2));
  return daemon;
}

/** Waits until `probe` gives true. When the part ends or `deadlineSeconds` pass, the error holds the end of its log. */
export async function untilReady(
  daemon: Daemon,
  probe: () => Promise<boolean>,
  deadlineSeconds: number,
): Promise<void> {
  const deadline = Date.now() + deadlineSeconds * 1000;
  let reason = '';
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      reason = (error as Error).message;
    }
    if (!isAlive(daemon))
      throw new Error(`${daemon.name} ended while it started. Its log ends:\n${lastLines(daemon.log)}`);
    if (Date.now() > deadline) {
      const why = reason ? ` (${reason})` : '';
      throw new Error(
        `${daemon.name} was not ready after ${deadlineSeconds} s${why}. Its log ends:\n${lastLines(daemon.log)}`,
      );
    }
    await sleep(100);
  }
}

/** Every part that has a record, whether it runs or not. */
export function listDaemons(directory: string): Daemon[] {
  let names: string[];
  try {
    names = readdirSync(join(directory, 'processes'));
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => readDaemon(directory, name.slice(0, -'.json'.length)))
    .filter((daemon) => daemon !== undefined);
}

export function readDaemon(directory: string, name: string): Daemon | undefined {
  try {
    return Daemon.parse(JSON.parse(readFileSync(recordFile(directory, name), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Ends parts together: SIGTERM, SIGKILL after `graceSeconds`. Their records are removed. */
export async function stopDaemons(directory: string, daemons: readonly Daemon[], graceSeconds: number): Promise<void> {
  const running = daemons.filter(isAlive);
  for (const daemon of running) signal(daemon.pid, 'SIGTERM');
  const deadline = Date.now() + graceSeconds * 1000;
  while (running.some(isAlive) && Date.now() < deadline) await sleep(50);
  for (const daemon of running.filter(isAlive)) signal(daemon.pid, 'SIGKILL');
  while (running.some(isAlive)) await sleep(20);
  for (const daemon of daemons) rmSync(recordFile(directory, daemon.name), { force: true });
}

/** Process ids of everything that carries the marker of this sandbox, whether it has a record or not. */
export function markedProcesses(directory: string): number[] {
  const wanted = `${MARKER}=${directory}:`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          pid !== process.pid &&
          readFileSync(`/proc/${pid}/environ`, 'latin1')
            .split('\0')
            .some((variable) => variable.startsWith(wanted))
        );
      } catch {
        return false;
      }
    })
    .filter((pid) => identify(pid) !== undefined);
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The end of a log, for an error message. */
export function lastLines(file: string, count = 12): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '(no log)';
  }
}

function recordFile(directory: string, name: string): string {
  return join(directory, 'processes', `${name}.json`);
}
