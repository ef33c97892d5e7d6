import { notFound, page } from '../answer.ts';
import type { Run } from '../state.ts';
import { number, type Call, type Routes } from './route.ts';

const READ = [['actions', 'read']] as const;

function runOf(call: Call): Run {
  const id = number(call, 'run_id');
  const run = call.github.state.runs.find((each) => each.id === id);
  if (!run) throw notFound();
  return run;
}

export const runRoutes: Routes = {
  'actions/get-workflow-run': {
    needs: READ,
    handle: (call) => {
      const run = runOf(call);
      return { status: 200, body: call.github.shapes.runs.run(run, call.github.git.commit(run.headSha)) };
    },
  },
  'actions/list-jobs-for-workflow-run': {
    needs: READ,
    handle: (call) => {
      const run = runOf(call);
      const { items, headers } = page(run.jobs, call.query, call.url);
      const jobs = items.map((job) => call.github.shapes.runs.job(run, job));
      return { status: 200, headers, body: { total_count: run.jobs.length, jobs } };
    },
  },
};
