import { limit } from './limit.ts';

test('as many as may run at once, each alone in its place; who waits gets the next one that is free', async () => {
  const inTurn = limit(2);
  const at: number[] = [];
  const [busy, most] = [new Set<number>(), { count: 0 }];
  await Promise.all(
    Array.from({ length: 7 }, (_, index) =>
      inTurn(async (place) => {
        expect(busy.has(place)).toBe(false);
        busy.add(place);
        most.count = Math.max(most.count, busy.size);
        await new Promise((resolve) => setTimeout(resolve, index % 3));
        busy.delete(place);
        at.push(place);
      }),
    ),
  );
  expect(most.count).toBe(2);
  expect(new Set(at)).toEqual(new Set([1, 2]));
  expect(at).toHaveLength(7);
});

test('a place is free again after a failure', async () => {
  const alone = limit(1);
  await expect(alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await alone((place) => Promise.resolve(place))).toBe(1);
});
