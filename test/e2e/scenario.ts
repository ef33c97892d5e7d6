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
}

/** Runs a scenario and prints a line for each check. */
export async function runScenario(name: string, scenario: Scenario): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 };
  console.log(`\n# ${name}: ${scenario.title}`);
  const check: Check = async (what, work) => {
    const started = Date.now();
    try {
      await work();
      tally.passed++;
      console.log(`✓ ${name}: ${what} (${formatDuration(Date.now() - started)})`);
      return true;
    } catch (error) {
      tally.failed++;
      console.log(`✗ ${name}: ${what} (${formatDuration(Date.now() - started)})\n${indent(words(error))}`);
      return false;
    }
  };
  try {
    await scenario.run(check);
  } catch (error) {
    tally.failed++;
    console.log(`✗ ${name}: the scenario could not go on\n${indent(words(error))}`);
  }
  if (tally.passed + tally.failed === 0) {
    tally.failed++;
    console.log(`✗ ${name}: no check ran`);
  }
  return tally;
}

function words(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
