import { join } from 'node:path';
import { Failure } from '../../src/failure/failure.ts';
import type { GitHubClient } from '../../src/github/client.ts';
import type { Action } from '../../src/runner/action.ts';
import { type Context, readContext } from '../../src/runner/context.ts';
import { log, step } from '../../src/runner/log.ts';
import { saveState, setOutput } from '../../src/runner/outputs.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../src/runner/own-directory.ts';
import type { RunningApply } from '../../src/terraform/interrupted-apply.ts';
import type { Reviewed } from '../../src/terraform/reviewed-plan.ts';
import type { Workplace } from '../../src/terraform/workplace.ts';
import { afterMain } from './after-main.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { tell } from './tell.ts';

/** What is known so far, so that a failure can be told where the pull request's readers look. */
interface Progress {
  pullRequest?: number;
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
      const { failureReport } = await import('../../src/terraform/failure-report.ts');
      const what = { environment: inputs.environment, doing: 'apply', failure: error, commit: context.sha } as const;
      await tell(inputs, github, progress.pullRequest, failureReport(context, what));
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
  const { protectedEnvironments } = inputs;
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

/** Names of the Terraform variables that the job's environment gives. */
const variablesOf = (environment: NodeJS.ProcessEnv) =>
  Object.keys(environment).flatMap((name) => (name.startsWith('TF_VAR_') ? [name.slice('TF_VAR_'.length)] : []));

const post = () => afterMain(process.env);

export const action: Action = { name: 'terraform-apply', main, post };
