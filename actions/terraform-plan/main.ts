import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../src/failure/failure.ts';
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
import { makeOwnDirectory, removeOwnDirectory } from '../../src/runner/own-directory.ts';
import { addSummary } from '../../src/runner/summary.ts';
import type { GuardFinding } from '../../src/terraform/guards/finding.ts';
import type { PlannedEnvironment } from '../../src/terraform/plan-environment.ts';
import { PLAN_MODES, type PlanPurpose, planPurpose } from '../../src/terraform/plan-purpose.ts';
import type { Report } from '../../src/terraform/render/comment.ts';

type Inputs = ReturnType<typeof readInputs>;

function readInputs() {
  const environment = requiredInput('environment');
  return {
    environment,
    mode: choiceInput('mode', PLAN_MODES, 'plan'),
    workingDirectory: optionalInput('working-directory') ?? `terraform/environments/${environment}`,
    engine: choiceInput('engine', ['terraform', 'tofu'], 'terraform'),
    engineVersion: optionalInput('terraform-version'),
    variables: linesInput('variables'),
    backendConfig: linesInput('backend-config'),
    targets: linesInput('target'),
    replace: linesInput('replace'),
    exception: optionalInput('exception'),
    policy: optionalInput('policy'),
    prices: optionalInput('prices'),
    protectedTypes: linesInput('protected-types')
      .flatMap((line) => line.split(/[\s,]+/))
      .filter((type) => type !== ''),
    label: optionalInput('allow-destroy-label'),
    maxDestroy: limitInput('max-destroy'),
    storeRunPlan: booleanInput('store-run-plan', false),
    workloadIdentityProvider: optionalInput('workload_identity_provider'),
    serviceAccount: optionalInput('service_account'),
    githubToken: secretInput('github-token'),
    lock: booleanInput('lock', false),
    lockTimeout: patternInput('lock-timeout', /^\d+[smh]$/, 'a duration such as 30s or 5m', '5m'),
    comment: booleanInput('comment', true),
  };
}

/** `undefined` for no limit. */
function limitInput(name: string): number | undefined {
  return optionalInput(name) === undefined ? undefined : integerInput(name, 0, { min: 0, max: 1_000_000 });
}

async function main(signal: AbortSignal): Promise<void> {
  const inputs = readInputs();
  const context = readContext();
  const purpose = planPurpose({ ...inputs, ...context });
  if (purpose.kind === 'show') log.info(purpose.note);
  let guards: readonly GuardFinding[] = [];
  try {
    if (purpose.kind === 'fork') await check(inputs, context, purpose, signal);
    else guards = await plan(inputs, context, purpose, signal);
  } catch (error) {
    if (error instanceof Failure && !signal.aborted) {
      const { failureReport } = await import('../../src/terraform/failure-report.ts');
      const commit = 'pullRequest' in purpose ? purpose.pullRequest.headSha : context.sha;
      const what = { environment: inputs.environment, doing: 'plan', failure: error, commit } as const;
      await tell(inputs, context, purpose, failureReport(context, what));
    }
    throw error;
  } finally {
    // Elsewhere there is no post step.
    if (!context.onGitHub) await removeOwnDirectory();
  }
  // The comment shows the plan with what forbids it; only the job is yet to fail. In a merge queue the plans of the pull
  // requests count, and these have been looked at.
  const { checkPolicy } = await import('../../src/terraform/guards/check-policy.ts');
  if (purpose.kind === 'pull-request' || purpose.kind === 'run') checkPolicy(guards);
}

async function plan(
  inputs: Inputs,
  context: Context,
  purpose: Exclude<PlanPurpose, { kind: 'fork' }>,
  signal: AbortSignal,
): Promise<readonly GuardFinding[]> {
  const bucket = requiredInput('bucket');
  const { planException } = await import('../../src/terraform/plan-exception.ts');
  const { openWorkplace, engineTitle } = await import('../../src/terraform/workplace.ts');
  const { parseVariables } = await import('../../src/terraform/variables.ts');
  // What is needed later is loaded while Google is waited for.
  const loading = import('../../src/terraform/plan-environment.ts');
  const exception = planException(inputs.exception, inputs.targets, inputs.replace);
  const options = {
    ...inputs,
    bucket,
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
  const own = await makeOwnDirectory(context.temporaryDirectory, 'terraform-plan');
  const file = join(own, `${inputs.environment}.tfplan`);
  const { planEnvironment } = await loading;
  const planned = await planEnvironment(place, context, { ...inputs, file, purpose, exception });
  await setOutputs(inputs, planned);
  setOutput('comment-url', await tell(inputs, context, purpose, { kind: 'plan', report: planned.report }));
  if (purpose.kind === 'drift') setOutput('issue-url', await drift(inputs, context, planned));
  return planned.guards;
}

async function setOutputs({ environment }: Inputs, planned: PlannedEnvironment): Promise<void> {
  const { verdict } = await import('../../src/terraform/render/report.ts');
  const { costOutputs } = await import('../../src/terraform/cost/estimate.ts');
  const { hasDrift } = await import('../../src/terraform/drift-issue.ts');
  const { made, report, guards, planUri } = planned;
  const { counts } = made.model;
  const { before, after } = costOutputs(made.cost);
  setOutput('has-changes', made.hasChanges);
  setOutput('drift', hasDrift(report));
  setOutput(
    'needs-label',
    guards.some(({ level }) => level === 'needs-label'),
  );
  setOutput('add', counts.add);
  setOutput('change', counts.change);
  setOutput('destroy', counts.destroy);
  setOutput('replace', counts.replace);
  setOutput('plan-path', planUri ?? '');
  setOutput('plan-digest', made.digest);
  setOutput('summary', `${environment}: ${verdict(made.model).sentence}`);
  setOutput('cost-before', before);
  setOutput('cost-after', after);
}

/** A fork's pull request: no credentials, no comment, since its token only reads. */
async function check(
  inputs: Inputs,
  context: Context,
  { pullRequest }: Extract<PlanPurpose, { kind: 'fork' }>,
  signal: AbortSignal,
): Promise<void> {
  const { checkFork } = await import('../../src/terraform/check-fork.ts');
  const { renderForkCheck } = await import('../../src/terraform/render/fork-check.ts');
  log.notice(
    `Pull request ${pullRequest.number} comes from a fork: its code is checked, but not planned, since that takes credentials.`,
  );
  const home = await makeOwnDirectory(context.temporaryDirectory, 'terraform-plan');
  const checked = await checkFork({ ...inputs, processEnvironment: process.env, home }, context, signal);
  setOutput('summary', `${inputs.environment}: valid and formatted, not planned`);
  await summarise(inputs, context, renderForkCheck(inputs.environment, pullRequest.number, checked, context.runUrl));
}

/** Opens, updates or closes the environment's issue; gives its URL, empty when there is none. */
async function drift(inputs: Inputs, context: Context, { report }: PlannedEnvironment): Promise<string> {
  const { tellDrift } = await import('../../src/terraform/drift-issue.ts');
  const { githubClient } = await import('../../src/github/client.ts');
  const { apiUrl, repository } = context;
  const url = await step('Tell the drift', () =>
    tellDrift(githubClient({ token: inputs.githubToken, apiUrl, repository }), report),
  );
  return url ?? '';
}

/** Comment and summary side by side; gives the comment's URL, empty when there is none. */
async function tell(inputs: Inputs, context: Context, purpose: PlanPurpose, report: Report): Promise<string> {
  const { summaryText } = await import('../../src/terraform/render/comment.ts');
  const { commentReport } = await import('../../src/terraform/comment-report.ts');
  const { githubClient } = await import('../../src/github/client.ts');
  const comment = async () => {
    if (purpose.kind !== 'pull-request' || !inputs.comment) return undefined;
    const { apiUrl, repository } = context;
    const github = () => githubClient({ token: inputs.githubToken, apiUrl, repository });
    return commentReport(github, purpose.pullRequest.number, inputs.environment, report);
  };
  const [posted] = await Promise.all([comment(), summarise(inputs, context, summaryText(report))]);
  if (posted !== undefined) log.info(`Comment: ${posted.url}`);
  return posted?.url ?? '';
}

/** To the job's summary, and to a file that a later step may keep as an artifact. */
async function summarise({ environment }: Inputs, context: Context, text: string): Promise<void> {
  await addSummary(text);
  if (!context.onGitHub) return;
  const path = join(context.temporaryDirectory, `terraform-plan-${environment}.md`);
  await writeFile(path, `${redact(text)}\n`, { mode: 0o600 });
  setOutput('summary-path', path);
}

async function post(): Promise<void> {
  const { signOut } = await import('../../src/google/identity.ts');
  await signOut(savedState('credentials-file'));
  await removeOwnDirectory();
}

export const action: Action = { name: 'terraform-plan', main, post };
