import type { GitHub } from './world.ts';
import { newId, now, type Label, type Pull } from './state.ts';
import { Refusal, validationFailed } from './answer.ts';

/** Where a pull request's head lives in the bare repository; a fork's branches have a namespace of their own. */
export function headRefOf(github: GitHub, head: Pull['head']): string {
  return head.owner === github.config.repository.owner
    ? `refs/heads/${head.branch}`
    : `refs/forks/${head.owner}/heads/${head.branch}`;
}

export const isFork = (github: GitHub, pull: Pull) => pull.head.owner !== github.config.repository.owner;

/** Brings every open pull request up to what was pushed since: head, test merge, `refs/pull/N/head` and `/merge`. */
export function syncPulls(github: GitHub): void {
  const open = github.state.pulls.filter((pull) => pull.state === 'open');
  if (open.length === 0) return;
  const refs = github.git.refs();
  const changed = open.map((pull) => syncPull(github, pull, refs)).includes(true);
  if (changed) github.file.save();
}

function syncPull(github: GitHub, pull: Pull, refs = github.git.refs()): boolean {
  const { git } = github;
  const base = refs.get(`refs/heads/${pull.base}`);
  const head = refs.get(headRefOf(github, pull.head));
  if (base === undefined || head === undefined) return false;
  if (pull.baseSha === base && pull.headSha === head && refs.get(`refs/pull/${pull.number}/head`) === head)
    return false;
  if (pull.headSha !== head) pull.updatedAt = now();
  notePush(github, pull, base, head);
  pull.baseSha = base;
  pull.headSha = head;
  git.setRef(`refs/pull/${pull.number}/head`, head);
  const tree = git.mergedTree(base, head);
  pull.testMergeSha =
    tree === undefined ? null : git.commitTree(tree, [base, head], `Merge ${head} into ${base}`, personOf(pull.author));
  if (pull.testMergeSha === null) git.deleteRef(`refs/pull/${pull.number}/merge`);
  else git.setRef(`refs/pull/${pull.number}/merge`, pull.testMergeSha);
  return true;
}

/** What a push adds to the timeline: each new commit, and that the branch was rewritten where it was. */
function notePush(github: GitHub, pull: Pull, base: string, head: string): void {
  const { git, state } = github;
  if (pull.headSha !== '' && pull.headSha !== head && !git.contains(head, pull.headSha)) {
    const event = { event: 'head_ref_force_pushed', actor: pull.author, commit: head } as const;
    state.timeline.push({ id: newId(state), number: pull.number, ...event, createdAt: now() });
  }
  for (const { sha } of git.between(base, head)) pull.pushed[sha] ??= newId(state);
}

export const personOf = (login: string) => ({ name: login, email: `${login}@users.noreply.github.com` });

export interface NewPull {
  title: string;
  body?: string | null;
  head: string;
  base: string;
  draft?: boolean;
}

export function createPull(github: GitHub, author: string, wanted: NewPull): Pull {
  const { state, git } = github;
  const [owner, branch] = wanted.head.includes(':')
    ? (wanted.head.split(':', 2) as [string, string])
    : [github.config.repository.owner, wanted.head];
  const head = { owner, branch };
  const baseSha = git.commitOf(`refs/heads/${wanted.base}`);
  if (baseSha === undefined) throw validationFailed('PullRequest', 'base', 'invalid');
  const headSha = git.commitOf(headRefOf(github, head));
  if (headSha === undefined) throw validationFailed('PullRequest', 'head', 'invalid');
  if (git.contains(baseSha, headSha)) {
    const message = `No commits between ${wanted.base} and ${branch}`;
    throw validationFailed('PullRequest', 'head', 'custom', message);
  }
  const same = (pull: Pull) => pull.state === 'open' && pull.head.owner === owner && pull.head.branch === branch;
  if (state.pulls.some((pull) => same(pull) && pull.base === wanted.base)) {
    const message = `A pull request already exists for ${owner}:${branch}.`;
    throw validationFailed('PullRequest', 'head', 'custom', message);
  }
  const time = now();
  const pull: Pull = {
    number: state.nextNumber++,
    id: newId(state),
    title: wanted.title,
    body: wanted.body ?? null,
    author,
    state: 'open',
    draft: wanted.draft ?? false,
    base: wanted.base,
    baseSha,
    head,
    headSha: '',
    testMergeSha: null,
    mergedSha: null,
    mergedCommits: [],
    pushed: {},
    mergedBy: null,
    mergedAt: null,
    createdAt: time,
    updatedAt: time,
    closedAt: null,
  };
  state.pulls.push(pull);
  syncPull(github, pull);
  return pull;
}

export interface Merge {
  sha?: string;
  merge_method?: 'merge' | 'squash' | 'rebase';
  commit_title?: string;
  commit_message?: string;
}

/** Merges for real and moves the base branch. Returns the new commit's SHA. */
export function mergePull(github: GitHub, pull: Pull, by: string, wanted: Merge): string {
  const { git } = github;
  syncPull(github, pull);
  if (pull.state !== 'open' || pull.draft) throw new Refusal(405, 'Pull Request is not mergeable');
  if (wanted.sha !== undefined && wanted.sha !== pull.headSha) {
    throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
  }
  const method = wanted.merge_method ?? 'merge';
  const merged =
    method === 'rebase' ? git.rebased(pull.baseSha, pull.headSha) : mergeCommit(github, pull, by, method, wanted);
  if (merged === undefined) throw new Refusal(405, 'Pull Request is not mergeable');
  git.git(['update-ref', `refs/heads/${pull.base}`, merged, pull.baseSha]);
  closeAsMerged(github, pull, by, pull.baseSha, merged);
  return merged;
}

/** Notes that the commits after `base` up to `merged` are what the pull request brought. */
export function closeAsMerged(github: GitHub, pull: Pull, by: string, base: string, merged: string): void {
  const { git } = github;
  // GitHub drops the test merge once a pull request is no longer open.
  git.deleteRef(`refs/pull/${pull.number}/merge`);
  const time = now();
  Object.assign(pull, {
    state: 'closed',
    mergedSha: merged,
    mergedCommits: git.between(base, merged).map(({ sha }) => sha),
    mergedBy: by,
    mergedAt: time,
    closedAt: time,
    updatedAt: time,
  } satisfies Partial<Pull>);
  for (const event of ['merged', 'closed'] as const) {
    const id = newId(github.state);
    github.state.timeline.push({ id, number: pull.number, event, actor: by, commit: merged, createdAt: time });
  }
}

/** The commit that puts the pull request on `base`, its own base unless others come before it; undefined on conflicts. */
export function mergeCommit(
  github: GitHub,
  pull: Pull,
  by: string,
  method: 'merge' | 'squash',
  wanted: Merge,
  base = pull.baseSha,
): string | undefined {
  const { git } = github;
  const tree = git.mergedTree(base, pull.headSha);
  if (tree === undefined) return undefined;
  const commits = git.between(pull.baseSha, pull.headSha);
  const title =
    wanted.commit_title ??
    (method === 'merge'
      ? `Merge pull request #${pull.number} from ${pull.head.owner}/${pull.head.branch}`
      : `${pull.title} (#${pull.number})`);
  const listed = commits.length > 1 ? commits.map((commit) => `* ${commit.message}`).join('\n\n') : '';
  const message = wanted.commit_message ?? (method === 'merge' ? pull.title : listed);
  const parents = method === 'merge' ? [base, pull.headSha] : [base];
  return git.commitTree(tree, parents, `${title}${message === '' ? '' : `\n\n${message}`}\n`, personOf(by));
}

export function labelsOf(github: GitHub, number: number): Label[] {
  const names = github.state.labelled[number] ?? [];
  return github.state.labels.filter((label) => names.includes(label.name));
}

/** The pull request as GitHub lists it (`pull-request-simple`). */
export function simplePull(github: GitHub, pull: Pull) {
  const { shapes } = github;
  const url = `${shapes.repositoryUrl}/pulls/${pull.number}`;
  const issue = `${shapes.repositoryUrl}/issues/${pull.number}`;
  const page = `${shapes.htmlUrl}/pull/${pull.number}`;
  const statuses = `${shapes.repositoryUrl}/statuses/${pull.headSha}`;
  const links = {
    self: url,
    html: page,
    issue,
    comments: `${issue}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${shapes.repositoryUrl}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses,
  };
  const side = (owner: string, ref: string, sha: string) => ({
    label: `${owner}:${ref}`,
    ref,
    sha,
    user: shapes.user(owner),
    repo: shapes.repository(owner),
  });
  return {
    id: pull.id,
    node_id: Buffer.from(`PullRequest:${pull.id}`).toString('base64'),
    number: pull.number,
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    comments_url: links.comments,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    statuses_url: statuses,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: shapes.user(pull.author),
    body: pull.body,
    labels: labelsOf(github, pull.number).map((label) => shapes.issues.label(label)),
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergedSha ?? pull.testMergeSha,
    draft: pull.draft,
    head: side(pull.head.owner, pull.head.branch, pull.headSha),
    base: side(github.config.repository.owner, pull.base, pull.baseSha),
    _links: Object.fromEntries(Object.entries(links).map(([key, href]) => [key, { href }])),
    author_association: isFork(github, pull) ? 'CONTRIBUTOR' : 'MEMBER',
    auto_merge: null,
  };
}

export function filesOf(github: GitHub, pull: Pull) {
  const base = github.git.mergeBase(pull.baseSha, pull.headSha) ?? pull.baseSha;
  return github.git.files(base, pull.headSha);
}

/** The pull request as GitHub answers it alone (`pull-request`). */
export function fullPull(github: GitHub, pull: Pull) {
  const files = filesOf(github, pull);
  const open = pull.state === 'open';
  return {
    ...simplePull(github, pull),
    merged: pull.mergedSha !== null,
    mergeable: open ? pull.testMergeSha !== null : null,
    rebaseable: open ? pull.testMergeSha !== null : null,
    mergeable_state: !open ? 'unknown' : pull.testMergeSha === null ? 'dirty' : pull.draft ? 'draft' : 'clean',
    merged_by: pull.mergedBy === null ? null : github.shapes.user(pull.mergedBy),
    comments: github.state.comments.filter((comment) => comment.number === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: github.git.between(pull.baseSha, pull.headSha).length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}
