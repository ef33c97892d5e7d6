import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cacheDirectory } from '../sandbox/config.ts';
import { Progress } from '../sandbox/progress.ts';
import { ToolProvider } from '../sandbox/tools/provide.ts';
import type { Check } from '../src/verify/check.ts';
import { api } from '../src/verify/checks/api.ts';
import { mediaChecks } from '../src/verify/checks/media.ts';
import { signalJoin } from '../src/verify/checks/signal-join.ts';
import { turnCredentials } from '../src/verify/checks/turn-credentials.ts';
import { turnRelay } from '../src/verify/checks/turn-relay.ts';
import { startTrial, type Trial } from '../src/verify/livekit.fixture.ts';
import { offeredServers } from '../src/verify/turn/offered.ts';

const quiet = { write: () => undefined, colour: false };

/** What verify says of LiveKit as it was: the same, but for what an old one does wrong. */
describe.each([
  ['livekit-1.8', /^1\.8\./],
  ['livekit-1.9', /^1\.9\./],
  ['livekit-server', /^1\.11\./],
])('%s', (tool, version) => {
  let bin: string;
  let trial: Trial;
  const run = (check: Check) => check.run(trial.world, AbortSignal.timeout(90_000));

  beforeAll(async () => {
    bin = mkdtempSync(join(tmpdir(), 'livekit-versions-'));
    // Built once, and kept for every run after it.
    const binary = await new ToolProvider(cacheDirectory(), bin, new Progress(quiet)).get(tool);
    trial = await startTrial(undefined, 'livekit-0', binary);
  }, 1_800_000);
  afterAll(async () => {
    await trial.stop();
    rmSync(bin, { recursive: true });
  });

  test('is the version that it is taken for', async () => {
    expect((await offeredServers(trial.world, AbortSignal.timeout(20_000))).version).toMatch(version);
  }, 30_000);

  test.each([signalJoin, api, ...mediaChecks].map((check) => [check.id, check] as const))(
    '%s passes',
    async (_, check) => {
      const { verdict, evidence } = await run(check);
      expect({ verdict, evidence }).toEqual({ verdict: 'pass', evidence: expect.any(String) });
    },
    100_000,
  );

  test('relays to everybody, which fails by its name', async () => {
    expect(await run(turnRelay)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringMatching(/ relays to 10\.0\.0\.1, .*169\.254\.169\.254/),
      cause: expect.stringContaining('LiveKit below 1.12 does not look at whom it relays to'),
    });
  }, 100_000);

  test('gives TURN credentials that never end, and refuses wrong ones', async () => {
    expect(await run(turnCredentials)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('TURN credentials that never end'),
      cause: expect.stringContaining('LiveKit below 1.12'),
    });
  }, 60_000);
});
