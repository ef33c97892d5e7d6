import { formatDuration } from '../../sandbox/progress.ts';

/** One thing that a scenario shows; it fails when its work throws. */
export type Check = (name: string, work: () => Promise<void>) => Promise<boolean>;

export interface Scenario {
  readonly title: string;
  /** Runs the checks in order. A throw outside of a check ends the scenario and counts as one failure. */
  readonly run: (check: Check) => Promise<void>;
}

export interface Tally {
  passed: number;
  failed: number;
  /** The line that told of each failure. */
  readonly failures: string[];
}

export const emptyTally = (): Tally => ({ passed: 0, failed: 0, failures: [] });

/** Runs a scenario and prints a line for each check. */
export async function runScenario(name: string, scenario: Scenario): Promise<Tally> {
  const tally = emptyTally();
  const fail = (line: string, details = ''): void => {
    tally.failed++;
    tally.failures.push(line);
    console.log(`${line}${details}`);
  };
  console.log(`\n# ${name}: ${scenario.title}`);
  const check: Check = async (what, work) => {
    const started = Date.now();
    try {
      await work();
      tally.passed++;
      console.log(`✓ ${name}: ${what} (${formatDuration(Date.now() - started)})`);
      return true;
    } catch (error) {
      fail(`✗ ${name}: ${what} (${formatDuration(Date.now() - started)})`, `\n${indent(words(error))}`);
      return false;
    }
  };
  try {
    await scenario.run(check);
  } catch (error) {
    fail(`✗ ${name}: the scenario could not go on`, `\n${indent(words(error))}`);
  }
  if (tally.passed + tally.failed === 0) fail(`✗ ${name}: no check ran`);
  return tally;
}

function words(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
