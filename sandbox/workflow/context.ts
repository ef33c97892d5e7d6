import type { SandboxConfig } from '../config.ts';
import type { WorkflowEvent } from './event.ts';
import type { Context } from './expression.ts';
import type { RegisteredRun } from './github.ts';

/** Where a job's definition stands: the file that the event started, or the reusable workflow that it calls. */
export interface Source {
  /** `owner/repository/.github/workflows/FILE@REF` */
  readonly ref: string;
  readonly sha: string;
}

export interface RunFacts {
  readonly config: SandboxConfig;
  readonly event: WorkflowEvent;
  readonly run: RegisteredRun;
  readonly workflowName: string;
  readonly workflow: Source;
}

/** The `github` context as far as expressions outside of steps may use it. */
export function githubContext({ config, event, run, workflowName, workflow }: RunFacts): Context {
  const { owner, name, id, ownerId } = config.repository;
  return {
    event: event.payload,
    event_name: event.name,
    ref: event.ref,
    ref_name: refName(event.ref),
    ref_type: event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: event.ref === 'refs/heads/main',
    sha: event.sha,
    head_ref: event.headRef,
    base_ref: event.baseRef,
    actor: event.actor,
    triggering_actor: event.actor,
    repository: `${owner}/${name}`,
    repository_id: id,
    repository_owner: owner,
    repository_owner_id: ownerId,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: '1',
    workflow: workflowName,
    workflow_ref: workflow.ref,
    workflow_sha: workflow.sha,
    server_url: config.addresses.github,
    api_url: `${config.addresses.github}/api/v3`,
    graphql_url: `${config.addresses.github}/api/graphql`,
  };
}

/** What GitHub's runner sets, as far as act does not do it itself. */
export function runnerVariables({ config, event, run, workflow, workflowName }: RunFacts): Record<string, string> {
  const { owner, name, id, ownerId } = config.repository;
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: config.addresses.github,
    GITHUB_API_URL: `${config.addresses.github}/api/v3`,
    GITHUB_GRAPHQL_URL: `${config.addresses.github}/api/graphql`,
    GITHUB_REPOSITORY: `${owner}/${name}`,
    GITHUB_REPOSITORY_ID: id,
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_REPOSITORY_OWNER_ID: ownerId,
    GITHUB_RUN_ID: String(run.id),
    GITHUB_RUN_NUMBER: String(run.number),
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_REF: event.ref,
    GITHUB_REF_NAME: refName(event.ref),
    GITHUB_REF_TYPE: event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REF_PROTECTED: String(event.ref === 'refs/heads/main'),
    GITHUB_HEAD_REF: event.headRef,
    GITHUB_BASE_REF: event.baseRef,
    // act takes github.sha, and then GITHUB_SHA, from this name.
    SHA_REF: event.sha,
    GITHUB_WORKFLOW: workflowName,
    GITHUB_WORKFLOW_REF: workflow.ref,
    GITHUB_WORKFLOW_SHA: workflow.sha,
    GITHUB_TRIGGERING_ACTOR: event.actor,
    GITHUB_ACTOR_ID: '2000001',
    RUNNER_NAME: 'sandbox',
    RUNNER_ENVIRONMENT: 'github-hosted',
  };
}

const refName = (ref: string) => ref.replace(/^refs\/(heads|tags|pull)\//, '');
