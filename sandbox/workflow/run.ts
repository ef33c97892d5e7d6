import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { GitRepository } from '../github/git.ts';
import type { RunFacts } from './context.ts';
import type { WorkflowEvent } from './event.ts';
import { Launcher, type RegisteredRun } from './github.ts';
import type { Conclusion, JobResult } from './job.ts';
import { contextOf, grouped, runScope } from './scope.ts';
import { exportSuite } from './suite.ts';
import { checkedInputs, reasonNotToRun } from './trigger.ts';
import { parseWorkflow, workflowName, type WorkflowFile } from './workflow-file.ts';

/** An environment of the repository's settings. */
export interface Environment {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Branches that may deploy to it; all when it is not given. */
  readonly branches?: readonly string[];
  /** Whether somebody must approve each job that goes to it. */
  readonly reviewed?: boolean;
}

export interface LogLine {
  readonly job: string;
  readonly step: string;
  readonly text: string;
}

export interface RunOptions {
  readonly config: SandboxConfig;
  /** Path of the workflow in the user's repository, `.github/workflows/terraform-plan.yml`. */
  readonly workflow: string;
  readonly event: WorkflowEvent;
  /** The suite's tree, which `org/livekit-gke@v1` stands for. */
  readonly suiteDirectory: string;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly environments?: Readonly<Record<string, Environment>>;
  /** What every step gets besides the runner's own variables, for example LIVEKIT_GKE_ENDPOINTS. */
  readonly env?: Readonly<Record<string, string>>;
  /** More repositories that workflows use: `owner/repository@ref` to folder. */
  readonly repositories?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** What a reviewer of the environment says to a job; without it everything is rejected. */
  readonly review?: (environment: string, job: string) => Promise<'approved' | 'rejected'>;
  readonly onLine?: (line: LogLine) => void;
}

export interface RunResult {
  readonly runId: number;
  readonly conclusion: Conclusion | 'startup_failure';
  readonly jobs: readonly JobResult[];
  readonly logFile: string;
  /** One a job that wrote a summary. */
  readonly summaryFiles: readonly string[];
  readonly url: string;
  readonly durationSeconds: number;
}

export const SUITE = 'org/livekit-gke@v1';

/** The workflow file as it is at the event's commit. */
function readWorkflow(config: SandboxConfig, sha: string, path: string): WorkflowFile {
  const git = new GitRepository(config.repository.gitDirectory);
  const found = git.entries(sha, path)?.entries[0];
  if (!found) throw new Error(`${path} is not in the repository at ${sha.slice(0, 7)}.`);
  return parseWorkflow(git.blob(found.sha).toString('utf8'), path);
}

/** The workflow files that the event starts, and for the others why not. */
export function startedBy(config: SandboxConfig, event: WorkflowEvent): { path: string; reason: string | undefined }[] {
  const git = new GitRepository(config.repository.gitDirectory);
  const entries = git.entries(event.sha, '.github/workflows')?.entries ?? [];
  return entries
    .filter((entry) => entry.type === 'blob' && /\.ya?ml$/.test(entry.name))
    .map(({ name }) => ({ path: name, reason: reasonNotToRun(readWorkflow(config, event.sha, name), event) }));
}

/**
 * Runs one workflow file of the user's repository for an event, as GitHub would: jobs in the order of their needs, each with its own token,
 * secrets and variables. Throws when the event does not start the workflow or its inputs are refused (GitHub then makes no run either).
 */
export async function runWorkflow(options: RunOptions): Promise<RunResult> {
  const started = Date.now();
  const { config, workflow: path } = options;
  const file = readWorkflow(config, options.event.sha, path);
  const reason = reasonNotToRun(file, options.event);
  if (reason !== undefined) throw new Error(`${options.event.name} does not run ${path}: ${reason}.`);
  const event = withInputs(file, options.event);
  const name = workflowName(file, path);
  const launcher = new Launcher(config);
  const run = await launcher.call<RegisteredRun>('POST', '/runs', {
    workflow: name,
    path,
    event: event.name,
    title: event.title === '' ? name : event.title,
    actor: event.actor,
    headBranch: event.headRef === '' ? event.ref.replace(/^refs\/(heads|tags)\//, '') : event.headRef,
    headSha: event.sha,
    pulls: event.pulls,
  });
  const directory = join(config.directory, 'workflow', 'runs', String(run.id));
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, 'run.log');
  const onLine = (line: LogLine) => {
    appendFileSync(logFile, `${new Date().toISOString()} [${line.job} / ${line.step}] ${line.text}\n`);
    options.onLine?.(line);
  };
  writeFileSync(logFile, '');
  const { owner, name: repository } = config.repository;
  const source = { ref: `${owner}/${repository}/${path}@${event.ref}`, sha: event.sha };
  const facts: RunFacts = { config, event, run, workflowName: name, workflow: source };
  const suite = exportSuite(options.suiteDirectory, join(directory, 'suite'));
  const results: JobResult[] = [];
  let conclusion: RunResult['conclusion'];
  const shared = {
    suite,
    repositories: { [SUITE]: suite, ...options.repositories },
    variables: options.variables ?? {},
    environments: options.environments ?? {},
    env: options.env ?? {},
    directory,
    results,
    onLine,
    ...(options.signal && { signal: options.signal }),
    ...(options.review && { review: options.review }),
  };
  const scope = {
    facts,
    file,
    source,
    prefix: '',
    inputs: event.name === 'workflow_dispatch' ? event.inputs : {},
    secrets: event.fork ? {} : (options.secrets ?? {}),
    shared,
  };
  try {
    const { result } = await grouped(scope, file.concurrency, contextOf(scope, {}), name, async (inTurn) => ({
      result: overall(Object.values(await runScope(inTurn)).map((job) => job.result)),
      outputs: {},
    }));
    conclusion = result;
  } catch (error) {
    conclusion = 'startup_failure';
    onLine({ job: name, step: 'Set up run', text: `##[error]${(error as Error).message}` });
  } finally {
    rmSync(suite, { recursive: true, force: true });
  }
  await launcher.call('PATCH', `/runs/${run.id}`, { conclusion });
  return {
    runId: run.id,
    conclusion,
    jobs: results,
    logFile,
    summaryFiles: writeSummaries(directory, results),
    url: `${config.addresses.github}/${owner}/${repository}/actions/runs/${run.id}`,
    durationSeconds: (Date.now() - started) / 1000,
  };
}

function withInputs(file: WorkflowFile, event: WorkflowEvent): WorkflowEvent {
  if (event.name !== 'workflow_dispatch') return event;
  const inputs = checkedInputs(file, event.inputs);
  return { ...event, inputs, payload: { ...event.payload, inputs } };
}

function overall(results: readonly Conclusion[]): Conclusion {
  if (results.includes('cancelled')) return 'cancelled';
  if (results.includes('failure')) return 'failure';
  return results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}

function writeSummaries(directory: string, results: readonly JobResult[]): string[] {
  return results
    .filter((job) => job.summary !== '')
    .map((job, i) => {
      const path = join(directory, `summary-${i + 1}-${job.name.replace(/[^A-Za-z0-9]+/g, '-')}.md`);
      writeFileSync(path, job.summary);
      return path;
    });
}
