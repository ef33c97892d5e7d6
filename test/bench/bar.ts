/** One number that was measured, beside the bar that it must not pass. */
export interface Measured {
  readonly what: string;
  /** In words, with its unit: `42 ms more`. */
  readonly value: string;
  readonly bar: string;
  readonly holds: boolean;
}

export interface Bench {
  readonly title: string;
  run(): Promise<Measured[]>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) throw new RangeError('There is no median of nothing.');
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** How long each of two works takes, side by side: by turns, so that what else the machine does weighs on both alike. */
export async function paired(
  times: number,
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<[one: number[], other: number[]]> {
  const took: [number[], number[]] = [[], []];
  for (let round = 0; round < times; round++)
    for (const [index, work] of [one, other].entries()) {
      const started = performance.now();
      await work();
      took[index as 0 | 1].push(performance.now() - started);
    }
  return took;
}
