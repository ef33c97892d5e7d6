import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitRepository } from '../github/git.ts';
import { inGroup, type ConcurrencyWish } from './concurrency.ts';
import { githubContext, type RunFacts, type Source } from './context.ts';
import { condition, interpolate, interpolateAll, asText, type Context, type Status } from './expression.ts';
import { runJob, type Conclusion, type JobResult } from './job.ts';
import type { NeededJob } from './job-files.ts';
import { combinationName, combinations, type Combination } from './matrix.ts';
import { forkPermissions, jobPermissions, type Permissions } from './permission.ts';
import type { Environment, LogLine, RunOptions } from './run.ts';
import { limit } from './limit.ts';
import { matchesFilters } from './filter.ts';
import {
  callsOf,
  parseWorkflow,
  type DeclaredConcurrency,
  type WorkflowFile,
  type WorkflowJob,
} from './workflow-file.ts';

/** What all jobs of a run have in common. */
export interface Shared {
  readonly suite: string;
  readonly repositories: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly results: JobResult[];
  readonly signal?: AbortSignal;
  readonly review?: RunOptions['review'];
  readonly onLine: (line: LogLine) => void;
}

/** The jobs of one workflow file: of the run's own, or of a reusable one that a job calls. */
export interface Scope {
  readonly facts: RunFacts;
  readonly file: WorkflowFile;
  readonly source: Source;
  /** Before every job's name: `caller / `. */
  readonly prefix: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** In a reusable workflow: only these secrets of a job's GitHub environment reach it, those that its caller hands on; else all. */
  readonly passed?: readonly string[];
  /** Set in a reusable workflow: more than its caller has it cannot get. */
  readonly permissions?: Permissions;
  readonly shared: Shared;
}

/** Jobs that run at the same time: as many as the machine has cores to spare for them; each on a runner of its own. */
const atOnce = limit(2);

const MAX_DEPTH = 4;

/** Runs every job in the order of their needs. Throws when the file cannot be run at all (unknown needs, too wide permissions). */
export async function runScope(scope: Scope): Promise<Record<string, NeededJob>> {
  const { jobs } = scope.file;
  checkNeeds(jobs);
  const running = new Map<string, Promise<NeededJob>>();
  const start = (id: string): Promise<NeededJob> => {
    const known = running.get(id);
    if (known) return known;
    const job = jobs[id] as WorkflowJob;
    const promise = Promise.all(
      job.needs.map(async (need): Promise<[string, NeededJob]> => [need, await start(need)]),
    ).then((needs) => runOne(scope, id, job, Object.fromEntries(needs)));
    running.set(id, promise);
    return promise;
  };
  const entries = await Promise.all(
    Object.keys(jobs).map(async (id): Promise<[string, NeededJob]> => [id, await start(id)]),
  );
  return Object.fromEntries(entries);
}

function checkNeeds(jobs: Readonly<Record<string, WorkflowJob>>): void {
  const visit = (id: string, path: readonly string[]): void => {
    const job = jobs[id];
    if (!job) throw new Error(`Job '${path.at(-1)}' depends on unknown job '${id}'.`);
    if (path.includes(id)) throw new Error(`Jobs need each other in a circle: ${[...path, id].join(' -> ')}.`);
    for (const need of job.needs) visit(need, [...path, id]);
  };
  for (const id of Object.keys(jobs)) visit(id, []);
}

/** What expressions of a workflow may use outside of its steps. */
export function contextOf(scope: Scope, needs: Readonly<Record<string, NeededJob>>): Context {
  return {
    github: githubContext(scope.facts),
    needs,
    inputs: scope.inputs,
    vars: scope.shared.variables,
  };
}

async function runOne(
  scope: Scope,
  id: string,
  job: WorkflowJob,
  needs: Record<string, NeededJob>,
): Promise<NeededJob> {
  const context = contextOf(scope, needs);
  const results = Object.values(needs).map((need) => need.result);
  const aborted = scope.shared.signal?.aborted === true;
  const status: Status = {
    failed: results.includes('failure'),
    skipped: results.includes('skipped'),
    cancelled: results.includes('cancelled') || aborted,
  };
  const name = `${scope.prefix}${job.name ?? id}`;
  if (aborted || !condition(job.if, context, status)) {
    const conclusion = aborted ? 'cancelled' : 'skipped';
    const shown = name.includes('${{') ? `${scope.prefix}${id}` : name;
    return leaveOut(scope, shown, conclusion);
  }
  const matrix = interpolateAll(job.strategy?.matrix, context) as Record<string, unknown> | undefined;
  const all = combinations(matrix);
  const parallel = Number(interpolateAll(job.strategy?.['max-parallel'] ?? all.length, context));
  const failFast = String(interpolateAll(job.strategy?.['fail-fast'] ?? true, context)) === 'true';
  const inTurn = limit(Math.max(1, parallel));
  let failed = false;
  const outcomes = await Promise.all(
    all.map((combination) =>
      inTurn(async (): Promise<NeededJob> => {
        const inMatrix = { ...context, matrix: combination };
        // Of a matrix whose job failed, what has not started is not started any more.
        if (failed && failFast) return leaveOut(scope, combinationTitle(scope, id, job, combination, inMatrix));
        const outcome = await runCombination(scope, id, job, needs, combination, inMatrix);
        failed ||= outcome.result === 'failure';
        return outcome;
      }),
    ),
  );
  const outputs = Object.assign({}, ...outcomes.map((outcome) => outcome.outputs)) as Record<string, string>;
  return { result: worst(outcomes.map((outcome) => outcome.result)), outputs };
}

function worst(results: readonly Conclusion[]): Conclusion {
  for (const result of ['failure', 'cancelled', 'success'] as const) if (results.includes(result)) return result;
  return 'skipped';
}

function combinationTitle(
  scope: Scope,
  id: string,
  job: WorkflowJob,
  combination: Combination,
  context: Context,
): string {
  const given = job.name?.includes('${{')
    ? asText(interpolate(job.name, context))
    : combinationName(job.name ?? id, combination);
  return `${scope.prefix}${given}`;
}

/** A job that ends before it has begun. */
function leaveOut(scope: Scope, name: string, conclusion: 'cancelled' | 'skipped' = 'cancelled'): NeededJob {
  const nothing = { steps: [], outputs: {}, annotations: [], summary: '', durationSeconds: 0 };
  scope.shared.results.push({ name, conclusion, ...nothing });
  return { result: conclusion, outputs: {} };
}

async function runCombination(
  scope: Scope,
  id: string,
  job: WorkflowJob,
  needs: Readonly<Record<string, NeededJob>>,
  combination: Combination,
  context: Context,
): Promise<NeededJob> {
  const name = combinationTitle(scope, id, job, combination, context);
  return grouped(scope, job.concurrency, context, name, (inTurn) =>
    runNamed(inTurn, id, job, needs, combination, context, name),
  );
}

/** Does the work when its concurrency group is free; a job that another one took the place of is cancelled. */
export async function grouped(
  scope: Scope,
  declared: DeclaredConcurrency | undefined,
  context: Context,
  name: string,
  work: (scope: Scope) => Promise<NeededJob>,
): Promise<NeededJob> {
  if (declared === undefined) return work(scope);
  const { shared } = scope;
  const outcome = await inGroup(concurrencyWish(scope.facts.config.directory, declared, context), (signal) =>
    work({
      ...scope,
      shared: { ...shared, signal: shared.signal ? AbortSignal.any([shared.signal, signal]) : signal },
    }),
  );
  return outcome ?? leaveOut(scope, name);
}

/** The group is the repository's, of which each sandbox has one. */
function concurrencyWish(directory: string, declared: DeclaredConcurrency, context: Context): ConcurrencyWish {
  return {
    group: `${directory} ${asText(interpolate(declared.group, context))}`,
    cancelInProgress: String(interpolateAll(declared['cancel-in-progress'], context)) === 'true',
  };
}

async function runNamed(
  scope: Scope,
  id: string,
  job: WorkflowJob,
  needs: Readonly<Record<string, NeededJob>>,
  combination: Combination,
  context: Context,
  name: string,
): Promise<NeededJob> {
  const { facts, shared, file } = scope;
  const permissions = jobPermissions(file.permissions, job.permissions, scope.permissions);
  if (job.uses !== undefined) return runCalled(scope, job, job.uses, name, permissions, context);
  const environment = environmentName(job, context);
  const settings = environment === null ? {} : (shared.environments[environment] ?? {});
  const refused = refusal(settings, environment, facts.event.ref);
  if (refused !== undefined) return refuse(shared, name, refused);
  if (settings.reviewed === true && environment !== null) {
    const answer = (await shared.review?.(environment, name)) ?? 'rejected';
    if (answer === 'rejected') return refuse(shared, name, `A reviewer of ${environment} rejected the deployment.`);
  }
  const ofEnvironment = Object.entries(facts.event.fork ? {} : (settings.secrets ?? {})).filter(
    ([secret]) => scope.passed?.includes(secret) !== false,
  );
  const result = await atOnce((place) =>
    runJob({
      facts,
      runner: `sandbox-${place}`,
      file,
      jobId: id,
      job,
      name,
      source: scope.source,
      combination,
      needs,
      ...(scope.prefix !== '' && { calledInputs: scope.inputs }),
      context: { ...context, secrets: scope.secrets, vars: { ...shared.variables, ...settings.variables } },
      permissions: facts.event.fork ? forkPermissions(permissions) : permissions,
      environment,
      secrets: { ...scope.secrets, ...Object.fromEntries(ofEnvironment) },
      variables: { ...shared.variables, ...settings.variables },
      env: shared.env,
      repositories: shared.repositories,
      directory: join(shared.directory, `${shared.results.length + 1}-${Math.random().toString(36).slice(2, 8)}`),
      onLine: shared.onLine,
      ...(shared.signal && { signal: shared.signal }),
    }),
  );
  shared.results.push(result);
  return { result: result.conclusion, outputs: result.outputs };
}

function environmentName(job: WorkflowJob, context: Context): string | null {
  if (job.environment === undefined) return null;
  const written = typeof job.environment === 'string' ? job.environment : job.environment.name;
  const name = asText(interpolate(written, context));
  return name === '' ? null : name;
}

function refusal(settings: Environment, environment: string | null, ref: string): string | undefined {
  const branch = ref.replace('refs/heads/', '');
  if (!settings.branches || matchesFilters(branch, settings.branches)) return undefined;
  return `Branch "${branch}" is not allowed to deploy to ${environment} due to environment protection rules.`;
}

function refuse({ results, onLine }: Shared, name: string, message: string): NeededJob {
  onLine({ job: name, step: 'Set up job', text: `##[error]${message}` });
  const annotations = [{ level: 'error' as const, title: '', message, file: '', line: null }];
  results.push({ name, conclusion: 'failure', steps: [], outputs: {}, annotations, summary: '', durationSeconds: 0 });
  return { result: 'failure', outputs: {} };
}

async function runCalled(
  scope: Scope,
  job: WorkflowJob,
  uses: string,
  name: string,
  permissions: Permissions,
  context: Context,
): Promise<NeededJob> {
  if (scope.prefix.split(' / ').length > MAX_DEPTH)
    throw new Error(`${uses}: reusable workflows are nested too deeply.`);
  const { text, source } = readCalled(scope, uses);
  const file = parseWorkflow(text, uses);
  const declared = callsOf(file);
  if (!declared) throw new Error(`${uses} is called, but is not started by workflow_call.`);
  const withSecrets = { ...context, secrets: scope.secrets };
  const inputs = calledInputs(uses, declared.inputs, interpolateAll(job.with, context) as Record<string, unknown>);
  const secrets =
    job.secrets === 'inherit'
      ? scope.secrets
      : Object.fromEntries(
          Object.entries(job.secrets ?? {}).map(([key, value]) => [key, asText(interpolateAll(value, withSecrets))]),
        );
  for (const [secret, declaration] of Object.entries(declared.secrets)) {
    if (declaration?.required && !(secret in secrets))
      throw new Error(`Secret ${secret} is required, but not provided while calling.`);
  }
  const { passed: all, ...caller } = scope;
  const passed = job.secrets === 'inherit' ? all : Object.keys(secrets);
  const called: Scope = {
    ...{ ...caller, file, source, prefix: `${name} / `, inputs, secrets, permissions },
    ...(passed && { passed }),
  };
  return grouped(called, file.concurrency, contextOf(called, {}), name, async (inTurn) => {
    const jobs = await runScope(inTurn);
    const outputs = Object.fromEntries(
      Object.entries(declared.outputs).map(([key, { value }]) => [
        key,
        asText(interpolate(value, { ...contextOf(called, {}), jobs })),
      ]),
    );
    return { result: worst(Object.values(jobs).map((each) => each.result)), outputs };
  });
}

/** A reusable workflow: of the user's own repository at the same commit, or of the suite. */
function readCalled({ facts, shared }: Scope, uses: string): { text: string; source: Source } {
  const { config, event } = facts;
  if (uses.startsWith('./')) {
    const git = new GitRepository(config.repository.gitDirectory);
    const path = uses.slice(2);
    const entry = git.entries(event.sha, path)?.entries[0];
    if (!entry) throw new Error(`${uses} is not in the repository at ${event.sha.slice(0, 7)}.`);
    const ref = `${config.repository.owner}/${config.repository.name}/${path}@${event.ref}`;
    return { text: git.blob(entry.sha).toString('utf8'), source: { ref, sha: event.sha } };
  }
  const [, repository = '', path = '', ref = ''] = /^([^/]+\/[^/]+)\/(.+)@(.+)$/.exec(uses) ?? [];
  const folder = shared.repositories[`${repository}@${ref}`];
  if (folder === undefined) throw new Error(`The sandbox has no repository for ${uses}.`);
  const full = /^v\d/.test(ref) ? `refs/tags/${ref}` : /^[0-9a-f]{40}$/.test(ref) ? ref : `refs/heads/${ref}`;
  return {
    text: readFileSync(join(folder, path), 'utf8'),
    source: { ref: `${repository}/${path}@${full}`, sha: '0'.repeat(40) },
  };
}

function calledInputs(
  uses: string,
  declared: NonNullable<ReturnType<typeof callsOf>>['inputs'],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const unknown = Object.keys(given).filter((name) => !(name in declared));
  if (unknown.length > 0)
    throw new Error(`Invalid input, ${unknown.join(', ')} is not defined in the referenced workflow ${uses}.`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]): [string, unknown] => {
      const value = given[name] ?? input.default;
      if (input.required && given[name] === undefined)
        throw new Error(`Input ${name} is required, but not provided while calling ${uses}.`);
      if (input.type === 'boolean') return [name, value === true || value === 'true'];
      if (input.type === 'number') return [name, Number(value ?? 0)];
      return [name, asText(value)];
    }),
  );
}
