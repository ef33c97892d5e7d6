import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Times are ISO 8601 with seconds, as GitHub writes them. */
export type Time = string;

export interface Pull {
  number: number;
  id: number;
  title: string;
  body: string | null;
  author: string;
  state: 'open' | 'closed';
  draft: boolean;
  base: string;
  baseSha: string;
  head: { owner: string; branch: string };
  headSha: string;
  /** The test merge that `refs/pull/N/merge` names while the pull request is open; null on conflicts. */
  testMergeSha: string | null;
  mergedSha: string | null;
  /** What the merge brought to the base branch: of a rebase every commit. */
  mergedCommits: string[];
  /** Place in the timeline of each commit that was ever pushed, by its SHA: GitHub goes by the push, not by the commit's own date. */
  pushed: Record<string, number>;
  mergedBy: string | null;
  mergedAt: Time | null;
  createdAt: Time;
  updatedAt: Time;
  closedAt: Time | null;
}

export interface Issue {
  number: number;
  id: number;
  title: string;
  body: string | null;
  author: string;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'reopened' | null;
  createdAt: Time;
  updatedAt: Time;
  closedAt: Time | null;
}

export interface Comment {
  id: number;
  number: number;
  author: string;
  body: string;
  createdAt: Time;
  updatedAt: Time;
}

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
}

/** What happened to an issue or pull request, apart from comments and commits. */
export interface TimelineEvent {
  id: number;
  number: number;
  event:
    | 'labeled'
    | 'unlabeled'
    | 'closed'
    | 'reopened'
    | 'merged'
    | 'head_ref_force_pushed'
    | 'added_to_merge_queue'
    | 'removed_from_merge_queue';
  actor: string;
  label?: string;
  commit?: string;
  createdAt: Time;
}

export interface Review {
  id: number;
  number: number;
  author: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED';
  body: string;
  commit: string;
  submittedAt: Time;
}

export interface CheckRun {
  id: number;
  name: string;
  headSha: string;
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
  conclusion: string | null;
  detailsUrl: string | null;
  externalId: string | null;
  startedAt: Time | null;
  completedAt: Time | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: number;
}

export interface CommitStatus {
  id: number;
  sha: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  context: string;
  description: string | null;
  targetUrl: string | null;
  author: string;
  createdAt: Time;
}

export interface DeploymentStatus {
  id: number;
  state: string;
  description: string;
  environmentUrl: string;
  logUrl: string;
  author: string;
  createdAt: Time;
}

export interface Deployment {
  id: number;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  description: string | null;
  payload: Record<string, unknown> | string;
  transient: boolean;
  production: boolean;
  author: string;
  createdAt: Time;
  updatedAt: Time;
  statuses: DeploymentStatus[];
}

export interface Annotation {
  level: 'notice' | 'warning' | 'error';
  title: string;
  message: string;
  file: string;
  line: number | null;
}

export interface RunStep {
  name: string;
  number: number;
  conclusion: string | null;
  seconds: number;
  log: string;
}

export type RunStatus = 'queued' | 'in_progress' | 'completed';

export interface RunJob {
  id: number;
  name: string;
  status: RunStatus;
  conclusion: string | null;
  environment: string | null;
  permissions: Permissions;
  startedAt: Time;
  completedAt: Time | null;
  steps: RunStep[];
  annotations: Annotation[];
  summary: string;
}

export interface Run {
  id: number;
  number: number;
  attempt: number;
  workflow: string;
  path: string;
  event: string;
  title: string;
  actor: string;
  headBranch: string;
  headSha: string;
  pulls: number[];
  status: RunStatus;
  conclusion: string | null;
  createdAt: Time;
  updatedAt: Time;
  jobs: RunJob[];
}

export type Permissions = Record<string, 'read' | 'write' | 'none'>;

/** A token is kept only by its digest. A job's token has permissions, a person's has a role in the repository. */
export interface Token {
  login: string;
  permissions: Permissions | 'person';
  role: 'read' | 'write' | 'admin';
  job: number | null;
}

/** What an id-token request token may ask for: the claims of its job. */
export interface Identity {
  job: number;
  claims: Record<string, string>;
}

/** A pull request in the merge queue: the branch on which its checks run, made on top of those before it. */
export interface QueueEntry {
  number: number;
  /** `refs/heads/gh-readonly-queue/main/pr-7-<base sha>` */
  ref: string;
  headSha: string;
  baseSha: string;
  baseRef: string;
}

export interface State {
  nextId: number;
  nextNumber: number;
  nextRunNumber: Record<string, number>;
  people: Record<string, 'read' | 'write' | 'admin'>;
  pulls: Pull[];
  queue: QueueEntry[];
  issues: Issue[];
  comments: Comment[];
  labels: Label[];
  /** Names of labels, by number of the issue or pull request. */
  labelled: Record<string, string[]>;
  timeline: TimelineEvent[];
  reviews: Review[];
  checkRuns: CheckRun[];
  statuses: CommitStatus[];
  deployments: Deployment[];
  runs: Run[];
  tokens: Record<string, Token>;
  identities: Record<string, Identity>;
}

export function emptyState(): State {
  return {
    nextId: 5_000_001,
    nextNumber: 1,
    nextRunNumber: {},
    people: {},
    pulls: [],
    queue: [],
    issues: [],
    comments: [],
    labels: [],
    labelled: {},
    timeline: [],
    reviews: [],
    checkRuns: [],
    statuses: [],
    deployments: [],
    runs: [],
    tokens: {},
    identities: {},
  };
}

/** The state file: read once, written whole after each change, so that a restart finds what was answered. */
export class StateFile {
  readonly state: State;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    chmodSync(dirname(path), 0o700);
    this.state = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as State) : emptyState();
  }

  save(): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.state), { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
  }
}

export function now(): Time {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Ids as GitHub's: unique over all kinds of things. */
export function newId(state: State): number {
  return state.nextId++;
}
