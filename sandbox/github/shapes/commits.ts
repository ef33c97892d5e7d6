import { nodeId, type Addresses } from './addresses.ts';
import type { GitCommit, GitFile } from '../git.ts';
import type { CheckRun, CommitStatus } from '../state.ts';

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

/** Commits and their files, statuses and check runs. */
export class CommitShapes {
  readonly #at: Addresses;

  constructor(at: Addresses) {
    this.#at = at;
  }

  gitCommit(commit: GitCommit) {
    return {
      url: `${this.#at.repositoryUrl}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${this.#at.repositoryUrl}/git/trees/${commit.tree}` },
    };
  }

  commit(commit: GitCommit, files?: readonly GitFile[]) {
    const url = `${this.#at.repositoryUrl}/commits/${commit.sha}`;
    const additions = files?.reduce((sum, file) => sum + file.additions, 0) ?? 0;
    const deletions = files?.reduce((sum, file) => sum + file.deletions, 0) ?? 0;
    return {
      sha: commit.sha,
      node_id: nodeId('Commit', commit.sha),
      url,
      html_url: `${this.#at.htmlUrl}/commit/${commit.sha}`,
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
      url: `${this.#at.repositoryUrl}/commits/${sha}`,
      ...(html && { html_url: `${this.#at.htmlUrl}/commit/${sha}` }),
    }));
  }

  timelineCommit(commit: GitCommit) {
    return {
      ...this.gitCommit(commit),
      sha: commit.sha,
      node_id: nodeId('Commit', commit.sha),
      html_url: `${this.#at.htmlUrl}/commit/${commit.sha}`,
      event: 'committed',
      parents: this.#parents(commit, true),
      verification: UNSIGNED,
    };
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
      blob_url: `${this.#at.htmlUrl}/blob/${ref}/${path}`,
      raw_url: `${this.#at.htmlUrl}/raw/${ref}/${path}`,
      contents_url: `${this.#at.repositoryUrl}/contents/${path}?ref=${ref}`,
      ...(file.patch !== undefined && { patch: file.patch }),
    };
  }

  status(status: CommitStatus) {
    return {
      id: status.id,
      node_id: nodeId('StatusContext', status.id),
      url: `${this.#at.repositoryUrl}/statuses/${status.sha}`,
      avatar_url: this.#at.user(status.author).avatar_url,
      state: status.state,
      description: status.description,
      target_url: status.targetUrl,
      context: status.context,
      created_at: status.createdAt,
      updated_at: status.createdAt,
      creator: this.#at.user(status.author),
    };
  }

  checkRun(run: CheckRun) {
    const url = `${this.#at.repositoryUrl}/check-runs/${run.id}`;
    return {
      id: run.id,
      node_id: nodeId('CheckRun', run.id),
      head_sha: run.headSha,
      external_id: run.externalId ?? '',
      name: run.name,
      url,
      html_url: `${this.#at.htmlUrl}/runs/${run.id}`,
      details_url: run.detailsUrl ?? `${this.#at.htmlUrl}/runs/${run.id}`,
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
}
