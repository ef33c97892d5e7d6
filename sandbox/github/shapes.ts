import type { GitCommit, GitFile } from './git.ts';
import type {
  CheckRun,
  Comment,
  CommitStatus,
  Deployment,
  DeploymentStatus,
  Issue,
  Label,
  Review,
  Run,
  RunJob,
  TimelineEvent,
} from './state.ts';

/** The login of GITHUB_TOKEN's user, and its real id. */
export const ACTIONS_BOT = 'github-actions[bot]';

export interface RepositoryFacts {
  readonly owner: string;
  readonly name: string;
  readonly id: number;
  readonly ownerId: number;
}

/** Builds the JSON that GitHub answers. `server` is the address of the stand-in; the API is under `<server>/api/v3`. */
export class Shapes {
  server: string;
  readonly repositoryFacts: RepositoryFacts;

  constructor(server: string, repository: RepositoryFacts) {
    this.server = server;
    this.repositoryFacts = repository;
  }

  get api(): string {
    return `${this.server}/api/v3`;
  }

  get repositoryUrl(): string {
    return `${this.api}/repos/${this.repositoryFacts.owner}/${this.repositoryFacts.name}`;
  }

  get htmlUrl(): string {
    return `${this.server}/${this.repositoryFacts.owner}/${this.repositoryFacts.name}`;
  }

  user(login: string) {
    const bot = login.endsWith('[bot]');
    const url = `${this.api}/users/${encodeURIComponent(login)}`;
    const owner = login === this.repositoryFacts.owner;
    return {
      login,
      id: login === ACTIONS_BOT ? 41898282 : owner ? this.repositoryFacts.ownerId : stableId(login),
      node_id: nodeId('User', login),
      avatar_url: `${this.server}/_avatars/${encodeURIComponent(login)}.svg`,
      gravatar_id: '',
      url,
      html_url: `${this.server}/${bot ? `apps/${login.slice(0, -5)}` : login}`,
      followers_url: `${url}/followers`,
      following_url: `${url}/following{/other_user}`,
      gists_url: `${url}/gists{/gist_id}`,
      starred_url: `${url}/starred{/owner}{/repo}`,
      subscriptions_url: `${url}/subscriptions`,
      organizations_url: `${url}/orgs`,
      repos_url: `${url}/repos`,
      events_url: `${url}/events{/privacy}`,
      received_events_url: `${url}/received_events`,
      type: bot ? 'Bot' : owner ? 'Organization' : 'User',
      site_admin: false,
    };
  }

  /** A repository as it appears inside other things; `owner` differs for a fork. */
  minimalRepository(owner = this.repositoryFacts.owner) {
    const { name, id } = this.repositoryFacts;
    const url = `${this.api}/repos/${owner}/${name}`;
    const fork = owner !== this.repositoryFacts.owner;
    const links = Object.fromEntries(REPOSITORY_LINKS.map(([key, path]) => [key, `${url}${path}`]));
    return {
      id: fork ? stableId(`${owner}/${name}`) : id,
      node_id: nodeId('Repository', `${owner}/${name}`),
      name,
      full_name: `${owner}/${name}`,
      private: true,
      owner: this.user(owner),
      html_url: `${this.server}/${owner}/${name}`,
      description: null,
      fork,
      url,
      ...links,
    };
  }

  repository(owner = this.repositoryFacts.owner, openIssues = 0) {
    const path = `${owner}/${this.repositoryFacts.name}`;
    return {
      ...this.minimalRepository(owner),
      clone_url: `${this.server}/${path}.git`,
      git_url: `git://github.com/${path}.git`,
      ssh_url: `git@github.com:${path}.git`,
      svn_url: `${this.server}/${path}`,
      mirror_url: null,
      homepage: null,
      language: 'HCL',
      default_branch: 'main',
      visibility: 'private',
      forks: 0,
      forks_count: 0,
      network_count: 0,
      subscribers_count: 1,
      stargazers_count: 0,
      watchers: 0,
      watchers_count: 0,
      open_issues: openIssues,
      open_issues_count: openIssues,
      size: 100,
      has_issues: true,
      has_projects: false,
      has_wiki: false,
      has_pages: false,
      has_discussions: false,
      has_downloads: false,
      archived: false,
      disabled: false,
      license: null,
      pushed_at: CREATED,
      created_at: CREATED,
      updated_at: CREATED,
    };
  }

  label(label: Label) {
    return {
      id: label.id,
      node_id: nodeId('Label', label.id),
      url: `${this.repositoryUrl}/labels/${encodeURIComponent(label.name)}`,
      name: label.name,
      color: label.color,
      default: false,
      description: label.description,
    };
  }

  issue(issue: Issue, labels: readonly Label[], comments: number, pull = false) {
    const url = `${this.repositoryUrl}/issues/${issue.number}`;
    const page = `${this.htmlUrl}/${pull ? 'pull' : 'issues'}/${issue.number}`;
    return {
      id: issue.id,
      node_id: nodeId('Issue', issue.id),
      number: issue.number,
      url,
      repository_url: this.repositoryUrl,
      labels_url: `${url}/labels{/name}`,
      comments_url: `${url}/comments`,
      events_url: `${url}/events`,
      html_url: page,
      title: issue.title,
      body: issue.body,
      user: this.user(issue.author),
      labels: labels.map((label) => this.label(label)),
      state: issue.state,
      state_reason: issue.stateReason,
      locked: false,
      assignee: null,
      assignees: [],
      milestone: null,
      comments,
      author_association: 'MEMBER',
      created_at: issue.createdAt,
      updated_at: issue.updatedAt,
      closed_at: issue.closedAt,
      ...(pull && {
        pull_request: {
          url: `${this.repositoryUrl}/pulls/${issue.number}`,
          html_url: page,
          diff_url: `${page}.diff`,
          patch_url: `${page}.patch`,
        },
      }),
    };
  }

  comment(comment: Comment, pull: boolean) {
    return {
      id: comment.id,
      node_id: nodeId('IssueComment', comment.id),
      url: `${this.repositoryUrl}/issues/comments/${comment.id}`,
      html_url: `${this.htmlUrl}/${pull ? 'pull' : 'issues'}/${comment.number}#issuecomment-${comment.id}`,
      issue_url: `${this.repositoryUrl}/issues/${comment.number}`,
      user: this.user(comment.author),
      body: comment.body,
      author_association: comment.author.endsWith('[bot]') ? 'NONE' : 'MEMBER',
      created_at: comment.createdAt,
      updated_at: comment.updatedAt,
      performed_via_github_app: null,
    };
  }

  timelineEvent(event: TimelineEvent, label?: Label) {
    return {
      id: event.id,
      node_id: nodeId('Event', event.id),
      url: `${this.repositoryUrl}/issues/events/${event.id}`,
      actor: this.user(event.actor),
      event: event.event,
      commit_id: event.commit ?? null,
      commit_url: event.commit === undefined ? null : `${this.repositoryUrl}/commits/${event.commit}`,
      created_at: event.createdAt,
      performed_via_github_app: null,
      ...(label && { label: { name: label.name, color: label.color } }),
    };
  }

  timelineComment(comment: Comment, pull: boolean) {
    const shape = this.comment(comment, pull);
    return { ...shape, event: 'commented', actor: shape.user };
  }

  timelineCommit(commit: GitCommit) {
    return {
      ...this.gitCommit(commit),
      sha: commit.sha,
      node_id: nodeId('Commit', commit.sha),
      html_url: `${this.htmlUrl}/commit/${commit.sha}`,
      event: 'committed',
      parents: this.#parents(commit, true),
      verification: UNSIGNED,
    };
  }

  review(review: Review) {
    const page = `${this.htmlUrl}/pull/${review.number}`;
    const pull = `${this.repositoryUrl}/pulls/${review.number}`;
    return {
      id: review.id,
      node_id: nodeId('PullRequestReview', review.id),
      user: this.user(review.author),
      body: review.body,
      state: review.state,
      html_url: `${page}#pullrequestreview-${review.id}`,
      pull_request_url: pull,
      _links: { html: { href: `${page}#pullrequestreview-${review.id}` }, pull_request: { href: pull } },
      submitted_at: review.submittedAt,
      commit_id: review.commit,
      author_association: 'MEMBER',
    };
  }

  gitCommit(commit: GitCommit) {
    return {
      url: `${this.repositoryUrl}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${this.repositoryUrl}/git/trees/${commit.tree}` },
    };
  }

  commit(commit: GitCommit, files?: readonly GitFile[]) {
    const url = `${this.repositoryUrl}/commits/${commit.sha}`;
    const additions = files?.reduce((sum, file) => sum + file.additions, 0) ?? 0;
    const deletions = files?.reduce((sum, file) => sum + file.deletions, 0) ?? 0;
    return {
      sha: commit.sha,
      node_id: nodeId('Commit', commit.sha),
      url,
      html_url: `${this.htmlUrl}/commit/${commit.sha}`,
      comments_url: `${url}/comments`,
      commit: { ...this.gitCommit(commit), comment_count: 0, verification: UNSIGNED },
      author: null,
      committer: null,
      parents: this.#parents(commit, true),
      ...(files && {
        stats: { additions, deletions, total: additions + deletions },
        files: files.map((file) => this.file(file, commit.sha)),
      }),
    };
  }

  #parents(commit: GitCommit, html: boolean) {
    return commit.parents.map((sha) => ({
      sha,
      url: `${this.repositoryUrl}/commits/${sha}`,
      ...(html && { html_url: `${this.htmlUrl}/commit/${sha}` }),
    }));
  }

  file(file: GitFile, ref: string) {
    const path = file.filename.split('/').map(encodeURIComponent).join('/');
    return {
      sha: file.sha,
      filename: file.filename,
      ...(file.previousFilename !== undefined && { previous_filename: file.previousFilename }),
      status: file.status,
      additions: file.additions,
      deletions: file.deletions,
      changes: file.additions + file.deletions,
      blob_url: `${this.htmlUrl}/blob/${ref}/${path}`,
      raw_url: `${this.htmlUrl}/raw/${ref}/${path}`,
      contents_url: `${this.repositoryUrl}/contents/${path}?ref=${ref}`,
      ...(file.patch !== undefined && { patch: file.patch }),
    };
  }

  checkRun(run: CheckRun) {
    const url = `${this.repositoryUrl}/check-runs/${run.id}`;
    return {
      id: run.id,
      node_id: nodeId('CheckRun', run.id),
      head_sha: run.headSha,
      external_id: run.externalId ?? '',
      name: run.name,
      url,
      html_url: `${this.htmlUrl}/runs/${run.id}`,
      details_url: run.detailsUrl ?? `${this.htmlUrl}/runs/${run.id}`,
      status: run.status,
      conclusion: run.conclusion,
      started_at: run.startedAt,
      completed_at: run.completedAt,
      output: { ...run.output, annotations_count: run.annotations, annotations_url: `${url}/annotations` },
      check_suite: { id: 1 },
      app: null,
      pull_requests: [],
    };
  }

  status(status: CommitStatus) {
    return {
      id: status.id,
      node_id: nodeId('StatusContext', status.id),
      url: `${this.repositoryUrl}/statuses/${status.sha}`,
      avatar_url: this.user(status.author).avatar_url,
      state: status.state,
      description: status.description,
      target_url: status.targetUrl,
      context: status.context,
      created_at: status.createdAt,
      updated_at: status.createdAt,
      creator: this.user(status.author),
    };
  }

  deployment(deployment: Deployment) {
    const url = `${this.repositoryUrl}/deployments/${deployment.id}`;
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
      creator: this.user(deployment.author),
      created_at: deployment.createdAt,
      updated_at: deployment.updatedAt,
      statuses_url: `${url}/statuses`,
      repository_url: this.repositoryUrl,
      transient_environment: deployment.transient,
      production_environment: deployment.production,
      performed_via_github_app: null,
    };
  }

  deploymentStatus(deployment: Deployment, status: DeploymentStatus) {
    const url = `${this.repositoryUrl}/deployments/${deployment.id}`;
    return {
      id: status.id,
      node_id: nodeId('DeploymentStatus', status.id),
      url: `${url}/statuses/${status.id}`,
      state: status.state,
      creator: this.user(status.author),
      description: status.description,
      environment: deployment.environment,
      target_url: status.logUrl,
      log_url: status.logUrl,
      environment_url: status.environmentUrl,
      created_at: status.createdAt,
      updated_at: status.createdAt,
      deployment_url: url,
      repository_url: this.repositoryUrl,
      performed_via_github_app: null,
    };
  }

  run(run: Run, commit: GitCommit) {
    const url = `${this.repositoryUrl}/actions/runs/${run.id}`;
    const workflowId = stableId(run.path);
    const workflowUrl = `${this.repositoryUrl}/actions/workflows/${workflowId}`;
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
      html_url: `${this.htmlUrl}/actions/runs/${run.id}`,
      pull_requests: [],
      created_at: run.createdAt,
      updated_at: run.updatedAt,
      run_started_at: run.createdAt,
      actor: this.user(run.actor),
      triggering_actor: this.user(run.actor),
      jobs_url: `${url}/jobs`,
      logs_url: `${url}/logs`,
      check_suite_url: `${this.repositoryUrl}/check-suites/${run.id}`,
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
      repository: this.minimalRepository(),
      head_repository: this.minimalRepository(),
    };
  }

  job(run: Run, job: RunJob) {
    const url = `${this.repositoryUrl}/actions/jobs/${job.id}`;
    const time = (seconds: number) => new Date(Date.parse(job.startedAt) + seconds * 1000).toISOString();
    return {
      id: job.id,
      run_id: run.id,
      run_url: `${this.repositoryUrl}/actions/runs/${run.id}`,
      run_attempt: run.attempt,
      node_id: nodeId('CheckRun', job.id),
      head_sha: run.headSha,
      head_branch: run.headBranch,
      workflow_name: run.workflow,
      url,
      html_url: `${this.htmlUrl}/actions/runs/${run.id}#job-${job.id}`,
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
      check_run_url: `${this.repositoryUrl}/check-runs/${job.id}`,
      labels: ['ubuntu-latest'],
      runner_id: 1,
      runner_name: 'sandbox',
      runner_group_id: 1,
      runner_group_name: 'GitHub Actions',
    };
  }
}

const CREATED = '2026-01-05T09:00:00Z';

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

/** Every link of a repository that GitHub's schema requires, with its path. */
const REPOSITORY_LINKS = [
  ['archive_url', '/{archive_format}{/ref}'],
  ['assignees_url', '/assignees{/user}'],
  ['blobs_url', '/git/blobs{/sha}'],
  ['branches_url', '/branches{/branch}'],
  ['collaborators_url', '/collaborators{/collaborator}'],
  ['comments_url', '/comments{/number}'],
  ['commits_url', '/commits{/sha}'],
  ['compare_url', '/compare/{base}...{head}'],
  ['contents_url', '/contents/{+path}'],
  ['contributors_url', '/contributors'],
  ['deployments_url', '/deployments'],
  ['downloads_url', '/downloads'],
  ['events_url', '/events'],
  ['forks_url', '/forks'],
  ['git_commits_url', '/git/commits{/sha}'],
  ['git_refs_url', '/git/refs{/sha}'],
  ['git_tags_url', '/git/tags{/sha}'],
  ['hooks_url', '/hooks'],
  ['issue_comment_url', '/issues/comments{/number}'],
  ['issue_events_url', '/issues/events{/number}'],
  ['issues_url', '/issues{/number}'],
  ['keys_url', '/keys{/key_id}'],
  ['labels_url', '/labels{/name}'],
  ['languages_url', '/languages'],
  ['merges_url', '/merges'],
  ['milestones_url', '/milestones{/number}'],
  ['notifications_url', '/notifications{?since,all,participating}'],
  ['pulls_url', '/pulls{/number}'],
  ['releases_url', '/releases{/id}'],
  ['stargazers_url', '/stargazers'],
  ['statuses_url', '/statuses/{sha}'],
  ['subscribers_url', '/subscribers'],
  ['subscription_url', '/subscription'],
  ['tags_url', '/tags'],
  ['teams_url', '/teams'],
  ['trees_url', '/git/trees{/sha}'],
] as const;

const nodeId = (kind: string, id: string | number) => Buffer.from(`${kind}:${id}`).toString('base64');

/** A number that stays the same for a name, where nobody gave one. */
export function stableId(name: string): number {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 900_000_011;
  return 1_000_000 + hash;
}
