import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { attempt } from '../../sandbox/command.ts';
import { up } from '../../sandbox/up.ts';
import type { Scenario } from './scenario.ts';

const root = join(import.meta.dirname, '..', '..');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');

/** Each part of the suite and of the sandbox against the real programs that it talks to. */
export const scenario: Scenario = {
  title: 'the parts against real programs: Terraform, act, fake-gcs-server, LiveKit',
  async run(check) {
    const { bin } = await up();
    for (const [name, folder] of [
      ['verify against LiveKit', 'src/verify'],
      ['the Google stand-in in front of fake-gcs-server', 'sandbox/google'],
      ['Terraform with the provider and Google stand-ins', 'sandbox/provider'],
      ['workflow files run by act', 'sandbox/workflow'],
    ] as const) {
      await check(name, () => integrationTests(folder, bin));
    }
  },
};

/** Runs the folder's `*.itg.test.ts`; that there are none is a failure too. */
async function integrationTests(folder: string, bin: string): Promise<void> {
  const { code, stderr } = await attempt(
    process.execPath,
    [jest, '--testMatch', `**/${folder}/**/*.itg.test.ts`, '--testPathIgnorePatterns', '/node_modules/', '--ci'],
    {
      cwd: root,
      timeoutSeconds: 600,
      env: {
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
        LIVEKIT_GKE_TEST_BIN: bin,
        ACT: join(bin, 'act'),
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      },
    },
  );
  const ran = Number(/^Tests:.*?(\d+) passed/m.exec(stderr)?.[1] ?? 0);
  assert.ok(code === 0 && ran > 0, `${ran} tests passed, exit status ${code}:\n${stderr.slice(-4000)}`);
}
