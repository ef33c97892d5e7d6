import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../../sandbox/config.ts';
import { Progress } from '../../sandbox/progress.ts';
import { ToolProvider } from '../../sandbox/tools/provide.ts';
import { announceNothing } from '../../src/runner/mask.ts';
import type { Check } from '../../src/verify/check.ts';
import { checks } from '../../src/verify/checks/index.ts';
import { startTrial, type Trial } from '../../src/verify/livekit.fixture.ts';
import { verify } from '../../src/verify/verify.ts';
import { type Bench, type Measured, median } from './bar.ts';

const BAR_SECONDS = 1;

/** What a LiveKit without a cluster and a cloud can be asked. */
const ASKED = /^(signal|api$|health$|metrics$|pods-|node-spread$|media-|turn-)/;

/** All checks of a real LiveKit on this machine, over the one of them that takes longest, run alone. */
export const verification: Bench = {
  title: 'verify, all checks, over the slowest one alone',
  async run() {
    // This is nobody's log on GitHub.
    announceNothing();
    const bin = await mkdtemp(join(tmpdir(), 'bench-verify-'));
    try {
      const binary = await new ToolProvider(cacheDirectory(), bin, new Progress()).get('livekit-server');
      const trial = await startTrial(undefined, 'livekit-0', binary);
      try {
        const all = checks.filter(({ id }) => ASKED.test(id));
        // Loads what is loaded when first needed: else the run that comes first would pay for the other.
        await run(
          trial,
          alone(all, ({ id }) => id === 'media-udp'),
        );
        return [
          await measure(trial, 'verify, all checks, over the slowest', all, 1),
          await measure(
            trial,
            'verify without the connection that lives 35 s, over the slowest',
            all.filter(({ id }) => id !== 'signal-life'),
            3,
          ),
        ];
      } finally {
        await trial.stop();
      }
    } finally {
      await rm(bin, { recursive: true });
    }
  },
};

export const benches: readonly Bench[] = [verification];

async function measure(trial: Trial, what: string, asked: readonly Check[], rounds: number): Promise<Measured> {
  const ids = new Set(asked.map(({ id }) => id));
  const own = asked.map((check) => ({ ...check, needs: check.needs.filter((id) => ids.has(id)) }));
  const [whole, single]: [number[], number[]] = [[], []];
  // By turns, so that what else the machine does weighs on both alike.
  for (let round = 0; round < rounds; round++) {
    const report = await run(trial, own);
    whole.push(report.durationSeconds);
    const ran = report.checks.filter(({ verdict }) => verdict !== 'skip');
    const slowest = ran.toSorted((a, b) => b.durationSeconds - a.durationSeconds)[0]?.id;
    console.log(`  ${ran.length} checks in ${report.durationSeconds.toFixed(2)} s, the slowest is ${slowest}`);
    single.push(
      (
        await run(
          trial,
          alone(own, ({ id }) => id === slowest),
        )
      ).durationSeconds,
    );
  }
  const more = median(whole.map((seconds, round) => seconds - (single[round] ?? NaN)));
  return {
    what,
    value: `${more.toFixed(2)} s more (${median(whole).toFixed(2)} s, ${median(single).toFixed(2)} s)`,
    bar: `<= ${BAR_SECONDS} s more`,
    holds: more <= BAR_SECONDS,
  };
}

/** Checks without what they need, which others are. */
function alone(own: readonly Check[], which: (check: Check) => boolean): Check[] {
  return own.filter(which).map((check) => ({ ...check, needs: [] }));
}

async function run({ world }: Trial, own: readonly Check[]) {
  const options = { world, checks: own, cluster: 'bench', runUrl: undefined, timeoutSeconds: 180 };
  return verify({ ...options, signal: new AbortController().signal });
}
