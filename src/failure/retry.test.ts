import { retry } from './retry.ts';

const transient = { attempts: 3, baseSeconds: 0.001, isTransient: () => true };

function failing(times: number) {
  let calls = 0;
  return {
    operation: () => {
      calls++;
      return calls <= times ? Promise.reject(new Error(`try ${calls}`)) : Promise.resolve('done');
    },
    calls: () => calls,
  };
}

describe('retry', () => {
  test('tries again while the failure is transient', async () => {
    const work = failing(2);
    await expect(retry(work.operation, transient)).resolves.toBe('done');
    expect(work.calls()).toBe(3);
  });

  test('throws the last failure when all tries are used up', async () => {
    const work = failing(5);
    await expect(retry(work.operation, transient)).rejects.toThrow('try 3');
    expect(work.calls()).toBe(3);
  });

  test('does not try again what is not transient', async () => {
    const work = failing(5);
    await expect(retry(work.operation, { ...transient, isTransient: () => false })).rejects.toThrow('try 1');
    expect(work.calls()).toBe(1);
  });

  test('waits as long as the other end asked for, up to the limit', async () => {
    const waits: number[] = [];
    const work = failing(1);
    await retry(work.operation, {
      ...transient,
      maxSeconds: 0.02,
      retryAfterSeconds: () => 60,
      onRetry: (_thrown, _attempt, waitSeconds) => waits.push(waitSeconds),
    });
    expect(waits).toEqual([0.02]);
  });

  test('stops waiting when it is cancelled', async () => {
    const cancel = new AbortController();
    const work = failing(5);
    const running = retry(work.operation, {
      ...transient,
      baseSeconds: 30,
      onRetry: () => cancel.abort(),
      signal: cancel.signal,
    });
    await expect(running).rejects.toThrow('aborted');
    expect(work.calls()).toBe(1);
  });
});
