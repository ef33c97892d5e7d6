import { join } from 'node:path';
import { Failure } from '../../src/failure/failure.ts';
import type { GitHubClient } from '../../src/github/client.ts';
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
import { savedState, saveState, setOutput } from '../../src/runner/outputs.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../src/runner/own-directory.ts';
import { addSummary } from '../../src/runner/summary.ts';
import type { RunningApply } from '../../src/terraform/interrupted-apply.ts';
import type { Report } from '../../src/terraform/render/comment.ts';
import type { Reviewed } from '../../src/terraform/reviewed-plan.ts';
import type { Workplace } from '../../src/terraform/workplace.ts';

type Inputs = ReturnType<typeof readInputs>;

/** What is known so far, so that a failure can be told where the pull request's readers look. */
interface Progress {
  pullRequest?: number;
}

const MAX_DESTROY = { min: 0, max: 100_000 };

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
    compare: choiceInput('compare', ['always', 'when-stale'], 'always'),
    plan: optionalInput('plan'),
    maxAgeHours: integerInput('max-plan-age-hours', 168, { min: 1, max: 8760 }),
    variables: linesInput('variables'),
    allowDestroy: booleanInput('allow-destroy', false),
    allowDestroyLabel: optionalInput('allow-destroy-label'),
    maxDestroy: optionalInput('max-destroy') === undefined ? undefined : integerInput('max-destroy', 0, MAX_DESTROY),
    protectedTypes: namesOf(optionalInput('protected-types') ?? ''),
    protectedEnvironments: optionalInput('protected-environments') ?? 'prd',
    policy: optionalInput('policy'),
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
  const { environmentOfJob } = await import('../../src/github/job-token.ts');
  const { checkGitHubEnvironment } = await import('../../src/terraform/guards/github-environment.ts');
  const { openWorkplace, engineTitle } = await import('../../src/terraform/workplace.ts');
  const { parseVariables } = await import('../../src/terraform/variables.ts');
  const { askGuards } = await import('../../src/terraform/ask-guards.ts');
  const { applyPlan } = await import('../../src/terraform/apply-plan.ts');
  const { publishResult } = await import('../../src/terraform/publish-environment.ts');
  const { applyReport } = await import('../../src/terraform/apply-report.ts');
  const { environment } = inputs;
  const gitHubEnvironment = () => environmentOfJob(context.idToken);
  const protectedEnvironments = namesOf(inputs.protectedEnvironments);
  if (protectedEnvironments.includes(environment))
    checkGitHubEnvironment(environment, protectedEnvironments, await gitHubEnvironment());
  const variables = parseVariables(inputs.variables);
  const place = await step(
    'Sign in and get the engine',
    () =>
      openWorkplace(
        {
          ...inputs,
          variables,
          processEnvironment: process.env,
          onCredentialsFile: (path: string) => saveState('credentials-file', path),
        },
        context,
        signal,
      ),
    ({ engine, identity }) => `${engineTitle(engine)} as ${identity.serviceAccount ?? 'the job’s own identity'}`,
  );
  const reviewed = await step(
    'Find the reviewed plan',
    () => find(inputs, context, github, place, progress),
    ({ source, plan }) =>
      plan === undefined
        ? `Pull request ${progress.pullRequest} has no plan; those merged before it since the last apply have`
        : `The plan of ${source === 'run' ? 'this run' : `pull request ${progress.pullRequest}`}, made by ${plan.stored.envelope.run.url}`,
  );
  const directory = await makeOwnDirectory(context.temporaryDirectory, 'terraform-apply');
  const logFile = join(directory, `${environment}-apply.log`);
  let running: RunningApply | undefined;
  const applied = await applyPlan(place, reviewed, {
    compare: inputs.compare,
    file: join(directory, `${environment}.tfplan`),
    newFile: join(directory, `${environment}-new.tfplan`),
    logFile,
    lockTimeout: inputs.lockTimeout,
    maxAgeHours: inputs.maxAgeHours,
    haveSecrets: inputs.secrets.key !== undefined && inputs.secrets.secret !== undefined,
    givenVariables: [...Object.keys(variables), ...variablesOf(process.env)],
    commit: context.sha,
    runUrl: context.runUrl,
    guard: await askGuards({
      workspace: context.workspace,
      policy: inputs.policy,
      protectedTypes: inputs.protectedTypes,
      maxDestroy: inputs.maxDestroy,
      label: inputs.allowDestroyLabel,
      github: () => github,
      allowDestroy: inputs.allowDestroy,
      gitHubEnvironment,
    }),
    onStart: (child, planFile) => {
      running = {
        child,
        startedAt: new Date().toISOString(),
        logFile,
        environment,
        repositoryPath: place.repositoryPath,
        engine: place.engine.name,
        enginePath: place.engine.path,
        directory: place.engine.directory,
        planFile,
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
  const stored = reviewed.plan?.stored;
  setOutput('applied', applied.kind === 'applied');
  setOutput('source', reviewed.source);
  setOutput('replanned', applied.replanned);
  setOutput('plan-path', stored === undefined ? '' : `gs://${place.bucket.name}/${stored.path}.tfplan`);
  setOutput('plan-digest', applied.digest);
  const { counts } = applied.model;
  for (const name of ['add', 'change', 'destroy', 'replace'] as const) setOutput(name, counts[name]);
  const mode = stored?.envelope.mode ?? 'apply';
  const published = applied.failure === undefined ? await publishResult(place, context.sha, mode) : undefined;
  setOutput('outputs-path', published?.uri ?? '');
  setOutput('outputs-generation', published?.generation ?? '');
  const report = applyReport(place, reviewed, applied, {
    serverUrl: context.serverUrl,
    repository: `${context.repository.owner}/${context.repository.name}`,
    url: context.runUrl,
    commit: context.sha,
    outputsUri: published?.uri,
  });
  if (applied.kind === 'differs') {
    const { differenceLines } = await import('../../src/terraform/render/difference.ts');
    for (const line of differenceLines(applied.differences)) log.info(line);
  }
  if (applied.failure !== undefined) told.add(applied.failure);
  setOutput('comment-url', await tell(inputs, github, progress.pullRequest, { kind: 'apply', report }));
  if (applied.failure !== undefined) throw applied.failure;
}

/** The plan of the merged pull request, or of this run when the input `plan` names it. */
async function find(
  inputs: Inputs,
  context: Context,
  github: GitHubClient,
  place: Workplace,
  progress: Progress,
): Promise<Reviewed> {
  const { findReviewed, findRunPlan, checkRunPlanEvent } = await import('../../src/terraform/reviewed-plan.ts');
  const { environment, maxAgeHours } = inputs;
  const { sha: commit, runId, ref, repository } = context;
  if (inputs.plan !== undefined) {
    checkRunPlanEvent(context);
    const wanted = { environment, repository: `${repository.owner}/${repository.name}`, commit, runId };
    return findRunPlan(place.bucket, inputs.plan, wanted);
  }
  const wanted = { environment, commit, branch: ref.replace(/^refs\/heads\//, ''), maxAgeHours };
  return findReviewed(github, place.bucket, wanted, (number) => (progress.pullRequest = number));
}

/** Names between commas, spaces or line ends; `none` for no name at all. */
function namesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '' && name !== 'none');
}

/** Names of the Terraform variables that the job's environment gives. */
const variablesOf = (environment: NodeJS.ProcessEnv) =>
  Object.keys(environment).flatMap((name) => (name.startsWith('TF_VAR_') ? [name.slice('TF_VAR_'.length)] : []));

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
  const { hideSecretVariables } = await import('../../src/terraform/hide-secret-variables.ts');
  const { parseVariables } = await import('../../src/terraform/variables.ts');
  const { variableEnvironment } = await import('../../src/terraform/environment.ts');
  const variables = variableEnvironment(parseVariables(inputs.variables));
  await hideSecretVariables(running.directory, { ...process.env, ...variables });
  const failure = await awaitApply(running, {
    environment: process.env,
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
