import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { sandboxDirectory } from '../../sandbox/config.ts';
import type { Tally } from './scenario.ts';

/** Scenarios that run beside others. */
export interface Beside {
  /** Prints what they said so far, and from then on each line as it comes; gives their tally when they have ended. */
  readonly join: () => Promise<Tally>;
}

/**
 * Runs scenarios in a process of their own, with a sandbox of their own. `idle`: without nodes, by what the others leave of the
 * processors. `own-machine`: with nodes, for which it has network, processes and cgroups of its own. What they print is kept
 * until `join`, so that no two scenarios speak at once; they end with this process.
 */
export function runBeside(names: readonly string[], kind: 'idle' | 'own-machine'): Beside {
  const script = join(import.meta.dirname, 'run.ts');
  const apart =
    kind === 'idle' ? ['chrt', '--idle', '0'] : [join(import.meta.dirname, 'own-machine.sh'), 'livekit-gke-second'];
  const death = kind === 'idle' ? 'TERM' : 'KILL';
  const child = spawn('setpriv', ['--pdeathsig', death, ...apart, process.execPath, script, ...names], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LIVEKIT_GKE_SANDBOX_DIR: `${sandboxDirectory()}-${kind === 'idle' ? 'beside' : '2'}` },
  });
  const lines: string[] = [];
  let say = (line: string): void => void lines.push(line);
  const readers = [child.stdout, child.stderr].map((stream) => {
    const reader = createInterface({ input: stream });
    reader.on('line', (line) => say(line));
    return once(reader, 'close');
  });
  const ended = Promise.all([once(child, 'exit').catch((error: unknown) => [String(error)]), ...readers]);
  return {
    async join() {
      for (const line of lines) console.log(line);
      say = (line) => {
        lines.push(line);
        console.log(line);
      };
      const [[code]] = await ended;
      const tally = tallyOf(lines);
      if (tally !== undefined) return tally;
      const line = `✗ ${names.join(', ')}: ended (${String(code)}) without a tally`;
      console.log(line);
      return { passed: 0, failed: 1, failures: [...failuresOf(lines), line] };
    },
  };
}

/** Builds what only the last scenarios want, by what is left of the processors; it ends with this process, and goes on next time. */
export function fetchLateTools(): void {
  const script = join(import.meta.dirname, '../../sandbox/cli.ts');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'chrt', '--idle', '0', process.execPath, script, 'tools'], {
    stdio: 'ignore',
  });
  // Whoever wants a tool that is missing gets it itself, and says what is wrong.
  child.on('error', () => undefined);
  child.unref();
}

/** The last line of a run; `undefined` when it did not come so far. */
export function tallyOf(lines: readonly string[]): Tally | undefined {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(lines.findLast((line) => line !== '') ?? '') ?? [];
  if (passed === undefined || failed === undefined) return undefined;
  return { passed: Number(passed), failed: Number(failed), failures: failuresOf(lines) };
}

/** Each failure once; what `run.ts` repeats at its end is indented. */
function failuresOf(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('✗ '));
}
