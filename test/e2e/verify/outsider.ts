/** Run outside, with the job as JSON on standard input: verifies as the action does, and prints the report as JSON. SIGINT cancels. */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { parseEndpoints } from '../../../src/google/endpoints.ts';
import { outputsSchema } from '../../../src/environment/outputs.ts';
import { googleClient } from '../../../src/google/request.ts';
import type { Check } from '../../../src/verify/check.ts';
import { checks } from '../../../src/verify/checks/index.ts';
import { openWorld } from '../../../src/verify/open-world.ts';
import { profileOf } from '../../../src/verify/profile.ts';
import { select } from '../../../src/verify/select.ts';
import { parseSignalTarget } from '../../../src/verify/signal-target.ts';
import { parseStunServer, parseTurnTarget } from '../../../src/verify/turn-target.ts';
import { verify } from '../../../src/verify/verify.ts';

const job = z
  .object({
    endpoints: z.string(),
    token: z.string(),
    outputs: outputsSchema,
    stunServer: z.string(),
    publicResolver: z.string(),
    checks: z.array(z.string()),
    without: z.array(z.string()),
    accept: z.array(z.string()),
    thresholds: z.object({ lossPercent: z.number(), roundTripMilliseconds: z.number(), certificateDays: z.number() }),
    patienceSeconds: z.number().optional(),
  })
  .parse(JSON.parse(await text(process.stdin)));

const cancel = new AbortController();
process.once('SIGINT', () => cancel.abort(new Error('cancelled')));
const { signal } = cancel;
const endpoints = parseEndpoints(job.endpoints);
const identity = { serviceAccount: 'the test', accessToken: () => Promise.resolve(job.token) };
const world = await openWorld({
  google: googleClient(identity as Parameters<typeof googleClient>[0], endpoints),
  environment: 'dev',
  outputs: job.outputs,
  namespace: 'livekit',
  release: 'livekit-server',
  signalTarget: parseSignalTarget(undefined, job.outputs.domain),
  turnTarget: parseTurnTarget(undefined, job.outputs.turn_domain),
  controlStun: parseStunServer(job.stunServer),
  publicResolver: job.publicResolver,
  thresholds: job.thresholds,
  profile: profileOf('auto', 'dev'),
  signal,
});
const patient = (check: Check): Check =>
  check.converges === true && job.patienceSeconds !== undefined
    ? { ...check, timeoutSeconds: Math.min(check.timeoutSeconds, job.patienceSeconds) }
    : check;
try {
  const report = await verify({
    world,
    checks: select(checks, job.checks)
      .filter(({ id }) => !job.without.includes(id))
      .map(patient),
    cluster: world.outputs.cluster_name,
    runUrl: undefined,
    timeoutSeconds: 120,
    accept: new Set(job.accept),
    signal,
    onStray: (words) => console.log(`left behind: ${words}`),
    onOutcome: ({ id }) => console.log(`done ${id}`),
  });
  // The secrets that were masked went to standard output before it: the report is the last line.
  console.log(`\n${JSON.stringify(report)}`);
  process.exit(0);
} catch (error) {
  console.log(`\n${signal.aborted ? 'cancelled' : String(error)}`);
  process.exit(1);
}
