import { DIRECTORIES } from './directory.ts';
import { minute } from './problem.ts';

/** An order of the past, as it is remembered. */
export interface Attempt {
  readonly at: Date;
  readonly names: readonly string[];
  /** `failed`: the authority could not verify a name. */
  readonly outcome: 'issued' | 'failed';
  /** Ordered by ARI with `replaces`: such orders are exempt from all limits. */
  readonly isRenewal?: boolean;
}

interface Limit {
  readonly outcome: Attempt['outcome'];
  readonly count: number;
  readonly hours: number;
  readonly what: string;
  /** Whether an attempt for these names counts. */
  readonly counts: (attempt: Attempt, names: readonly string[]) => boolean;
}

/** Let's Encrypt's, as far as one environment's own history tells them; those of whole domains and accounts it cannot. */
const LIMITS: readonly Limit[] = [
  {
    outcome: 'issued',
    count: 5,
    hours: 168,
    what: 'certificates for exactly these names in 7 days',
    counts: (attempt, names) => sameNames(attempt.names, names),
  },
  {
    outcome: 'failed',
    count: 5,
    hours: 1,
    what: 'failed verifications of a name in an hour',
    counts: (attempt, names) => attempt.names.some((name) => names.includes(name)),
  },
];

export type Headroom =
  | { readonly isFree: true; /** Orders that remain, where it is known. */ readonly remaining: number | undefined }
  | { readonly isFree: false; readonly tryAgainAt: Date; readonly sentence: string };

/** Whether an order would meet a rate limit that is known beforehand. */
export function headroom(
  directoryUrl: string,
  history: readonly Attempt[],
  names: readonly string[],
  now: Date,
): Headroom {
  if (directoryUrl !== DIRECTORIES.letsencrypt) return { isFree: true, remaining: undefined };
  let remaining = Infinity;
  for (const { outcome, count, hours, what, counts } of LIMITS) {
    const length = hours * 3_600_000;
    const counted = history
      .filter((attempt) => attempt.outcome === outcome && attempt.isRenewal !== true)
      .filter((attempt) => now.getTime() - attempt.at.getTime() < length && counts(attempt, names))
      .map(({ at }) => at.getTime())
      .sort((one, other) => one - other);
    remaining = Math.min(remaining, count - counted.length);
    const oldest = counted[counted.length - count];
    if (oldest === undefined) continue;
    const tryAgainAt = new Date(oldest + length);
    return {
      isFree: false,
      tryAgainAt,
      sentence: `Let’s Encrypt allows ${count} ${what}, and ${counted.length} were ordered for ${names.join(', ')}; the next may be ordered at ${minute(tryAgainAt)}.`,
    };
  }
  return { isFree: true, remaining };
}

/** Whether two lists are the same names, in whatever order and case. */
export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  const key = (names: readonly string[]): string => [...new Set(names.map((name) => name.toLowerCase()))].sort().join();
  return key(one) === key(other);
}
