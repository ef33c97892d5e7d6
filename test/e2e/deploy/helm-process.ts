import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** One run of Helm within a step. */
export interface HelmRun {
  readonly pid: number;
  /** `upgrade`, `history` ... */
  readonly command: string;
  readonly began: number;
  ended: number;
}

/** Watches the Helm processes of one job's machine, whose folder is in their environment. */
export class HelmWatch {
  readonly runs: HelmRun[] = [];
  readonly #machine: string;
  #isOver = false;
  #watching: Promise<void>;

  /** `onStart` is told of each as it begins. */
  constructor(machine: string, onStart: (run: HelmRun, index: number) => void = () => undefined) {
    this.#machine = machine;
    this.#watching = this.#watch(onStart);
  }

  async stop(): Promise<readonly HelmRun[]> {
    this.#isOver = true;
    await this.#watching;
    return this.runs;
  }

  async #watch(onStart: (run: HelmRun, index: number) => void): Promise<void> {
    while (!this.#isOver) {
      const now = performance.now();
      const present = this.#present();
      for (const run of this.runs) if (run.ended === 0 && !present.has(run.pid)) run.ended = now;
      for (const [pid, command] of present) {
        if (this.runs.some((run) => run.pid === pid && run.ended === 0)) continue;
        const run = { pid, command, began: now, ended: 0 };
        this.runs.push(run);
        onStart(run, this.runs.length - 1);
      }
      await sleep(4);
    }
    const now = performance.now();
    for (const run of this.runs) if (run.ended === 0) run.ended = now;
  }

  #present(): Map<number, string> {
    const found = new Map<number, string>();
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        // The name is cheap to read, the rest is not.
        if (readFileSync(`/proc/${name}/comm`, 'utf8') !== 'helm\n') continue;
        if (!readFileSync(`/proc/${name}/environ`, 'utf8').includes(`=${this.#machine}/`)) continue;
        const [, command = ''] = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        if (command !== '') found.set(Number(name), command);
      } catch {
        // It has ended meanwhile.
      }
    }
    return found;
  }
}
