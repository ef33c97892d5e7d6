import { join } from 'node:path';
import { Failure } from '../../src/failure/failure.ts';
import type { GitHubClient } from '../../src/github/client.ts';
import type { Action } from '../../src/runner/action.ts';
import { type Context, readContext } from '../../src/runner/context.ts';
import {
  booleanInput,
  choiceInput,
  linesInput,
  optionalInput,
  patternInput,
  requiredInput,
  secretInput,
} from '../../src/runner/inputs.ts';
import { log, step } from '../../src/runner/log.ts';
import { savedState, saveState, setOutput } from '../../src/runner/outputs.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../src/runner/own-directory.ts';
import { addSummary } from '../../src/runner/summary.ts';
import type { Applied } from '../../src/terraform/apply-plan.ts';
import type { RunningApply } from '../../src/terraform/interrupted-apply.ts';
import type { Report } from '../../src/terraform/render/comment.ts';
import type { ApplyReport } from '../../src/terraform/render/report.ts';
import type { ReviewedPlan } from '../../src/terraform/reviewed-plan.ts';
import type { Workplace } from '../../src/terraform/workplace.ts';

type Inputs = ReturnType<typeof readInputs>;

/** What is known so far, so that a failure can be told where the pull request's readers look. */
interface Progress {
  pullRequest?: number;
}

function readInputs() {
  const environment = requiredInput('environment');
  return {
    environment,
    bucket: requiredInput('bucket'),
    workingDirectory: optionalInput('working-directory') ?? `terraform/environments/${environment}`,
    engine: choiceInput('engine', ['terraform', 'tofu'], 'terraform'),
    engineVersion: optionalInput('terraform-version'),
    backendConfig: linesInput('backend-config'),
    workloadIdentityProvider: optionalInput('workload_identity_provider'),
    serviceAccount: optionalInput('service_account'),
    secrets: { key: secretInput('livekit-api-key'), secret: secretInput('livekit-api-secret') },
    githubToken: secretInput('github-token'),
    lockTimeout: patternInput('lock-timeout', /^\d+[smh]$/, 'a duration such as 30s or 5m', '5m'),
    comment: booleanInput('comment', true),
    unlock: choiceInput('unlock', ['never', 'own'], 'never'),
  };
}

async function main(signal: AbortSignal): Promise<void> {
  const inputs = readInputs();
  const context = readContext();
  const { githubClient } = await import('../../src/github/client.ts');
  const github = githubClient({ token: inputs.githubToken, apiUrl: context.apiUrl, repository: context.repository });
  const progress: Progress = {};
  try {
    await apply(inputs, context, github, progress, signal);
  } catch (error) {
    // A refusal or a failed preparation; what Terraform itself could not apply has been told already.
    if (error instanceof Failure && !told.has(error)) {
      const report = {
        environment: inputs.environment,
        doing: 'apply',
        failure: error,
        runUrl: context.runUrl,
      } as const;
      await tell(inputs, github, progress.pullRequest, { kind: 'failure', report });
    }
    throw error;
  } finally {
    // Elsewhere there is no post step.
    if (!context.onGitHub) await removeOwnDirectory();
  }
}

/** Failures that comment and summary show already. */
const told = new WeakSet<Failure>();

async function apply(
  inputs: Inputs,
  context: Context,
  github: GitHubClient,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { openWorkplace, engineTitle } = await import('../../src/terraform/workplace.ts');
  const { findReviewedPlan } = await import('../../src/terraform/reviewed-plan.ts');
  const { applyPlan, publishEnvironment } = await import('../../src/terraform/apply-plan.ts');
  const { environment } = inputs;
  const options = {
    ...inputs,
    variables: {},
    processEnvironment: process.env,
    onCredentialsFile: (path: string) => saveState('credentials-file', path),
  };
  const place = await step(
    'Sign in and get the engine',
    () => openWorkplace(options, context, signal),
    ({ engine, identity }) => `${engineTitle(engine)} as ${identity.serviceAccount ?? 'the job’s own identity'}`,
  );
  const reviewed = await step(
    'Find the reviewed plan',
    () =>
      findReviewedPlan(
        github,
        place.bucket,
        { environment, commit: context.sha },
        (number) => (progress.pullRequest = number),
      ),
    ({ pullRequest, stored }) => `The plan of pull request ${pullRequest.number}, made by ${stored.envelope.run.url}`,
  );
  const directory = await makeOwnDirectory(context.temporaryDirectory, 'terraform-apply');
  const file = join(directory, `${environment}.tfplan`);
  const logFile = join(directory, `${environment}-apply.log`);
  let running: RunningApply | undefined;
  const applied = await applyPlan(place, reviewed.stored, {
    file,
    logFile,
    lockTimeout: inputs.lockTimeout,
    haveSecrets: inputs.secrets.key !== undefined && inputs.secrets.secret !== undefined,
    runUrl: context.runUrl,
    onStart: (child) => {
      running = {
        child,
        startedAt: new Date().toISOString(),
        logFile,
        environment,
        repositoryPath: place.repositoryPath,
        engine: place.engine.name,
        pullRequest: progress.pullRequest,
      };
      saveState('running-apply', JSON.stringify(running));
    },
  });
  // After a failure post looks for a lock that is left.
  saveState(
    'running-apply',
    running === undefined || applied.failure === undefined ? '' : JSON.stringify({ ...running, told: true }),
  );
  const { envelope, path } = reviewed.stored;
  setOutput('applied', applied.kind === 'applied');
  setOutput('plan-path', `gs://${place.bucket.name}/${path}.tfplan`);
  setOutput('plan-digest', envelope.plan.sha256);
  for (const [name, count] of Object.entries(envelope.counts)) setOutput(name, count);
  const published =
    applied.failure === undefined ? await publish(() => publishEnvironment(place, context.sha)) : undefined;
  setOutput('outputs-path', published?.uri ?? '');
  setOutput('outputs-generation', published?.generation ?? '');
  const report = applyReport(place, context, reviewed, applied, published?.uri, engineTitle(place.engine));
  if (applied.failure !== undefined) told.add(applied.failure);
  setOutput('comment-url', await tell(inputs, github, progress.pullRequest, { kind: 'apply', report }));
  if (applied.failure !== undefined) throw applied.failure;
}

/** A failure here comes after the apply, and must not read as one of the apply. */
const publish = <T extends { uri: string; generation: string }>(work: () => Promise<T>) =>
  step(
    'Publish the environment’s outputs',
    work,
    ({ uri, generation }) => `Outputs in ${uri}, generation ${generation}`,
  ).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    const { code, message, why, fix, evidence } = error;
    const what = `${message} The plan itself is done: nothing of it is left to apply.`;
    throw new Failure(code, {
      what,
      why,
      fix: `${fix} Then run this job again; it only publishes.`,
      evidence,
      cause: error,
    });
  });

function applyReport(
  place: Workplace,
  context: Context,
  { stored: { envelope, path } }: ReviewedPlan,
  applied: Applied,
  outputsUri: string | undefined,
  engine: string,
): ApplyReport {
  const { model, warnings, durationSeconds, failure, kind } = applied;
  return {
    plan: {
      environment: place.environment,
      model,
      warnings,
      repositoryPath: place.repositoryPath,
      origin: {
        commit: envelope.commits.head,
        commitUrl: `${context.serverUrl}/${envelope.repository}/commit/${envelope.commits.head}`,
        engine,
        stateSerial: envelope.state.first ? undefined : envelope.state.serial,
        digest: envelope.plan.sha256,
        planUri: `gs://${place.bucket.name}/${path}.tfplan`,
        runUrl: envelope.run.url,
      },
    },
    runUrl: context.runUrl,
    durationSeconds,
    result:
      kind === 'failed' && failure !== undefined ? { kind, failure } : { kind: kind === 'failed' ? 'applied' : kind },
    outputsUri,
  };
}

/** Comment and summary; gives the comment's URL, empty when there is none. */
async function tell(
  inputs: Inputs,
  github: GitHubClient,
  pullRequest: number | undefined,
  report: Report,
): Promise<string> {
  const { summaryText } = await import('../../src/terraform/render/comment.ts');
  const { commentReport } = await import('../../src/terraform/comment-report.ts');
  const comment = async () =>
    pullRequest === undefined || !inputs.comment
      ? undefined
      : commentReport(() => github, pullRequest, inputs.environment, report);
  const [posted] = await Promise.all([comment(), addSummary(summaryText(report))]);
  if (posted !== undefined) log.info(`Comment: ${posted.url}`);
  return posted?.url ?? '';
}

async function post(): Promise<void> {
  // This is another process: the log that it reads may quote what main has masked.
  for (const name of ['livekit-api-key', 'livekit-api-secret', 'github-token']) secretInput(name);
  const running = savedState('running-apply');
  try {
    if (running !== '') await afterApply(JSON.parse(running) as RunningApply);
  } finally {
    // Only now: Terraform needs the credentials to end in order.
    const { signOut } = await import('../../src/google/identity.ts');
    await signOut(savedState('credentials-file'));
    await removeOwnDirectory();
  }
}

/** What became of an apply that main could not wait for, and of its lock: told where the pull request's readers look. */
async function afterApply(running: RunningApply): Promise<void> {
  const inputs = readInputs();
  const context = readContext();
  const { awaitApply } = await import('../../src/terraform/interrupted-apply.ts');
  const failure = await awaitApply(running, {
    unlock: inputs.unlock,
    bucket: async () => {
      const { withFile } = await import('../../src/google/identity.ts');
      const { openBucket } = await import('../../src/google/storage.ts');
      const { parseEndpoints } = await import('../../src/google/endpoints.ts');
      const file = savedState('credentials-file') || (context.googleCredentialsFile ?? '');
      return openBucket(inputs.bucket, await withFile(file, false, undefined), parseEndpoints(context.endpoints));
    },
  });
  if (failure === undefined) return;
  const { githubClient } = await import('../../src/github/client.ts');
  const github = githubClient({ token: inputs.githubToken, apiUrl: context.apiUrl, repository: context.repository });
  const { environment } = running;
  const report = { environment, doing: 'apply', failure, runUrl: context.runUrl } as const;
  await tell(inputs, github, running.pullRequest, { kind: 'failure', report });
}

export const action: Action = { name: 'terraform-apply', main, post };
