import { getExecOutput } from '@actions/exec';
import { execFailures } from './failures.ts';

/**
 * Asks a program something short and harmless (its version), silently. Anything longer, or with a secret near it, goes
 * through `run`, which can interrupt its child; the toolkit's exec cannot.
 */
export async function probe(
  command: string,
  args: readonly string[],
  timeoutSeconds = 30,
): Promise<{ exitCode: number; stdout: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          execFailures.failure('timedOut', {
            what: `${command} ${args[0] ?? ''} did not answer within ${timeoutSeconds} s.`,
          }),
        ),
      timeoutSeconds * 1000,
    );
  });
  try {
    const { exitCode, stdout } = await Promise.race([
      getExecOutput(command, [...args], { silent: true, ignoreReturnCode: true }),
      late,
    ]);
    return { exitCode, stdout };
  } finally {
    clearTimeout(timer);
  }
}
