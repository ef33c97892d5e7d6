import type { World } from './world.ts';

/**
 * pass; warn: works, but someone should look; fail: does not work; skip: does not apply, or what it needs failed;
 * inconclusive: could not be found out from here.
 */
export type Verdict = 'pass' | 'warn' | 'fail' | 'skip' | 'inconclusive';

/** What a check found. Each text is one sentence (evidence may be a few), already free of secrets. */
export interface Result {
  readonly verdict: Verdict;
  /** What was seen: numbers, names, the other end's own words. */
  readonly evidence: string;
  /** Why it is so, and what to do: for all but `pass`. */
  readonly cause?: string | undefined;
  readonly fix?: string | undefined;
  /** What calls measured, one by one, for the picture and for comparison with the run before. */
  readonly calls?: readonly MeasuredCall[] | undefined;
  /** True where waiting cannot change the verdict: a converging check then ends at once. */
  readonly final?: boolean;
}

/** A call as the report keeps it. */
export interface MeasuredCall {
  /** The pod on whose node it was; the node's id where LiveKit chose. */
  readonly pod: string;
  readonly verdict: Exclude<Verdict, 'skip'>;
  readonly tries: number;
  /** Until both participants were connected, in the try that stood. */
  readonly connectedMilliseconds?: number | undefined;
  readonly roundTripMilliseconds?: number | undefined;
  readonly lossPercent?: number | undefined;
}

/** One thing that is proved about an environment. One file each in `checks/`, registered in `checks/index.ts`. */
export interface Check<W = World> {
  /** Lower-case words with hyphens; the section of docs/checks.md. */
  readonly id: string;
  readonly title: string;
  /** What a pass proves, for docs/checks.md. */
  readonly proves: string;
  readonly tags: readonly string[];
  /** Ids of checks without whose pass (or warning) this one says nothing. */
  readonly needs: readonly string[];
  /** For all tries together. */
  readonly timeoutSeconds: number;
  /** What a time-out means; `inconclusive` where the fault may be this side's. Default `fail`. */
  readonly onTimeout?: 'fail' | 'inconclusive';
  /** True where waiting helps (DNS, certificates, node statistics): tried again until the time-out, never otherwise. */
  readonly converges?: boolean;
  /**
   * Looks once. Must end soon after `signal` aborts, and leave nothing behind then. A thrown `Failure` counts as fail
   * in its own words.
   */
  run(world: W, signal: AbortSignal): Promise<Result>;
}

/** A check's result with what the scheduler knows about it. */
export interface Outcome extends Omit<Result, 'final'> {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly durationSeconds: number;
  readonly attempts: number;
  /** The prerequisite that made it a skip. */
  readonly because?: string | undefined;
}

/** Whether dependants of a check with this verdict are worth running. */
export function allowsDependants(verdict: Verdict): boolean {
  return verdict === 'pass' || verdict === 'warn';
}
