import { GitRepository, type GitCommit } from '../github/git.ts';
import { MERGE_QUEUE } from '../github/merge-queue.ts';
import type { QueueEntry } from '../github/state.ts';
import type { Person, PullRequest } from './github.ts';

/** Something that happened on GitHub, as it starts workflows. */
export interface WorkflowEvent {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Full ref: `refs/heads/main`, `refs/pull/1/merge`. */
  readonly ref: string;
  /** The commit whose workflow files count, and GITHUB_SHA. */
  readonly sha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: string;
  readonly title: string;
  readonly changedFiles: readonly string[];
  readonly inputs: Readonly<Record<string, string>>;
  /** From a fork: no secrets, no identity, nothing that writes. */
  readonly fork: boolean;
  readonly pulls: readonly number[];
}

const PLAIN = { headRef: '', baseRef: '', changedFiles: [], inputs: {}, fork: false, pulls: [] } as const;

const gitOf = (person: Person) => new GitRepository(person.config.repository.gitDirectory);

async function common(person: Person) {
  const repository = await person.call('GET', '');
  return { repository, sender: { login: person.login, type: 'User' } };
}

/** `pull_request` with its action (`opened`, `synchronize`, `closed` ...), on the test merge as on GitHub. */
export async function pullRequestEvent(person: Person, number: number, action: string): Promise<WorkflowEvent> {
  const pull = await person.call<PullRequest>('GET', `/pulls/${number}`);
  const files = await person.call<{ filename: string }[]>('GET', `/pulls/${number}/files?per_page=100`);
  if (pull.merge_commit_sha === null)
    throw new Error(`Pull request #${number} has conflicts: GitHub starts no workflow for it.`);
  const closed = action === 'closed';
  return {
    ...PLAIN,
    name: 'pull_request',
    payload: { action, number, pull_request: pull, ...(await common(person)) },
    // A closed one has no test merge any more: GitHub gives the base branch once it is merged.
    ref: closed ? `refs/heads/${pull.base.ref}` : `refs/pull/${number}/merge`,
    sha: pull.merge_commit_sha,
    headRef: pull.head.ref,
    baseRef: pull.base.ref,
    actor: person.login,
    title: pull.title,
    changedFiles: files.map((file) => file.filename),
    fork: pull.head.repo.full_name !== pull.base.repo.full_name,
    pulls: [number],
  };
}

/** `merge_group` of one entry of the merge queue, on the branch that GitHub made for it. */
export async function mergeGroupEvent(person: Person, entry: QueueEntry): Promise<WorkflowEvent> {
  const git = gitOf(person);
  const { id, ...commit } = commitShape(git.commit(entry.headSha));
  const { repository } = await common(person);
  return {
    ...PLAIN,
    name: 'merge_group',
    payload: {
      action: 'checks_requested',
      merge_group: {
        head_sha: entry.headSha,
        head_ref: entry.ref,
        base_sha: entry.baseSha,
        base_ref: entry.baseRef,
        head_commit: { id, ...commit },
      },
      repository,
      sender: { login: MERGE_QUEUE, type: 'Bot' },
    },
    ref: entry.ref,
    sha: entry.headSha,
    actor: MERGE_QUEUE,
    title: commit.message.split('\n')[0] ?? '',
    changedFiles: git.files(entry.baseSha, entry.headSha).map((file) => file.filename),
    pulls: [entry.number],
  };
}

const commitShape = ({ sha, tree, message, author, committer }: GitCommit) => ({
  ...{ id: sha, tree_id: tree, message, timestamp: committer.date },
  author: { name: author.name, email: author.email },
  committer: { name: committer.name, email: committer.email },
});

/** `push` of a branch, from the commit that it had before. */
export async function pushEvent(person: Person, branch: string, before: string): Promise<WorkflowEvent> {
  const git = gitOf(person);
  const ref = `refs/heads/${branch}`;
  const after = git.commitOf(ref);
  if (after === undefined) throw new Error(`There is no branch ${branch}.`);
  const shape = (commit: GitCommit) => ({ ...commitShape(commit), distinct: true });
  const head = git.commit(after);
  return {
    ...PLAIN,
    name: 'push',
    payload: {
      ref,
      before,
      after,
      created: false,
      deleted: false,
      forced: false,
      base_ref: null,
      commits: git.between(before, after).map(shape),
      head_commit: shape(head),
      pusher: { name: person.login, email: `${person.login}@users.noreply.github.com` },
      ...(await common(person)),
    },
    ref,
    sha: after,
    actor: person.login,
    title: head.message.split('\n')[0] ?? '',
    changedFiles: git.files(before, after).map((file) => file.filename),
  };
}

/** `workflow_dispatch` on a branch; the inputs are checked against the workflow when it is run. */
export async function dispatchEvent(
  person: Person,
  inputs: Readonly<Record<string, string>>,
  branch = 'main',
): Promise<WorkflowEvent> {
  return { ...(await onBranch(person, branch, 'workflow_dispatch')), inputs };
}

/** `schedule` on the default branch. */
export async function scheduleEvent(person: Person, cron: string): Promise<WorkflowEvent> {
  const event = await onBranch(person, 'main', 'schedule');
  return { ...event, payload: { ...event.payload, schedule: cron } };
}

async function onBranch(person: Person, branch: string, name: string): Promise<WorkflowEvent> {
  const ref = `refs/heads/${branch}`;
  const sha = gitOf(person).commitOf(ref);
  if (sha === undefined) throw new Error(`There is no branch ${branch}.`);
  const payload = { ref, ...(await common(person)) };
  return { ...PLAIN, name, payload, ref, sha, actor: person.login, title: '' };
}
