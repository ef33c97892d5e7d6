import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Combination } from './matrix.ts';
import type { WorkflowFile, WorkflowJob } from './workflow-file.ts';

export interface NeededJob {
  readonly result: 'success' | 'failure' | 'cancelled' | 'skipped';
  readonly outputs: Readonly<Record<string, string>>;
}

export interface JobFiles {
  readonly directory: string;
  readonly event: string;
  readonly workflowName: string;
  readonly file: WorkflowFile;
  readonly jobId: string;
  readonly job: WorkflowJob;
  readonly combination: Combination;
  readonly needs: Readonly<Record<string, NeededJob>>;
  /** Set for a job of a reusable workflow: the values that its caller gave. */
  readonly calledInputs?: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** The repository under which act finds the generated reusable workflow. */
export const CALLED_REPOSITORY = 'sandbox/called';
const CALLER = 'caller';

/**
 * Writes what act needs for this one job: the workflow reduced to the job and stubs for the jobs that it needs (they hand over the recorded
 * outputs and results, so `needs` is as on GitHub), the event, and secrets and variables in files that only the owner reads.
 */
export function writeJobFiles(files: JobFiles): { args: string[] } {
  const at = (name: string) => join(files.directory, name);
  mkdirSync(at('workspace'), { recursive: true });
  const reduced = reducedWorkflow(files);
  if (files.calledInputs) {
    mkdirSync(at('called/.github/workflows'), { recursive: true });
    writeFileSync(at('called/.github/workflows/called.yml'), stringify(reduced));
    writeFileSync(at('workflow.yml'), stringify(callerWorkflow(files)));
  } else {
    writeFileSync(at('workflow.yml'), stringify(reduced));
  }
  writeFileSync(at('event.json'), JSON.stringify(files.payload));
  const secret = { mode: 0o600 };
  writeFileSync(at('secrets.yaml'), stringify(files.secrets), secret);
  writeFileSync(at('variables.yaml'), stringify(files.variables), secret);
  writeFileSync(at('environment.yaml'), stringify(files.env), secret);
  writeFileSync(at('inputs.yaml'), '{}');
  return {
    args: [
      ...[
        files.event,
        '--directory',
        at('workspace'),
        '--workflows',
        at('workflow.yml'),
        '--eventpath',
        at('event.json'),
      ],
      ...['--secret-file', at('secrets.yaml'), '--var-file', at('variables.yaml')],
      ...['--env-file', at('environment.yaml'), '--input-file', at('inputs.yaml')],
      ...(files.calledInputs ? ['--local-repository', `${CALLED_REPOSITORY}@run=${at('called')}`] : []),
    ],
  };
}

/** What holds secrets, to be removed once the job has ended. */
export const SECRET_FILES = ['secrets.yaml', 'environment.yaml'] as const;

function reducedWorkflow(files: JobFiles): Record<string, unknown> {
  const { file, job, jobId } = files;
  const {
    needs: _needs,
    if: _if,
    permissions: _permissions,
    environment: _environment,
    concurrency: _c,
    ...rest
  } = job;
  const kept = Object.fromEntries(
    Object.entries(rest).filter(([key]) => !['outputs', 'uses', 'with', 'secrets'].includes(key)),
  );
  const stubs = Object.entries(files.needs).map(([id, needed]): [string, unknown] => [id, stub(needed)]);
  const matrix =
    Object.keys(files.combination).length > 0 ? { strategy: { matrix: { include: [files.combination] } } } : {};
  const {
    name: _name,
    on: _on,
    permissions: _p,
    jobs: _jobs,
    concurrency: _concurrency,
    'run-name': _run,
    ...top
  } = file;
  return {
    ...top,
    name: files.workflowName,
    on: files.calledInputs
      ? { workflow_call: { inputs: inputTypes(files.calledInputs) } }
      : { [files.event]: trigger(files) },
    jobs: {
      ...Object.fromEntries(stubs),
      [jobId]: {
        ...kept,
        strategy: undefined,
        ...matrix,
        ...(stubs.length > 0 && { needs: stubs.map(([id]) => id), if: 'always()' }),
      },
    },
  };
}

/** act reads the declared inputs of a dispatch, and nothing else of a trigger. */
function trigger({ file, event }: JobFiles): unknown {
  return event === 'workflow_dispatch' ? (file.on[event] ?? {}) : event === 'schedule' ? (file.on[event] ?? []) : {};
}

function stub({ result, outputs }: NeededJob): unknown {
  return {
    'runs-on': 'ubuntu-latest',
    ...(result === 'skipped' && { if: false }),
    outputs,
    steps: [{ run: result === 'success' || result === 'skipped' ? 'true' : 'false' }],
  };
}

function callerWorkflow(files: JobFiles): Record<string, unknown> {
  return {
    name: files.workflowName,
    on: { [files.event]: trigger(files) },
    jobs: {
      [CALLER]: {
        uses: `${CALLED_REPOSITORY}/.github/workflows/called.yml@run`,
        with: files.calledInputs,
        secrets: 'inherit',
      },
    },
  };
}

function inputTypes(inputs: Readonly<Record<string, unknown>>): Record<string, { type: string }> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const type = typeof value;
      return [name, { type: type === 'boolean' || type === 'number' ? type : 'string' }];
    }),
  );
}
