/** One line of the request log: never a token, a query or a payload. */
export interface Entry {
  readonly time: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly identity: string;
  readonly status: number;
  /** Permission that was asked for last, when one was. */
  readonly permission?: string;
  readonly milliseconds: number;
}

const kept = 10_000;

/** What was asked of the stand-in, for tests and for people who look for a cause. */
export class Journal {
  private entries: Entry[] = [];
  private readonly write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.write = write;
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    if (this.entries.length > kept) this.entries = this.entries.slice(-kept / 2);
    this.write(
      `${entry.time} ${entry.status} ${entry.method} ${entry.host}${entry.path} ${entry.identity} ${entry.milliseconds} ms\n`,
    );
  }

  all(): readonly Entry[] {
    return this.entries;
  }

  clear(): void {
    this.entries = [];
  }
}
