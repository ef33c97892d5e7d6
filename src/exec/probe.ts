import { run } from './run.ts';

/** Asks a program something short and harmless (its version), silently. Throws LK-EXEC-001 and -002. */
export async function probe(
  command: string,
  args: readonly string[],
  timeoutSeconds = 30,
): Promise<{ exitCode: number; stdout: string }> {
  // In a group of its own, so that at the time-out what a wrapper has started ends with it.
  const { exitCode, stdout } = await run(command, args, { timeoutSeconds, graceSeconds: 1, detached: true });
  return { exitCode, stdout };
}
