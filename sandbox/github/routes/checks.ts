import { notFound, page, Refusal, validationFailed } from '../answer.ts';
import { newId, now, type CheckRun } from '../state.ts';
import { number, type Call, type Routes } from './route.ts';

interface WantedCheck {
  name?: string;
  head_sha?: string;
  status?: CheckRun['status'];
  conclusion?: string;
  details_url?: string;
  external_id?: string;
  started_at?: string;
  completed_at?: string;
  output?: { title?: string; summary: string; text?: string; annotations?: unknown[] };
}

/** The description says characters; what GitHub refuses beyond it is bytes. */
const MAX_TEXT_BYTES = 65_535;

function checkOutput({ output }: WantedCheck): void {
  for (const field of ['summary', 'text'] as const) {
    if (Buffer.byteLength(output?.[field] ?? '') <= MAX_TEXT_BYTES) continue;
    throw validationFailed('CheckRun', field, 'custom', `${field} exceeds a maximum bytesize of ${MAX_TEXT_BYTES}`);
  }
}

function apply(run: CheckRun, wanted: WantedCheck): void {
  if (wanted.name !== undefined) run.name = wanted.name;
  if (wanted.details_url !== undefined) run.detailsUrl = wanted.details_url;
  if (wanted.external_id !== undefined) run.externalId = wanted.external_id;
  if (wanted.started_at !== undefined) run.startedAt = wanted.started_at;
  if (wanted.status !== undefined) run.status = wanted.status;
  if (wanted.conclusion !== undefined) {
    // A conclusion completes a check run, whatever its status was.
    Object.assign(run, {
      conclusion: wanted.conclusion,
      status: 'completed',
      completedAt: wanted.completed_at ?? now(),
    });
  }
  if (wanted.output) {
    const { title = run.output.title, summary, text = null } = wanted.output;
    run.output = { title, summary, text };
    run.annotations += wanted.output.annotations?.length ?? 0;
  }
}

function checkOf(call: Call): CheckRun {
  const id = number(call, 'check_run_id');
  const run = call.github.state.checkRuns.find((each) => each.id === id);
  if (!run) throw notFound();
  return run;
}

export const checkRoutes: Routes = {
  'checks/create': {
    needs: [['checks', 'write']],
    handle: ({ github, body }) => {
      const wanted = body as WantedCheck;
      checkOutput(wanted);
      const headSha = github.git.commitOf(wanted.head_sha ?? '');
      if (headSha === undefined) throw new Refusal(422, `No commit found for SHA: ${wanted.head_sha ?? ''}`);
      const run: CheckRun = {
        id: newId(github.state),
        name: '',
        headSha,
        status: 'queued',
        conclusion: null,
        detailsUrl: null,
        externalId: null,
        startedAt: now(),
        completedAt: null,
        output: { title: null, summary: null, text: null },
        annotations: 0,
      };
      apply(run, wanted);
      github.state.checkRuns.push(run);
      return { status: 201, body: github.shapes.commits.checkRun(run) };
    },
  },
  'checks/get': {
    needs: [['checks', 'read']],
    handle: (call) => ({ status: 200, body: call.github.shapes.commits.checkRun(checkOf(call)) }),
  },
  'checks/update': {
    needs: [['checks', 'write']],
    handle: (call) => {
      const run = checkOf(call);
      const wanted = (call.body ?? {}) as WantedCheck;
      checkOutput(wanted);
      apply(run, wanted);
      return { status: 200, body: call.github.shapes.commits.checkRun(run) };
    },
  },
  'checks/list-for-ref': {
    needs: [['checks', 'read']],
    handle: (call) => {
      const { github, query } = call;
      const sha = github.git.commitOf(call.parameters['ref'] ?? '');
      if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${call.parameters['ref'] ?? ''}`);
      const name = query.get('check_name');
      const all = github.state.checkRuns.filter((run) => run.headSha === sha && (name === null || run.name === name));
      const { items, headers } = page(all, query, call.url);
      const body = { total_count: all.length, check_runs: items.map((run) => github.shapes.commits.checkRun(run)) };
      return { status: 200, headers, body };
    },
  },
};
