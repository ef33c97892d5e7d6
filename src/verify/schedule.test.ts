import { describe, expect, test } from '@jest/globals';
import { catalogue } from '../failure/failure.ts';
import type { Check, Outcome, Result } from './check.ts';
import { schedule, type ScheduleOptions } from './schedule.ts';

type TestCheck = Check<unknown>;

const pass: Result = { verdict: 'pass', evidence: 'Fine.' };
const fail: Result = { verdict: 'fail', evidence: 'Broken.', cause: 'It is.', fix: 'Mend it.' };

function check(id: string, run: TestCheck['run'], more: Partial<TestCheck> = {}): TestCheck {
  return { id, title: id, proves: id, tags: [], needs: [], timeoutSeconds: 5, run, ...more };
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('aborted'));
    });
  });
}

function run(checks: readonly TestCheck[], more: Partial<ScheduleOptions<unknown>> = {}): Promise<Outcome[]> {
  return schedule(checks, {
    world: {},
    timeoutSeconds: 10,
    intervalSeconds: 0.02,
    cleanupSeconds: 0.5,
    signal: new AbortController().signal,
    ...more,
  });
}

describe('what runs when', () => {
  test('all independent checks run at once: the run takes as long as the slowest', async () => {
    const started = performance.now();
    const outcomes = await run(
      Array.from({ length: 20 }, (_, index) => check(`check-${index}`, () => wait(150).then(() => pass))),
    );
    expect(outcomes).toHaveLength(20);
    expect(performance.now() - started).toBeLessThan(600);
  });

  test('a check starts as soon as what it needs has passed, while others still run', async () => {
    const order: string[] = [];
    const log = (id: string, milliseconds: number, needs: string[] = []) =>
      check(
        id,
        async () => {
          order.push(`${id} starts`);
          await wait(milliseconds);
          order.push(`${id} ends`);
          return pass;
        },
        { needs },
      );
    await run([log('dependant', 10, ['quick']), log('slow', 200), log('quick', 20)]);
    expect(order).toEqual([
      'quick starts',
      'slow starts',
      'quick ends',
      'dependant starts',
      'dependant ends',
      'slow ends',
    ]);
  });

  test('a warning lets dependants run', async () => {
    const outcomes = await run([
      check('a', async () => ({ verdict: 'warn', evidence: 'Odd.' })),
      check('b', async () => pass, { needs: ['a'] }),
    ]);
    expect(outcomes[1]).toMatchObject({ id: 'b', verdict: 'pass' });
  });

  test.each(['fail', 'skip', 'inconclusive'] as const)(
    'what is %s turns all that need it into skips that name it',
    async (verdict) => {
      let ran = false;
      const outcomes = await run([
        check('root', async () => ({ verdict, evidence: 'Not so.' })),
        check('middle', async () => pass, { needs: ['root'] }),
        check(
          'leaf',
          async () => {
            ran = true;
            return pass;
          },
          { needs: ['middle'] },
        ),
      ]);
      expect(outcomes.slice(1)).toMatchObject([
        { id: 'middle', verdict: 'skip', because: 'root', evidence: 'Skipped because of root.', attempts: 0 },
        { id: 'leaf', verdict: 'skip', because: 'root', evidence: 'Skipped because of root.' },
      ]);
      expect(ran).toBe(false);
    },
  );

  test('one failed prerequisite is enough; a slow other one is not waited for', async () => {
    const started = performance.now();
    let skippedAfter = Infinity;
    await run(
      [
        check('slow', () => wait(300).then(() => pass)),
        check('broken', async () => fail),
        check('both', async () => pass, { needs: ['slow', 'broken'] }),
      ],
      { onOutcome: ({ id }) => id === 'both' && (skippedAfter = performance.now() - started) },
    );
    expect(skippedAfter).toBeLessThan(200);
  });

  test('outcomes come in the order of the list, whatever ended first', async () => {
    const outcomes = await run([check('a', () => wait(50).then(() => pass)), check('b', async () => pass)]);
    expect(outcomes.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('a prerequisite that is not among the checks is a mistake of the caller', async () => {
    await expect(run([check('a', async () => pass, { needs: ['b'] })])).rejects.toThrow('a needs b');
  });
});

describe('what a check throws', () => {
  const failures = catalogue('TEST', { refused: { number: 1, title: 't', why: 'The door is shut.', fix: 'Open it.' } });

  test('a known failure is a fail in its own words', async () => {
    const [outcome] = await run([
      check('a', () => Promise.reject(failures.failure('refused', { what: 'The cluster refused.' }))),
    ]);
    expect(outcome).toMatchObject({
      verdict: 'fail',
      evidence: 'The cluster refused. (LK-TEST-001)',
      cause: 'The door is shut.',
      fix: 'Open it.',
    });
  });

  test('anything else is a fail that says so, and the others go on', async () => {
    const outcomes = await run([
      check('a', () => {
        throw new TypeError('x is not a function');
      }),
      check('b', async () => pass),
    ]);
    expect(outcomes).toMatchObject([
      { verdict: 'fail', evidence: 'The check ended with an error: x is not a function.' },
      { verdict: 'pass' },
    ]);
  });
});

describe('time-outs', () => {
  const hang = (_world: unknown, signal: AbortSignal) => wait(60_000, signal).then(() => pass);

  test('a check past its time is a fail with a sentence', async () => {
    const [outcome] = await run([check('a', hang, { timeoutSeconds: 0.05 })]);
    expect(outcome).toMatchObject({ verdict: 'fail', evidence: 'No result within 0.05 s.' });
    expect(outcome?.fix).toBeDefined();
  });

  test('it is inconclusive where the fault may be on this side', async () => {
    const [outcome] = await run([check('a', hang, { timeoutSeconds: 0.05, onTimeout: 'inconclusive' })]);
    expect(outcome?.verdict).toBe('inconclusive');
  });

  test('the whole run has a limit, which a check’s own cannot exceed', async () => {
    const started = performance.now();
    const outcomes = await run([check('a', hang), check('b', async () => pass)], { timeoutSeconds: 0.1 });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(outcomes).toMatchObject([
      { verdict: 'fail', evidence: 'No result within the whole run’s 0.1 s.', fix: 'Raise the input timeout-seconds.' },
      { verdict: 'pass' },
    ]);
  });

  test('a check that ignores its abort does not hold the run for longer than the clean-up time', async () => {
    const started = performance.now();
    const [outcome] = await run([check('a', () => wait(1500).then(() => pass), { timeoutSeconds: 0.05 })], {
      cleanupSeconds: 0.1,
    });
    expect(outcome?.verdict).toBe('fail');
    expect(performance.now() - started).toBeLessThan(800);
  });

  test('a check that was aborted may clean up before the run ends', async () => {
    let cleaned = false;
    const tidy = async (_world: unknown, signal: AbortSignal): Promise<Result> => {
      try {
        await wait(60_000, signal);
        return pass;
      } finally {
        await wait(50);
        cleaned = true;
      }
    };
    await run([check('a', tidy, { timeoutSeconds: 0.02 })]);
    expect(cleaned).toBe(true);
  });
});

describe('tries', () => {
  const failsTimes = (times: number) => {
    let calls = 0;
    return { run: async () => (++calls <= times ? fail : pass), calls: () => calls };
  };

  test('a converging check is tried until it passes', async () => {
    const flaky = failsTimes(3);
    const [outcome] = await run([check('a', flaky.run, { converges: true })]);
    expect(outcome).toMatchObject({ verdict: 'pass', attempts: 4 });
  });

  test('any other is tried once', async () => {
    const flaky = failsTimes(1);
    const [outcome] = await run([check('a', flaky.run)]);
    expect(outcome).toMatchObject({ verdict: 'fail', attempts: 1 });
    expect(flaky.calls()).toBe(1);
  });

  test('at the time-out its last result counts, with how long it stayed so', async () => {
    const [outcome] = await run([check('a', async () => fail, { converges: true, timeoutSeconds: 0.1 })]);
    expect(outcome).toMatchObject({ verdict: 'fail', cause: 'It is.', fix: 'Mend it.' });
    expect(outcome?.evidence).toMatch(/^Broken\. It stayed so for 0\.1 s \(\d+ tries\)\.$/);
    expect(outcome?.attempts).toBeGreaterThan(1);
  });

  test('a result that waiting cannot change ends it at once', async () => {
    const [outcome] = await run([check('a', async () => ({ ...fail, final: true }), { converges: true })]);
    expect(outcome).toMatchObject({ verdict: 'fail', attempts: 1, evidence: 'Broken.' });
    expect(outcome).not.toHaveProperty('final');
  });
});

describe('cancel', () => {
  test('the run ends with the cancel’s reason, after every check has cleaned up', async () => {
    const cancel = new AbortController();
    const cleaned: string[] = [];
    const tidy = (id: string) =>
      check(id, async (_world, signal) => {
        try {
          await wait(60_000, signal);
          return pass;
        } finally {
          await wait(30);
          cleaned.push(id);
        }
      });
    let told = 0;
    const running = run([tidy('a'), tidy('b'), check('c', async () => pass, { needs: ['a'] })], {
      signal: cancel.signal,
      onOutcome: () => told++,
    });
    setTimeout(() => cancel.abort(new Error('the job was cancelled')), 30);
    await expect(running).rejects.toThrow('the job was cancelled');
    expect(cleaned.sort()).toEqual(['a', 'b']);
    expect(told).toBe(0);
  });

  test('a converging check is not tried again', async () => {
    const cancel = new AbortController();
    let calls = 0;
    const running = run(
      [
        check(
          'a',
          async () => {
            calls++;
            return fail;
          },
          { converges: true },
        ),
      ],
      { signal: cancel.signal, intervalSeconds: 0.1 },
    );
    setTimeout(() => cancel.abort(new Error('cancelled')), 30);
    await expect(running).rejects.toThrow('cancelled');
    await wait(200);
    expect(calls).toBe(1);
  });
});
