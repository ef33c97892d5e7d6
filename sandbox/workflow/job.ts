import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MARKER } from '../process.ts';
import { runAct } from './act.ts';
import { runnerVariables, type RunFacts, type Source } from './context.ts';
import { asText, interpolate, type Context } from './expression.ts';
import { Launcher, newToken, type RegisteredJob } from './github.ts';
import { SECRET_FILES, writeJobFiles, type NeededJob } from './job-files.ts';
import { JobLog, type JobAnnotation, type StepResult } from './job-log.ts';
import { Mask } from './mask.ts';
import type { Combination } from './matrix.ts';
import type { Permissions } from './permission.ts';
import type { WorkflowFile, WorkflowJob } from './workflow-file.ts';

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface JobResult {
  readonly name: string;
  readonly conclusion: Conclusion;
  readonly steps: readonly StepResult[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly JobAnnotation[];
  readonly summary: string;
  readonly durationSeconds: number;
}

export interface JobPlan {
  readonly facts: RunFacts;
  /** Name of the runner, which does one job at a time. */
  readonly runner: string;
  readonly file: WorkflowFile;
  readonly jobId: string;
  readonly job: WorkflowJob;
  readonly name: string;
  readonly source: Source;
  readonly combination: Combination;
  readonly needs: Readonly<Record<string, NeededJob>>;
  readonly calledInputs?: Readonly<Record<string, unknown>>;
  readonly context: Context;
  readonly permissions: Permissions;
  readonly environment: string | null;
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** `owner/repository@ref` to folder, for the actions that the job uses. */
  readonly repositories: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly signal?: AbortSignal;
  readonly onLine: (line: { job: string; step: string; text: string }) => void;
}

/** Registers one job with GitHub, runs it by act, and hands its log, summary and conclusion in. */
export async function runJob(plan: JobPlan): Promise<JobResult> {
  const started = Date.now();
  const launcher = new Launcher(plan.facts.config);
  const token = newToken('ghs');
  const requestToken = plan.permissions['id-token'] === 'write' ? newToken('ghs') : undefined;
  const jobs = `/runs/${plan.facts.run.id}/jobs`;
  const registered = await launcher.call<RegisteredJob>('POST', jobs, {
    name: plan.name,
    permissions: plan.permissions,
    environment: plan.environment,
    token,
    ...(requestToken !== undefined && { identity: { requestToken, facts: identityFacts(plan) } }),
  });
  const mask = new Mask();
  for (const secret of [...Object.values(plan.secrets), token, requestToken ?? '']) mask.add(secret);
  const log = new JobLog(plan.jobId, stepNames(plan.job, plan.context), mask, (step, text) =>
    plan.onLine({ job: plan.name, step, text }),
  );
  log.introduce(introduction(plan));
  mkdirSync(plan.directory, { recursive: true });
  const { args } = writeJobFiles({
    directory: plan.directory,
    event: plan.facts.event.name,
    workflowName: plan.facts.workflowName,
    file: plan.file,
    jobId: plan.jobId,
    job: plan.job,
    combination: plan.combination,
    needs: plan.needs,
    ...(plan.calledInputs && { calledInputs: plan.calledInputs }),
    payload: plan.facts.event.payload,
    secrets: { ...plan.secrets, GITHUB_TOKEN: token },
    variables: plan.variables,
    env: {
      ...runnerVariables(plan.facts),
      RUNNER_NAME: plan.runner,
      ...identityVariables(plan, requestToken),
      ...plan.env,
    },
  });
  let exitCode: number;
  try {
    exitCode = await runAct({
      executable: join(plan.facts.config.bin, 'act'),
      args: [...args, ...actArguments(plan)],
      directory: plan.directory,
      env: actEnvironment(plan),
      onEntry: (entry) => log.take(entry),
      onError: (line) => log.complain(line),
      ...(plan.signal && { signal: plan.signal }),
    });
  } finally {
    for (const file of SECRET_FILES) rmSync(join(plan.directory, file), { force: true });
  }
  const good = log.result === 'success' || (log.result === null && exitCode === 0);
  const conclusion: Conclusion = plan.signal?.aborted ? 'cancelled' : good ? 'success' : 'failure';
  const context = { ...plan.context, steps: stepsContext(plan.job, log) };
  const outputs = outputsOf(plan.job, context, mask, log.annotations);
  const result: JobResult = {
    name: plan.name,
    conclusion,
    steps: log.steps,
    outputs,
    annotations: log.annotations,
    summary: log.summary,
    durationSeconds: (Date.now() - started) / 1000,
  };
  await launcher.call('PATCH', `${jobs}/${registered.id}`, {
    conclusion,
    steps: result.steps,
    annotations: result.annotations,
    summary: result.summary,
    environmentUrl: environmentUrl(plan.job, context),
  });
  return result;
}

function introduction({ name, permissions, environment }: JobPlan): string[] {
  const granted = Object.entries({ ...permissions, metadata: 'read' }).filter(([, access]) => access !== 'none');
  return [
    '##[group]GITHUB_TOKEN Permissions',
    ...granted.map(([permission, access]) => `${permission}: ${access}`).sort(),
    '##[endgroup]',
    ...(environment === null ? [] : [`Evaluated environment: ${environment}`]),
    `Complete job name: ${name}`,
  ];
}

/** A step without a name is called by what it runs. What only the steps before it know stays as it is written. */
function stepNames(job: WorkflowJob, context: Context): Map<string, string> {
  return new Map(
    job.steps.map(({ id, name, uses, run }, i) => {
      const written = name ?? `Run ${uses ?? run?.trim().split('\n')[0] ?? ''}`;
      try {
        return [id ?? String(i), asText(interpolate(written, context))];
      } catch {
        return [id ?? String(i), written];
      }
    }),
  );
}

function actArguments(plan: JobPlan): string[] {
  const { config, event } = plan.facts;
  const standIns = fileURLToPath(new URL('./actions', import.meta.url));
  const repositories = { ...standInsOf(plan.job, standIns), ...plan.repositories };
  return [
    ...['ubuntu-latest', 'ubuntu-24.04', 'ubuntu-22.04'].flatMap((image) => ['--platform', `${image}=-self-hosted`]),
    ...Object.entries(repositories).flatMap(([repository, folder]) => [
      '--local-repository',
      `${repository}=${folder}`,
    ]),
    ...[
      '--action-cache-path',
      join(config.directory, 'workflow', 'act'),
      '--no-skip-checkout',
      '--action-offline-mode',
    ],
    ...['--pull=false', '--no-cache-server', '--rm', '--json', '--actor', event.actor],
  ];
}

/** GitHub's own actions that have a stand-in, in the folder of their name. checkout takes the tree from the repository of the sandbox. */
const STAND_INS = ['checkout', 'upload-artifact'];

/** Every version of them that the job names is the stand-in. */
function standInsOf(job: WorkflowJob, folder: string): Record<string, string> {
  return Object.fromEntries(
    job.steps.flatMap(({ uses = '' }) => {
      const name = STAND_INS.find((each) => uses.startsWith(`actions/${each}@`));
      return name === undefined ? [] : [[uses, join(folder, name)]];
    }),
  );
}

/** act's own environment, which the steps get too: nothing of who started the sandbox. */
function actEnvironment({ facts, directory }: JobPlan): Record<string, string> {
  const home = join(dirname(directory), 'home');
  mkdirSync(home, { recursive: true });
  return {
    PATH: [
      dirname(process.execPath),
      facts.config.bin,
      '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ].join(':'),
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    LANG: 'C.UTF-8',
    // act gives steps a terminal, GitHub's runner does not: this keeps programs from colouring what they print.
    TERM: 'dumb',
    [MARKER]: `${facts.config.directory}:workflow`,
  };
}

function identityVariables({ facts }: JobPlan, requestToken: string | undefined): Record<string, string> {
  if (requestToken === undefined) return {};
  return {
    // The `?` is the real address's too: toolkits append `&audience=`.
    ACTIONS_ID_TOKEN_REQUEST_URL: `${facts.config.addresses.github}/_oidc/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
  };
}

function identityFacts({ facts, source, environment }: JobPlan) {
  const { event, run } = facts;
  return {
    event: event.name,
    ref: event.ref,
    sha: event.sha,
    headRef: event.headRef,
    baseRef: event.baseRef,
    actor: event.actor,
    actorId: 2_000_001,
    workflow: facts.workflowName,
    workflowRef: facts.workflow.ref,
    workflowSha: facts.workflow.sha,
    jobWorkflowRef: source.ref,
    jobWorkflowSha: source.sha,
    runId: String(run.id),
    runNumber: String(run.number),
    runAttempt: '1',
    environment,
  };
}

function stepsContext(job: WorkflowJob, log: JobLog): Context {
  const result: Context = {};
  job.steps.forEach((step, i) => {
    const id = step.id ?? String(i);
    const outcome = log.outcomes[id] ?? 'skipped';
    const forgiven = outcome === 'failure' && String(step['continue-on-error'] ?? false) === 'true';
    result[id] = { outputs: log.outputs[id] ?? {}, outcome, conclusion: forgiven ? 'success' : outcome };
  });
  return result;
}

/** As on GitHub, an output that holds a secret is left out, with a warning. */
function outputsOf(
  job: WorkflowJob,
  context: Context,
  mask: Mask,
  annotations: JobAnnotation[],
): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, expression] of Object.entries(job.outputs)) {
    const value = asText(interpolate(expression, context));
    if (!mask.covers(value)) outputs[name] = value;
    else {
      const message = `Skip output '${name}' since it may contain secret.`;
      annotations.push({ level: 'warning', title: '', message, file: '', line: null });
    }
  }
  return outputs;
}

function environmentUrl(job: WorkflowJob, context: Context): string {
  const url = typeof job.environment === 'object' ? job.environment.url : undefined;
  return url === undefined ? '' : asText(interpolate(url, context));
}
