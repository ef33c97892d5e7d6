/** Where progress goes. */
export interface ProgressOutput {
  write(text: string): void;
  readonly colour: boolean;
}

interface Running {
  readonly what: string;
  readonly since: number;
  note: string;
}

export type Note = (text: string) => void;

const REPEAT_SECONDS = 15;

/** Tells what is going on: a line when something starts, every 15 s while it lasts, and when it is done. */
export class Progress {
  private readonly running = new Set<Running>();
  private readonly begin: number;
  private readonly output: ProgressOutput;
  private readonly now: () => number;
  private timer: NodeJS.Timeout | undefined;

  constructor(output: ProgressOutput = standardOutput(), now: () => number = Date.now) {
    this.output = output;
    this.now = now;
    this.begin = now();
  }

  /** Runs `work`; `note` replaces what is said about it while it lasts, `outcome` adds to what is said at the end. */
  async step<T>(what: string, work: (note: Note) => Promise<T>, outcome?: (result: T) => string): Promise<T> {
    const running: Running = { what, since: this.now(), note: '' };
    this.running.add(running);
    this.schedule();
    this.line('·', what);
    try {
      const result = await work((text) => (running.note = text));
      const told = outcome?.(result) ?? '';
      this.line('✓', `${what}${told && `: ${told}`} (${formatDuration(this.now() - running.since)})`, '32');
      return result;
    } catch (error) {
      this.line('✗', `${what} failed after ${formatDuration(this.now() - running.since)}`, '31');
      throw error;
    } finally {
      this.running.delete(running);
      if (this.running.size === 0) clearInterval(this.timer);
    }
  }

  /** One line with the time since the beginning. */
  line(sign: string, text: string, colour?: string): void {
    const painted = colour && this.output.colour ? `\u001b[${colour}m${sign}\u001b[0m` : sign;
    this.output.write(`${formatClock(this.now() - this.begin)} ${painted} ${text}\n`);
  }

  /** What still runs, one line each: called every 15 s. */
  repeat(): void {
    for (const { what, since, note } of this.running) {
      const elapsed = this.now() - since;
      if (elapsed >= (REPEAT_SECONDS - 1) * 1000) {
        const short = what.split(':')[0] ?? what;
        this.line('…', `${short}: ${formatDuration(elapsed)}${note ? `, ${note.slice(0, 80)}` : ''}`);
      }
    }
  }

  private schedule(): void {
    if (this.running.size > 1) return;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.repeat(), REPEAT_SECONDS * 1000);
    this.timer.unref();
  }
}

/** 75000 ms -> `1 m 15 s`; below ten seconds with a decimal. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} m ${whole % 60} s`;
}

function formatClock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`;
}

function standardOutput(): ProgressOutput {
  return {
    write: (text) => void process.stderr.write(text),
    colour: process.stderr.isTTY === true && !process.env['NO_COLOR'],
  };
}
