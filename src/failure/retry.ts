import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryOptions {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Wait before the second try; doubles each time, with jitter, up to `maxSeconds`. */
  readonly baseSeconds: number;
  readonly maxSeconds?: number;
  /** Only what this calls transient is tried again. */
  readonly isTransient: (thrown: unknown) => boolean;
  /** Seconds that the other end asked for (Retry-After), where it did. */
  readonly retryAfterSeconds?: (thrown: unknown) => number | undefined;
  readonly onRetry?: (thrown: unknown, attempt: number, waitSeconds: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `operation` again while its failure is transient; the last failure is thrown. */
export async function retry<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const max = options.maxSeconds ?? 30;
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation(attempt);
    } catch (thrown) {
      if (attempt >= options.attempts || options.signal?.aborted || !options.isTransient(thrown)) throw thrown;
      const exponential = Math.min(max, options.baseSeconds * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2);
      const waitSeconds = Math.min(max, Math.max(exponential, options.retryAfterSeconds?.(thrown) ?? 0));
      options.onRetry?.(thrown, attempt, waitSeconds);
      await sleep(waitSeconds * 1000, undefined, options.signal ? { signal: options.signal } : undefined);
    }
  }
}
