import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { attempt } from '../../sandbox/command.ts';

const root = join(import.meta.dirname, '..', '..');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');

const report = z.object({
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});

/**
 * Runs the integration tests (`*.itg.test.ts`) whose paths match the pattern, with the tools of `bin`; that there are none
 * is a failure too. Answers what each test shows, as a sentence.
 */
export async function integrationTests(
  pattern: string,
  bin: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'integration-tests-'));
  try {
    const file = join(directory, 'report.json');
    const { code, stderr } = await attempt(
      process.execPath,
      [
        jest,
        '--testMatch',
        pattern,
        '--testPathIgnorePatterns',
        '/node_modules/',
        '--ci',
        // The programs that they start want the other core, and all of it may run beside other scenarios.
        ...['--maxWorkers', '1', '--testTimeout', '60000'],
        '--json',
        '--outputFile',
        file,
      ],
      {
        cwd: root,
        timeoutSeconds: 1200,
        env: {
          NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
          LIVEKIT_GKE_TEST_BIN: bin,
          ACT: join(bin, 'act'),
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          ...environment,
        },
      },
    );
    const json = await readFile(file, 'utf8').catch(() => '{"numPassedTests":0,"testResults":[]}');
    const { numPassedTests: ran, testResults } = report.parse(JSON.parse(json));
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = tests.filter(({ status }) => status === 'failed').map(inWords);
    // The first failure is often what the others come from. A file that could not be read at all has no tests.
    const words = failed.length > 0 ? failed.slice(0, 5).join('\n') : stderr.slice(-4000);
    assert.ok(code === 0 && ran > 0, `${ran} tests passed, ${failed.length} failed, exit status ${code}:\n${words}`);
    return tests.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const inWords = ({ fullName, failureMessages }: { fullName: string; failureMessages: readonly string[] }) =>
  `● ${fullName}\n${stripVTControlCharacters(failureMessages.join('\n')).slice(0, 1500)}`;
