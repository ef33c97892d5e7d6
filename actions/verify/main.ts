import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, reason } from '../../src/failure/failure.ts';
import type { Bucket } from '../../src/google/storage.ts';
import type { Action } from '../../src/runner/action.ts';
import { type Context, readContext } from '../../src/runner/context.ts';
import {
  booleanInput,
  choiceInput,
  integerInput,
  linesInput,
  optionalInput,
  patternInput,
  requiredInput,
  secretInput,
} from '../../src/runner/inputs.ts';
import { log, step } from '../../src/runner/log.ts';
import { redact } from '../../src/runner/mask.ts';
import { savedState, saveState, setOutput } from '../../src/runner/outputs.ts';
import { addSummary } from '../../src/runner/summary.ts';
import type { Comparison } from '../../src/verify/comparison.ts';
import type { Report } from '../../src/verify/report.ts';
import type { World } from '../../src/verify/world.ts';

const NAME = /^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/;
const ADDRESS = /^[\da-f.:]+$/i;
const NAME_FORM = 'lower-case letters, digits and hyphens, 53 at most';

/** What is told besides the verdict must not hold the job up. */
const BESIDES_SECONDS = 15;

function readInputs() {
  return {
    environment: requiredInput('environment'),
    bucket: requiredInput('bucket'),
    workloadIdentityProvider: optionalInput('workload_identity_provider'),
    serviceAccount: optionalInput('service_account'),
    namespace: patternInput('namespace', NAME, NAME_FORM, 'livekit'),
    release: patternInput('release', NAME, NAME_FORM, 'livekit-server'),
    signalUrl: optionalInput('signal-url'),
    addons: linesInput('addons'),
    checks: (optionalInput('checks') ?? '').split(/[\s,]+/).filter((word) => word !== ''),
    turnAddress: optionalInput('turn-address'),
    stunServer: optionalInput('stun-server'),
    publicResolver: patternInput('public-resolver', ADDRESS, 'an IP address', '8.8.8.8'),
    accept: (optionalInput('accept') ?? '').split(/[\s,]+/).filter((word) => word !== ''),
    thresholds: {
      lossPercent: integerInput('max-loss-percent', 5, { min: 0, max: 100 }),
      roundTripMilliseconds: integerInput('max-round-trip-ms', 400, { min: 1, max: 10_000 }),
      certificateDays: integerInput('min-certificate-days', 14, { min: 0, max: 365 }),
    },
    githubToken: secretInput('github-token'),
    checkRun: booleanInput('check-run', true),
    comment: booleanInput('comment', true),
    profile: choiceInput('profile', ['auto', 'dev', 'stg', 'prd', 'none'], 'auto'),
    failOn: choiceInput('fail-on', ['fail', 'warn', 'never'], 'fail'),
    timeoutSeconds: integerInput('timeout-seconds', 180, { min: 5, max: 3600 }),
  };
}

async function main(signal: AbortSignal): Promise<void> {
  const inputs = readInputs();
  const context = readContext();
  const { checks } = await import('../../src/verify/checks/index.ts');
  const { acceptable, select } = await import('../../src/verify/select.ts');
  const { parseStunServer } = await import('../../src/verify/turn-target.ts');
  const { checksOf } = await import('../../src/verify/checks/addons/index.ts');
  const { parseAddons } = await import('../../src/verify/addons.ts');
  const addons = parseAddons(inputs.addons);
  const known = [...checks, ...checksOf(addons)];
  const selected = select(known, inputs.checks);
  const accept = acceptable(known, inputs.accept);
  const controlStun = parseStunServer(inputs.stunServer);

  const { world, bucket } = await step(
    'Sign in and read the environment',
    async () => {
      const { parseEndpoints } = await import('../../src/google/endpoints.ts');
      const { jobIdentity } = await import('../../src/google/job-identity.ts');
      const { googleClient } = await import('../../src/google/request.ts');
      const { openBucket } = await import('../../src/google/storage.ts');
      const { readOutputs } = await import('../../src/environment/outputs.ts');
      const { openWorld } = await import('../../src/verify/open-world.ts');
      const { profileOf } = await import('../../src/verify/profile.ts');
      const { parseSignalTarget } = await import('../../src/verify/signal-target.ts');
      const { parseTurnTarget } = await import('../../src/verify/turn-target.ts');
      const endpoints = parseEndpoints(context.endpoints);
      const identity = await jobIdentity(inputs, context, endpoints, saveState);
      const bucket = await openBucket(inputs.bucket, identity, endpoints);
      const { outputs } = await readOutputs(bucket, inputs.environment);
      const world = await openWorld({
        google: googleClient(identity, endpoints),
        environment: inputs.environment,
        outputs,
        namespace: inputs.namespace,
        release: inputs.release,
        signalTarget: parseSignalTarget(inputs.signalUrl, outputs.domain),
        turnTarget: parseTurnTarget(inputs.turnAddress, outputs.turn_domain),
        controlStun,
        publicResolver: inputs.publicResolver,
        thresholds: inputs.thresholds,
        profile: profileOf(inputs.profile, inputs.environment),
        addons,
        signal,
      });
      return { world, bucket };
    },
    ({ world: { outputs } }) =>
      `Signed in; ${inputs.environment} is the cluster ${outputs.cluster_name} in ${outputs.cluster_location}`,
  );

  const { assertAcceptable, verify } = await import('../../src/verify/verify.ts');
  const { renderLog, renderSummary } = await import('../../src/verify/render.ts');
  const found = await step(`Run ${selected.length} checks`, () =>
    verify({
      world,
      checks: selected,
      cluster: world.outputs.cluster_name,
      runUrl: context.onGitHub ? context.runUrl : undefined,
      timeoutSeconds: inputs.timeoutSeconds,
      accept,
      signal,
      onStray: (words) => log.info(`A library left an error behind, which no check waits for: ${words}`),
      onOutcome: (outcome) => log.info(`${outcome.verdict}: ${outcome.id} (${outcome.durationSeconds.toFixed(2)} s)`),
    }),
  );

  const report = { ...found, ...(await sinceLastRun(bucket, found, context.onGitHub)) };
  const path = join(context.temporaryDirectory, `livekit-verify-${inputs.environment}.json`);
  await writeFile(path, redact(`${JSON.stringify(report, null, 2)}\n`));
  const { renderJunit } = await import('../../src/verify/junit.ts');
  const junit = join(context.temporaryDirectory, `livekit-verify-${inputs.environment}.xml`);
  await writeFile(junit, redact(renderJunit(report)));
  setOutput('junit', junit);
  setOutput('page', await writePage(world, report, context.temporaryDirectory));
  setOutput('verdict', report.verdict);
  for (const [name, count] of Object.entries(report.counts)) setOutput(name, count);
  setOutput('report', path);
  log.info(renderLog(report));
  if (context.onGitHub) await addSummary(renderSummary(report));
  if (context.onGitHub) await publish(inputs, context, report);
  for (const check of report.checks) {
    if (check.verdict === 'warn' || check.verdict === 'inconclusive') log.warning(`${check.id}: ${check.evidence}`);
  }
  const passing = report.checks.filter(({ id, verdict }) => accept.has(id) && verdict === 'pass').map(({ id }) => id);
  if (passing.length > 0) log.notice(`The input accept names ${passing.join(', ')}, which passed: take it out.`);
  assertAcceptable(report, inputs.failOn);
}

/** What changed since the last run; that it cannot be told is a notice. On a laptop, elsewhere in the net, nothing is kept. */
async function sinceLastRun(bucket: Bucket, report: Report, keep: boolean): Promise<{ comparison?: Comparison }> {
  const { compareWithLast } = await import('../../src/verify/last-results.ts');
  try {
    const comparison = await within(BESIDES_SECONDS, compareWithLast(bucket, report, keep));
    return comparison === undefined ? {} : { comparison };
  } catch (error) {
    const why = error instanceof Failure ? `${error.message} ${error.fix ?? ''}`.trim() : reason(error);
    log.notice(`What changed since the last run cannot be told: ${why}`);
    return {};
  }
}

/** To where people look: the commit, and the pull request whose event this is. */
async function publish(inputs: ReturnType<typeof readInputs>, context: Context, report: Report): Promise<void> {
  const { publishCheckRun, publishComment } = await import('../../src/verify/publish.ts');
  const { githubClient } = await import('../../src/github/client.ts');
  const { pullRequestOfEvent } = await import('../../src/github/pull-request.ts');
  const { apiUrl, repository, runUrl, eventName } = context;
  const client = () => githubClient({ token: inputs.githubToken, apiUrl, repository, timeoutSeconds: BESIDES_SECONDS });
  // The commit that such an event names is a merge that nobody sees.
  const pullRequest = eventName.startsWith('pull_request') ? pullRequestOfEvent(context.event) : undefined;
  const at = { headSha: pullRequest?.headSha ?? context.sha, runUrl, failOn: inputs.failOn };
  const [checkRun, comment] = await Promise.all([
    inputs.checkRun ? publishCheckRun(client, report, at) : undefined,
    inputs.comment && pullRequest !== undefined ? publishComment(client, report, pullRequest.number) : undefined,
  ]);
  if (checkRun !== undefined) log.info(`Check run: ${checkRun}`);
  if (comment !== undefined) log.info(`Comment: ${comment}`);
  setOutput('check-run-url', checkRun ?? '');
  setOutput('comment-url', comment ?? '');
}

/** The page, and its path. Without the workload (it could not be read) the picture shows no nodes. */
async function writePage(world: World, report: Report, directory: string): Promise<string> {
  const { renderPage } = await import('../../src/verify/page/page.ts');
  const { sceneOf } = await import('../../src/verify/page/scene.ts');
  const workload = await within(BESIDES_SECONDS, world.workload()).catch(() => undefined);
  const path = join(directory, `livekit-verify-${report.environment}.html`);
  await writeFile(path, redact(renderPage(report, sceneOf(world, workload))));
  return path;
}

async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function post(): Promise<void> {
  const { signOut } = await import('../../src/google/identity.ts');
  await signOut(savedState('credentials-file'));
}

export const action: Action = { name: 'verify', main, post };
