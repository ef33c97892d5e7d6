/** Lets at most `count` tasks run at the same time; the others wait for their turn. A task hears its place, 1 to `count`, which it has alone. */
export function limit(count: number): <T>(task: (place: number) => Promise<T>) => Promise<T> {
  const free = Array.from({ length: count }, (_, index) => count - index);
  const waiting: ((place: number) => void)[] = [];
  return async (task) => {
    const place = free.pop() ?? (await new Promise<number>((resolve) => waiting.push(resolve)));
    try {
      return await task(place);
    } finally {
      // The place is handed over, so that nobody who comes in between takes it.
      const next = waiting.shift();
      if (next) next(place);
      else free.push(place);
    }
  };
}
