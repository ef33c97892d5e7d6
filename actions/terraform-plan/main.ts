import { join } from 'node:path';
import { Failure } from '../../src/failure/failure.ts';
import type { PullRequest } from '../../src/github/pull-request.ts';
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
import type { MadePlan } from '../../src/terraform/make-plan.ts';
import type { Report } from '../../src/terraform/render/comment.ts';
import type { Origin } from '../../src/terraform/render/report.ts';
import type { Workplace } from '../../src/terraform/workplace.ts';

type Inputs = ReturnType<typeof readInputs>;

function readInputs() {
  const environment = requiredInput('environment');
  return {
    environment,
    bucket: requiredInput('bucket'),
    workingDirectory: optionalInput('working-directory') ?? `terraform/environments/${environment}`,
    engine: choiceInput('engine', ['terraform', 'tofu'], 'terraform'),
    engineVersion: optionalInput('terraform-version'),
    variables: linesInput('variables'),
    backendConfig: linesInput('backend-config'),
    workloadIdentityProvider: optionalInput('workload_identity_provider'),
    serviceAccount: optionalInput('service_account'),
    githubToken: secretInput('github-token'),
    lock: booleanInput('lock', false),
    lockTimeout: patternInput('lock-timeout', /^\d+[smh]$/, 'a duration such as 30s or 5m', '5m'),
    comment: booleanInput('comment', true),
  };
}

async function main(signal: AbortSignal): Promise<void> {
  const inputs = readInputs();
  const context = readContext();
  const pullRequest = await readPullRequest(context);
  try {
    await plan(inputs, context, pullRequest, signal);
  } catch (error) {
    if (error instanceof Failure && !signal.aborted) {
      const report = {
        environment: inputs.environment,
        doing: 'plan',
        failure: error,
        runUrl: context.runUrl,
      } as const;
      await tell(inputs, context, pullRequest, { kind: 'failure', report });
    }
    throw error;
  } finally {
    // Elsewhere there is no post step.
    if (!context.onGitHub) await removeOwnDirectory();
  }
}

async function plan(
  inputs: Inputs,
  context: Context,
  pullRequest: PullRequest | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { openWorkplace, engineTitle } = await import('../../src/terraform/workplace.ts');
  const { parseVariables } = await import('../../src/terraform/variables.ts');
  const { makePlan } = await import('../../src/terraform/make-plan.ts');
  const { verdict } = await import('../../src/terraform/render/report.ts');
  const { costOutputs } = await import('../../src/terraform/cost/estimate.ts');
  const options = {
    ...inputs,
    variables: parseVariables(inputs.variables),
    secrets: 'stand-ins' as const,
    processEnvironment: process.env,
    onCredentialsFile: (path: string) => saveState('credentials-file', path),
  };
  const place = await step(
    'Sign in and get the engine',
    () => openWorkplace(options, context, signal),
    ({ engine, identity }) => `${engineTitle(engine)} as ${identity.serviceAccount ?? 'the job’s own identity'}`,
  );
  const file = join(
    await makeOwnDirectory(context.temporaryDirectory, 'terraform-plan'),
    `${inputs.environment}.tfplan`,
  );
  const made = await makePlan(place, { file, lock: inputs.lock, lockTimeout: inputs.lockTimeout });
  const planUri = pullRequest === undefined ? undefined : await store(place, context, pullRequest, made);
  const origin: Origin = {
    commit: pullRequest?.headSha ?? made.tree.commit,
    commitUrl: `${context.serverUrl}/${context.repository.owner}/${context.repository.name}/commit/${pullRequest?.headSha ?? made.tree.commit}`,
    engine: engineTitle(place.engine),
    stateSerial: made.state.first ? undefined : made.state.serial,
    digest: made.digest,
    planUri,
    runUrl: context.runUrl,
  };
  const { environment } = inputs;
  const { repositoryPath } = place;
  const report: Report = {
    kind: 'plan',
    report: { environment, model: made.model, warnings: made.warnings, repositoryPath, origin, cost: made.cost },
  };
  const { counts } = made.model;
  setOutput('has-changes', made.hasChanges);
  setOutput('add', counts.add);
  setOutput('change', counts.change);
  setOutput('destroy', counts.destroy);
  setOutput('replace', counts.replace);
  setOutput('plan-path', planUri ?? '');
  setOutput('plan-digest', made.digest);
  setOutput('summary', `${environment}: ${verdict(made.model).sentence}`);
  const { before, after } = costOutputs(made.cost);
  setOutput('cost-before', before);
  setOutput('cost-after', after);
  setOutput('comment-url', await tell(inputs, context, pullRequest, report));
}

/** Stores the plan of a pull request, so that its merge applies exactly this one. */
async function store(place: Workplace, context: Context, pullRequest: PullRequest, made: MadePlan): Promise<string> {
  const { storePlan } = await import('../../src/terraform/plan-store.ts');
  const { add, change, destroy, replace } = made.model.counts;
  const { commit, digest, directories, files, remoteModules } = made.tree;
  const stored = await step('Store the plan', () =>
    storePlan(place.bucket, made.content, {
      schemaVersion: 2,
      environment: place.environment,
      mode: 'apply',
      source: 'pull-request',
      plan: { sha256: made.digest, sizeBytes: made.content.length, hasChanges: made.hasChanges },
      counts: { add, change, destroy, replace },
      repository: `${context.repository.owner}/${context.repository.name}`,
      pullRequest: pullRequest.number,
      commits: { head: pullRequest.headSha, base: pullRequest.baseSha, planned: commit },
      tree: { digest, directories: [...directories], files: { ...files }, remoteModules: [...remoteModules] },
      lockFile: made.lockFile,
      engine: { name: place.engine.name, version: place.engine.version },
      state: made.state,
      run: { id: context.runId, attempt: context.runAttempt, url: context.runUrl },
      creator: context.actor,
      createdAt: new Date().toISOString(),
    }),
  );
  return `gs://${place.bucket.name}/${stored.path}.tfplan`;
}

/** Comment and summary side by side; gives the comment's URL, empty when there is none. */
async function tell(
  inputs: Inputs,
  context: Context,
  pullRequest: PullRequest | undefined,
  report: Report,
): Promise<string> {
  const { summaryText } = await import('../../src/terraform/render/comment.ts');
  const { commentReport } = await import('../../src/terraform/comment-report.ts');
  const { githubClient } = await import('../../src/github/client.ts');
  const comment = async () => {
    if (pullRequest === undefined || !inputs.comment) return undefined;
    const { apiUrl, repository } = context;
    const github = () => githubClient({ token: inputs.githubToken, apiUrl, repository });
    return commentReport(github, pullRequest.number, inputs.environment, report);
  };
  const [posted] = await Promise.all([comment(), addSummary(summaryText(report))]);
  if (posted !== undefined) log.info(`Comment: ${posted.url}`);
  return posted?.url ?? '';
}

/**
 * The pull request that is planned; `undefined` for other events. A fork's is refused before anything is signed in,
 * whichever of its events it is: `pull_request_target` runs with credentials, too.
 */
async function readPullRequest(context: Context): Promise<PullRequest | undefined> {
  const { eventName, event } = context;
  const ofPullRequest = typeof event === 'object' && event !== null && 'pull_request' in event;
  if (eventName === 'pull_request' || ofPullRequest) {
    const { pullRequestOfEvent } = await import('../../src/github/pull-request.ts');
    const pullRequest = pullRequestOfEvent(event);
    if (pullRequest.fork) {
      const { terraformFailures } = await import('../../src/terraform/failures.ts');
      throw terraformFailures.failure('fork', {
        what: `Pull request ${pullRequest.number} comes from a fork, so it is not planned.`,
      });
    }
    if (eventName === 'pull_request') return pullRequest;
  }
  log.info(`Started by ${eventName}, not by a pull request: the plan is shown, but not stored for an apply.`);
  return undefined;
}

async function post(): Promise<void> {
  const { signOut } = await import('../../src/google/identity.ts');
  await signOut(savedState('credentials-file'));
  await removeOwnDirectory();
}

export const action: Action = { name: 'terraform-plan', main, post };
