import type { Failure } from '../failure/failure.ts';
import { mask } from '../runner/mask.ts';
import { lastLines, run } from './run.ts';

const node = (script: string) => ['-e', script] as const;

describe('run', () => {
  test('gives both streams and the exit code, whatever it is', async () => {
    const result = await run(process.execPath, node('console.log("out"); console.error("err"); process.exit(3)'), {
      timeoutSeconds: 20,
    });
    expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('hands arguments over as they are, since no shell reads them', async () => {
    const argument = '$(id) `id` "; rm -rf /" *';
    const result = await run(process.execPath, [...node('console.log(process.argv[1])'), argument], {
      timeoutSeconds: 20,
    });
    expect(result.stdout).toBe(`${argument}\n`);
  });

  test('writes the input to standard input', async () => {
    const result = await run(process.execPath, node('process.stdin.pipe(process.stdout)'), {
      timeoutSeconds: 20,
      input: 'secret',
    });
    expect(result.stdout).toBe('secret');
  });

  test('survives a program that does not read its input', async () => {
    const result = await run(process.execPath, node('process.exit(0)'), {
      timeoutSeconds: 20,
      input: Buffer.alloc(4_000_000, 'x'),
    });
    expect(result.exitCode).toBe(0);
  });

  test('tells each whole line as it comes, also one without an end', async () => {
    const lines: string[] = [];
    await run(
      process.execPath,
      node('process.stdout.write("one\\ntw"); setTimeout(() => process.stdout.write("o\\nthree"), 20)'),
      {
        timeoutSeconds: 20,
        onLine: (line) => lines.push(line),
      },
    );
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  test('names a program that is not there', async () => {
    await expect(run('no-such-program-here', [], { timeoutSeconds: 5 })).rejects.toMatchObject({
      code: 'LK-EXEC-001',
      message: 'no-such-program-here could not be started: it is not on PATH.',
    });
  });

  test('ends a program that runs past its time-out and shows its last lines', async () => {
    const running = run(process.execPath, node('console.log("busy"); setInterval(() => {}, 1000)'), {
      timeoutSeconds: 1,
    });
    await expect(running).rejects.toMatchObject({ code: 'LK-EXEC-002', evidence: 'busy' });
  });

  test('shows none of what a program says that is confidential, and no known secret of the others', async () => {
    const script =
      'console.log("{plan: swordfish"); console.error("slow network, hunter-number-2"); setInterval(() => {}, 1000)';
    mask('hunter-number-2');
    const outcome = async (confidential: boolean) =>
      run(process.execPath, node(script), { timeoutSeconds: 1, confidential }).catch(
        (error: unknown) => (error as Failure).evidence,
      );
    await expect(Promise.all([outcome(true), outcome(false)])).resolves.toEqual([
      'slow network, ***',
      '{plan: swordfish\nslow network, ***',
    ]);
  });

  test('interrupts the program when it is cancelled, and kills it when it does not listen', async () => {
    const cancel = new AbortController();
    const result = await run(
      process.execPath,
      node('process.on("SIGINT", () => console.log("no")); console.log("up"); setInterval(() => {}, 1000)'),
      {
        timeoutSeconds: 20,
        graceSeconds: 0.3,
        signal: cancel.signal,
        onLine: () => cancel.abort(),
      },
    );
    expect(result).toMatchObject({ exitCode: 137, stdout: 'up\nno\n' });
  });

  test('kills what a detached program left behind when it ended at the interrupt', async () => {
    // A shell's background child does not hear the interrupt, and holds the output open.
    const running = run('sh', ['-c', 'trap "exit 3" INT; sleep 60 & wait'], {
      timeoutSeconds: 0.3,
      graceSeconds: 0.3,
      detached: true,
    });
    await expect(running).rejects.toMatchObject({ code: 'LK-EXEC-002' });
  });

  test('a detached program is its own process group, so that the runner’s cancel does not reach it', async () => {
    let processId = 0;
    const result = await run('ps', ['-o', 'pgid=', '-p', String(process.pid)], { timeoutSeconds: 5 });
    const detached = await run(
      process.execPath,
      node(
        'process.stdout.write(require("child_process").execFileSync("ps", ["-o", "pgid=", "-p", String(process.pid)]))',
      ),
      {
        timeoutSeconds: 20,
        detached: true,
        onStart: (id) => (processId = id),
      },
    );
    expect(Number(detached.stdout)).toBe(processId);
    expect(Number(detached.stdout)).not.toBe(Number(result.stdout));
  });
});

test('lastLines leaves empty lines out', () => {
  expect(lastLines('a\n\nb\n  \nc\n', 2)).toBe('b\nc');
});
