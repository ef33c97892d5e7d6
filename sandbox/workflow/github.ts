import { randomBytes } from 'node:crypto';
import type { SandboxConfig } from '../config.ts';
import type { QueueEntry } from '../github/state.ts';
import type { Permissions } from './permission.ts';

/** A new token of GitHub's shape; `ghs` for a job, `ghp` for a person. */
export const newToken = (kind: 'ghs' | 'ghp') => `${kind}_${randomBytes(18).toString('hex')}`;

async function request(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'user-agent': 'sandbox', 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? undefined : JSON.parse(text);
  if (response.ok) return answer;
  throw new Error(`GitHub answers ${response.status} to ${method} ${new URL(url).pathname}: ${text.slice(0, 500)}`);
}

/** The launcher's side of the GitHub stand-in: runs, jobs and their tokens; faults and the request log for tests. */
export class Launcher {
  readonly #base: string;

  constructor(config: SandboxConfig) {
    this.#base = `${config.addresses.github}/_launcher`;
  }

  call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    return request(`${this.#base}${path}`, method, body, {}) as Promise<T>;
  }

  /** The next `times` requests that match get this answer. */
  addFault(fault: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.call('POST', '/faults', fault);
  }
}

/** Somebody who uses GitHub by hand: opens pull requests, merges them. */
export class Person {
  readonly login: string;
  readonly #token: string;
  readonly #config: SandboxConfig;

  private constructor(config: SandboxConfig, login: string, token: string) {
    this.#config = config;
    this.login = login;
    this.#token = token;
  }

  static async signIn(
    config: SandboxConfig,
    login: string,
    role: 'read' | 'write' | 'admin' = 'write',
  ): Promise<Person> {
    const token = newToken('ghp');
    await new Launcher(config).call('POST', '/people', { login, token, role });
    return new Person(config, login, token);
  }

  get config(): SandboxConfig {
    return this.#config;
  }

  /** Calls the REST API; `path` is below the repository (`/pulls/1`). */
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const { owner, name } = this.#config.repository;
    const url = `${this.#config.addresses.github}/api/v3/repos/${owner}/${name}${path}`;
    return request(url, method, body, { authorization: `Bearer ${this.#token}` }) as Promise<T>;
  }

  async openPullRequest(wanted: { title: string; head: string; base?: string; body?: string }): Promise<PullRequest> {
    return this.call<PullRequest>('POST', '/pulls', { base: 'main', ...wanted });
  }

  /** Gives the SHA of what the merge made on the base branch. */
  async mergePullRequest(number: number, method: 'merge' | 'squash' | 'rebase' = 'merge'): Promise<string> {
    const { sha } = await this.call<{ sha: string }>('PUT', `/pulls/${number}/merge`, { merge_method: method });
    return sha;
  }

  /** Puts pull requests into the merge queue; each entry has the branch on which its `merge_group` checks run. */
  queuePullRequests(numbers: readonly number[], method: 'merge' | 'squash' = 'merge'): Promise<QueueEntry[]> {
    return new Launcher(this.#config).call<QueueEntry[]>('POST', '/queue', {
      pulls: numbers,
      by: this.login,
      method,
    });
  }

  /** What GitHub does once the queue's checks have passed: one push that brings all of it. Gives the new commit. */
  async mergeQueue(): Promise<string> {
    const { sha } = await new Launcher(this.#config).call<{ sha: string }>('POST', '/queue/merge');
    return sha;
  }

  /** The page of a pull request, for people to look at. */
  pullRequestPage(number: number): string {
    const { owner, name } = this.#config.repository;
    return `${this.#config.addresses.github}/${owner}/${name}/pull/${number}`;
  }
}

/** What the launcher reads of a pull request; the event carries all of it. */
export interface PullRequest extends Record<string, unknown> {
  readonly number: number;
  readonly title: string;
  readonly merge_commit_sha: string | null;
  readonly head: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } };
  readonly base: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } };
}

export interface RegisteredRun {
  readonly id: number;
  readonly number: number;
}

export interface RegisteredJob {
  readonly id: number;
  readonly permissions: Permissions;
}
