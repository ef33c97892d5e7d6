/**
 * Waits until all have come to an end, then gives their results or throws the first error. Unlike Promise.all nothing
 * goes on behind the error. `onFirst` hears of the first error when it happens.
 */
export async function together<T>(work: readonly Promise<T>[], onFirst?: (error: Error) => void): Promise<T[]> {
  let first: Error | undefined;
  const results = await Promise.allSettled(
    work.map((each) =>
      each.catch((reason: unknown) => {
        const error = reason instanceof Error ? reason : new Error(String(reason));
        if (!first) onFirst?.(error);
        first ??= error;
        throw error;
      }),
    ),
  );
  if (first) throw first;
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}
