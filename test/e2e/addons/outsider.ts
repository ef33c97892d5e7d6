/** Run outside, with the job as JSON on standard input: verifies add-ons as the action does, and prints the report as JSON. */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { outputsSchema } from '../../../src/environment/outputs.ts';
import { parseEndpoints } from '../../../src/google/endpoints.ts';
import { googleClient } from '../../../src/google/request.ts';
import { parseAddons } from '../../../src/verify/addons.ts';
import { checksOf } from '../../../src/verify/checks/addons/index.ts';
import { checks } from '../../../src/verify/checks/index.ts';
import { openWorld } from '../../../src/verify/open-world.ts';
import { select } from '../../../src/verify/select.ts';
import { parseSignalTarget } from '../../../src/verify/signal-target.ts';
import { parseStunServer, parseTurnTarget } from '../../../src/verify/turn-target.ts';
import { verify } from '../../../src/verify/verify.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/verify/world.ts';

const job = z
  .object({
    endpoints: z.string(),
    token: z.string(),
    outputs: outputsSchema,
    stunServer: z.string(),
    addons: z.array(z.string()),
    checks: z.array(z.string()),
  })
  .parse(JSON.parse(await text(process.stdin)));

const { signal } = new AbortController();
const addons = parseAddons(job.addons);
const identity = { serviceAccount: 'the test', accessToken: () => Promise.resolve(job.token) };
const world = await openWorld({
  google: googleClient(identity as Parameters<typeof googleClient>[0], parseEndpoints(job.endpoints)),
  environment: 'dev',
  outputs: job.outputs,
  namespace: 'livekit',
  release: 'livekit-server',
  signalTarget: parseSignalTarget(undefined, job.outputs.domain),
  turnTarget: parseTurnTarget(undefined, job.outputs.turn_domain),
  controlStun: parseStunServer(job.stunServer),
  // No check of an add-on asks it.
  publicResolver: '192.0.2.53',
  thresholds: { ...DEFAULT_THRESHOLDS, certificateDays: 1 },
  addons,
  profile: undefined,
  signal,
});
const report = await verify({
  world,
  // Of LiveKit's own those that the add-ons' checks need.
  checks: select([...checks, ...checksOf(addons)], job.checks.length > 0 ? job.checks : addons.map(({ name }) => name)),
  cluster: world.outputs.cluster_name,
  runUrl: undefined,
  timeoutSeconds: 240,
  signal,
});
// The secrets that were masked went to standard output before it: the report is the last line.
console.log(`\n${JSON.stringify(report)}`);
process.exit(0);
