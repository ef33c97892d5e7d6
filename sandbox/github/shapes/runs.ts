import { nodeId, stableId, type Addresses } from './addresses.ts';
import type { GitCommit } from '../git.ts';
import type { Deployment, DeploymentStatus, Run, RunJob } from '../state.ts';

/** Deployments, workflow runs and jobs. */
export class RunShapes {
  readonly #at: Addresses;

  constructor(at: Addresses) {
    this.#at = at;
  }

  deployment(deployment: Deployment) {
    const url = `${this.#at.repositoryUrl}/deployments/${deployment.id}`;
    return {
      id: deployment.id,
      node_id: nodeId('Deployment', deployment.id),
      url,
      sha: deployment.sha,
      ref: deployment.ref,
      task: deployment.task,
      payload: deployment.payload,
      original_environment: deployment.environment,
      environment: deployment.environment,
      description: deployment.description,
      creator: this.#at.user(deployment.author),
      created_at: deployment.createdAt,
      updated_at: deployment.updatedAt,
      statuses_url: `${url}/statuses`,
      repository_url: this.#at.repositoryUrl,
      transient_environment: deployment.transient,
      production_environment: deployment.production,
      performed_via_github_app: null,
    };
  }

  deploymentStatus(deployment: Deployment, status: DeploymentStatus) {
    const url = `${this.#at.repositoryUrl}/deployments/${deployment.id}`;
    return {
      id: status.id,
      node_id: nodeId('DeploymentStatus', status.id),
      url: `${url}/statuses/${status.id}`,
      state: status.state,
      creator: this.#at.user(status.author),
      description: status.description,
      environment: deployment.environment,
      target_url: status.logUrl,
      log_url: status.logUrl,
      environment_url: status.environmentUrl,
      created_at: status.createdAt,
      updated_at: status.createdAt,
      deployment_url: url,
      repository_url: this.#at.repositoryUrl,
      performed_via_github_app: null,
    };
  }

  run(run: Run, commit: GitCommit) {
    const url = `${this.#at.repositoryUrl}/actions/runs/${run.id}`;
    const workflowId = stableId(run.path);
    const workflowUrl = `${this.#at.repositoryUrl}/actions/workflows/${workflowId}`;
    return {
      id: run.id,
      name: run.workflow,
      node_id: nodeId('WorkflowRun', run.id),
      head_branch: run.headBranch,
      head_sha: run.headSha,
      path: run.path,
      display_title: run.title,
      run_number: run.number,
      run_attempt: run.attempt,
      event: run.event,
      status: run.status,
      conclusion: run.conclusion,
      workflow_id: workflowId,
      check_suite_id: run.id,
      url,
      html_url: `${this.#at.htmlUrl}/actions/runs/${run.id}`,
      pull_requests: [],
      created_at: run.createdAt,
      updated_at: run.updatedAt,
      run_started_at: run.createdAt,
      actor: this.#at.user(run.actor),
      triggering_actor: this.#at.user(run.actor),
      jobs_url: `${url}/jobs`,
      logs_url: `${url}/logs`,
      check_suite_url: `${this.#at.repositoryUrl}/check-suites/${run.id}`,
      artifacts_url: `${url}/artifacts`,
      cancel_url: `${url}/cancel`,
      rerun_url: `${url}/rerun`,
      previous_attempt_url: null,
      workflow_url: workflowUrl,
      head_commit: {
        id: commit.sha,
        tree_id: commit.tree,
        message: commit.message,
        timestamp: commit.committer.date,
        author: { name: commit.author.name, email: commit.author.email },
        committer: { name: commit.committer.name, email: commit.committer.email },
      },
      repository: this.#at.minimalRepository(),
      head_repository: this.#at.minimalRepository(),
    };
  }

  job(run: Run, job: RunJob) {
    const url = `${this.#at.repositoryUrl}/actions/jobs/${job.id}`;
    const time = (seconds: number) => new Date(Date.parse(job.startedAt) + seconds * 1000).toISOString();
    return {
      id: job.id,
      run_id: run.id,
      run_url: `${this.#at.repositoryUrl}/actions/runs/${run.id}`,
      run_attempt: run.attempt,
      node_id: nodeId('CheckRun', job.id),
      head_sha: run.headSha,
      head_branch: run.headBranch,
      workflow_name: run.workflow,
      url,
      html_url: `${this.#at.htmlUrl}/actions/runs/${run.id}#job-${job.id}`,
      status: job.status,
      conclusion: job.conclusion,
      created_at: job.startedAt,
      started_at: job.startedAt,
      completed_at: job.completedAt,
      name: job.name,
      steps: job.steps.map((step) => ({
        name: step.name,
        status: step.conclusion === null ? 'in_progress' : 'completed',
        conclusion: step.conclusion,
        number: step.number,
        started_at: job.startedAt,
        completed_at: step.conclusion === null ? null : time(step.seconds),
      })),
      check_run_url: `${this.#at.repositoryUrl}/check-runs/${job.id}`,
      labels: ['ubuntu-latest'],
      runner_id: 1,
      runner_name: 'sandbox',
      runner_group_id: 1,
      runner_group_name: 'GitHub Actions',
    };
  }
}
