import { z } from 'zod';
import type { Answer } from './answer.ts';
import { faultSchema } from './faults.ts';
import { dequeue, enqueue, mergeQueue } from './merge-queue.ts';
import { claimsOf } from './oidc.ts';
import { syncPulls } from './pull.ts';
import type { Incoming } from './server.ts';
import { newId, now, type Run, type RunJob } from './state.ts';
import { addToken, digest, endJob, jobToken } from './tokens.ts';
import type { GitHub } from './world.ts';

const conclusionSchema = z.enum(['success', 'failure', 'cancelled', 'skipped', 'startup_failure']);
const permissionsSchema = z.record(z.string(), z.enum(['read', 'write', 'none']));

const runSchema = z.object({
  workflow: z.string(),
  path: z.string(),
  event: z.string(),
  title: z.string(),
  actor: z.string(),
  headBranch: z.string(),
  headSha: z.string().regex(/^[0-9a-f]{40}$/),
  pulls: z.array(z.number()).default([]),
  attempt: z.number().int().positive().default(1),
});

const jobSchema = z.object({
  name: z.string(),
  permissions: permissionsSchema,
  environment: z.string().nullable().default(null),
  token: z.string(),
  /** Only for a job with `id-token: write`. */
  identity: z
    .object({
      requestToken: z.string().min(20),
      facts: z.object({
        event: z.string(),
        ref: z.string(),
        sha: z.string(),
        headRef: z.string(),
        baseRef: z.string(),
        actor: z.string(),
        actorId: z.number(),
        workflow: z.string(),
        workflowRef: z.string(),
        workflowSha: z.string(),
        jobWorkflowRef: z.string(),
        jobWorkflowSha: z.string(),
        runId: z.string(),
        runNumber: z.string(),
        runAttempt: z.string(),
        environment: z.string().nullable(),
      }),
    })
    .optional(),
});

const jobUpdateSchema = z.object({
  conclusion: conclusionSchema.optional(),
  summary: z.string().optional(),
  environmentUrl: z.string().optional(),
  annotations: z
    .array(
      z.object({
        level: z.enum(['notice', 'warning', 'error']),
        title: z.string().default(''),
        message: z.string(),
        file: z.string().default(''),
        line: z.number().nullable().default(null),
      }),
    )
    .optional(),
  steps: z
    .array(
      z.object({
        name: z.string(),
        number: z.number(),
        conclusion: z.string().nullable(),
        seconds: z.number(),
        log: z.string(),
      }),
    )
    .optional(),
});

const personSchema = z.object({
  login: z.string(),
  token: z.string(),
  role: z.enum(['read', 'write', 'admin']).default('write'),
});

const queueSchema = z.object({
  pulls: z.array(z.number()),
  by: z.string(),
  method: z.enum(['merge', 'squash']).default('merge'),
});

type Handler = (github: GitHub, body: unknown, ids: readonly number[]) => unknown;

/** The launcher's calls: `METHOD /path` with `:` for a number. */
const CALLS: Readonly<Record<string, Handler>> = {
  'POST /people': (github, body) => {
    const { login, token, role } = personSchema.parse(body);
    addToken(github.state, token, { login, permissions: 'person', role, job: null });
    github.state.people[login] = role;
    return { login, role };
  },
  'POST /runs': (github, body) => createRun(github, runSchema.parse(body)),
  'PATCH /runs/:': (github, body, [id]) => {
    const { conclusion } = z.object({ conclusion: conclusionSchema }).parse(body);
    const run = runOf(github, id);
    Object.assign(run, { status: 'completed', conclusion, updatedAt: now() });
    return run;
  },
  'POST /runs/:/jobs': (github, body, [id]) => createJob(github, runOf(github, id), jobSchema.parse(body)),
  'PATCH /runs/:/jobs/:': (github, body, [id, jobId]) => {
    const run = runOf(github, id);
    const job = run.jobs.find((each) => each.id === jobId);
    if (!job) throw new Error(`Run ${id} has no job ${jobId}.`);
    updateJob(github, run, job, jobUpdateSchema.parse(body));
    return job;
  },
  'POST /sync': (github) => {
    syncPulls(github);
    return github.state.pulls;
  },
  'POST /queue': (github, body) => {
    const { pulls, by, method } = queueSchema.parse(body);
    return enqueue(github, pulls, by, method);
  },
  'POST /queue/merge': (github) => ({ sha: mergeQueue(github) }),
  'DELETE /queue/:': (github, _body, [number]) => {
    dequeue(github, number ?? 0);
    return github.state.queue;
  },
  'POST /faults': (github, body) => {
    github.faults.add(faultSchema.parse(body));
    return github.faults.list();
  },
  'GET /faults': (github) => github.faults.list(),
  'DELETE /faults': (github) => {
    github.faults.clear();
    return [];
  },
  'GET /requests': (github) => github.faults.requests(),
  'DELETE /requests': (github) => {
    github.faults.forget();
    return [];
  },
};

/** The control interface of the launcher and of tests. Only this machine reaches it: the server listens on loopback. */
export function launcherAnswer(github: GitHub, { method, path, body }: Incoming): Answer {
  const ids: number[] = [];
  const shape = path.slice('/_launcher'.length).replace(/\/(\d+)/g, (_, id: string) => {
    ids.push(Number(id));
    return '/:';
  });
  const handler = CALLS[`${method} ${shape}`];
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  if (!handler) return { status: 404, headers, body: { message: `The launcher has no ${method} ${path}.` } };
  try {
    const answer = handler(github, body === '' ? undefined : JSON.parse(body), ids);
    if (method !== 'GET') github.file.save();
    return { status: 200, headers, body: answer };
  } catch (error) {
    return { status: 400, headers, body: { message: error instanceof Error ? error.message : String(error) } };
  }
}

function runOf(github: GitHub, id: number | undefined): Run {
  const run = github.state.runs.find((each) => each.id === id);
  if (!run) throw new Error(`There is no run ${id}.`);
  return run;
}

function createRun(github: GitHub, wanted: z.infer<typeof runSchema>): Run {
  const number = (github.state.nextRunNumber[wanted.path] ?? 0) + 1;
  github.state.nextRunNumber[wanted.path] = number;
  const run: Run = {
    ...wanted,
    id: newId(github.state),
    number,
    status: 'in_progress',
    conclusion: null,
    createdAt: now(),
    updatedAt: now(),
    jobs: [],
  };
  github.state.runs.push(run);
  return run;
}

function createJob(github: GitHub, run: Run, wanted: z.infer<typeof jobSchema>): RunJob {
  const { state } = github;
  const job: RunJob = {
    id: newId(state),
    name: wanted.name,
    status: 'in_progress',
    conclusion: null,
    environment: wanted.environment,
    permissions: wanted.permissions,
    startedAt: now(),
    completedAt: null,
    steps: [],
    annotations: [],
    summary: '',
  };
  run.jobs.push(job);
  addToken(state, wanted.token, jobToken(wanted.permissions, job.id));
  if (wanted.identity) {
    if (wanted.permissions['id-token'] !== 'write') throw new Error('A job without `id-token: write` has no identity.');
    const claims = claimsOf(github.shapes.repositoryFacts, wanted.identity.facts);
    state.identities[digest(wanted.identity.requestToken)] = { job: job.id, claims };
  }
  if (wanted.environment !== null) deploy(github, run, wanted.environment, 'in_progress', '');
  return job;
}

function updateJob(github: GitHub, run: Run, job: RunJob, update: z.infer<typeof jobUpdateSchema>): void {
  if (update.summary !== undefined) job.summary = update.summary;
  if (update.annotations) job.annotations = update.annotations;
  if (update.steps) job.steps = update.steps;
  run.updatedAt = now();
  if (update.conclusion === undefined) return;
  Object.assign(job, { status: 'completed', conclusion: update.conclusion, completedAt: now() });
  endJob(github.state, job.id);
  if (job.environment === null) return;
  deploy(
    github,
    run,
    job.environment,
    update.conclusion === 'success' ? 'success' : 'failure',
    update.environmentUrl ?? '',
  );
}

/** GitHub makes a deployment of its own for a job with `environment:`. */
function deploy(
  { state, shapes }: GitHub,
  run: Run,
  environment: string,
  status: string,
  environmentUrl: string,
): void {
  const logUrl = `${shapes.htmlUrl}/actions/runs/${run.id}`;
  const author = 'github-actions[bot]';
  const time = now();
  let deployment = state.deployments.find((each) => each.task === `run ${run.id}` && each.environment === environment);
  if (!deployment) {
    deployment = {
      id: newId(state),
      sha: run.headSha,
      ref: run.headBranch,
      task: `run ${run.id}`,
      environment,
      description: null,
      payload: {},
      transient: false,
      production: false,
      author,
      createdAt: time,
      updatedAt: time,
      statuses: [],
    };
    state.deployments.push(deployment);
  }
  deployment.updatedAt = time;
  deployment.statuses.push({
    id: newId(state),
    state: status,
    description: '',
    environmentUrl,
    logUrl,
    author,
    createdAt: time,
  });
}
