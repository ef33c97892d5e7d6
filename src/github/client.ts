import type { getOctokit } from '@actions/github';
import { Failure, reason } from '../failure/failure.ts';
import { log } from '../runner/log.ts';
import { mask } from '../runner/mask.ts';
import { githubFailures } from './failures.ts';

export type Octokit = ReturnType<typeof getOctokit>;

export interface Repository {
  readonly owner: string;
  readonly name: string;
}

export interface GitHubOptions {
  readonly token: string | undefined;
  readonly apiUrl: string;
  readonly repository: Repository;
  readonly timeoutSeconds?: number;
}

/** What a call is about, for messages: its words, and the permission that it needs. */
export interface Subject {
  /** `the comments of pull request 12` */
  readonly what: string;
  /** `pull-requests: write` */
  readonly permission: string;
}

export interface GitHubClient {
  readonly repository: Repository;
  /** Runs one call; what GitHub refuses becomes a failure that says what to do (LK-GITHUB-002 to -008). */
  call<T>(subject: Subject, work: (octokit: Octokit, at: { owner: string; repo: string }) => Promise<T>): Promise<T>;
}

/** GitHub may ask for a longer wait than a job should spend on a comment. */
const LONGEST_WAIT_SECONDS = 120;
const RETRIES = 3;

/** A client for the job's repository. Throws LK-GITHUB-001 without a token. Octokit is loaded with the first call. */
export function githubClient(options: GitHubOptions): GitHubClient {
  const { token, repository } = options;
  if (token === undefined || token === '')
    throw githubFailures.failure('noToken', { what: 'The input `github-token` is empty.' });
  mask(token);
  let loading: Promise<Octokit> | undefined;
  return {
    repository,
    async call(subject, work) {
      const octokit = await (loading ??= load(token, options));
      try {
        return await work(octokit, { owner: repository.owner, repo: repository.name });
      } catch (error) {
        throw translate(error, subject);
      }
    },
  };
}

async function load(token: string, options: GitHubOptions): Promise<Octokit> {
  const [{ getOctokit }, { retry }, { throttling }] = await Promise.all([
    import('@actions/github'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  const limit = (kind: string) => (seconds: number, request: object, _octokit: unknown, retries: number) => {
    const again = retries < RETRIES && seconds <= LONGEST_WAIT_SECONDS;
    const { method, url } = request as { method: string; url: string };
    log.warning(
      `GitHub’s ${kind} was reached by ${method} ${url}. ${again ? `Trying again after the ${seconds} s that GitHub asks for.` : `GitHub asks to wait ${seconds} s, which is too long.`}`,
    );
    return again;
  };
  // The order matters: the first plug-in is the innermost, so that each try has the whole time-out.
  return getOctokit(
    token,
    {
      baseUrl: options.apiUrl,
      retry: { retries: RETRIES },
      throttle: { onRateLimit: limit('rate limit'), onSecondaryRateLimit: limit('secondary rate limit') },
      log: { debug: log.debug, info: log.debug, warn: log.debug, error: log.debug },
    },
    timeOut(options.timeoutSeconds ?? 30),
    retry,
    throttling,
  );
}

type Plugin = Parameters<typeof getOctokit>[2] & ((...args: never[]) => unknown);

function timeOut(seconds: number): Plugin {
  return ((octokit: Octokit) => {
    octokit.hook.wrap('request', (request, options) =>
      request({ ...options, request: { ...options.request, signal: AbortSignal.timeout(seconds * 1000) } }),
    );
    return {};
  }) as unknown as Plugin;
}

/** Octokit's RequestError, as far as it is used here. */
interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly response?: {
    readonly headers: Record<string, string | number | undefined>;
    readonly data?: { message?: string; errors?: { message?: string; code?: string; field?: string }[] };
  };
}

/** The failure for what a call threw; exported for tests. */
export function translate(thrown: unknown, subject: Subject): Failure {
  if (thrown instanceof Failure) return thrown;
  const refusal = thrown as Partial<Refusal>;
  const data = refusal.response?.data;
  const words = (data?.message ?? reason(thrown)).replace(/\.$/, '');
  const details = (data?.errors ?? []).map(
    (error) => error.message ?? `${error.field ?? ''} ${error.code ?? ''}`.trim(),
  );
  const said = [words, ...details].filter((text) => text !== '').join('; ');
  const failure = (kind: Parameters<typeof githubFailures.failure>[0], what: string, fix?: string) =>
    githubFailures.failure(kind, { what, fix, cause: thrown });
  const headers = refusal.response?.headers ?? {};
  const limited =
    refusal.status === 429 ||
    (refusal.status === 403 && (headers['x-ratelimit-remaining'] === '0' || /rate limit/i.test(words)));
  if (limited) {
    const wait = headers['retry-after'];
    return failure(
      'rateLimited',
      `GitHub’s rate limit stopped the request for ${subject.what}${wait === undefined ? '' : `; it asks to wait ${wait} s`}.`,
    );
  }
  switch (refusal.status) {
    case 401:
      return failure('badToken', `GitHub does not accept the token for ${subject.what}: ${said}.`);
    case 403:
      return failure(
        'permissionDenied',
        `The job’s token may not reach ${subject.what}: ${said}.`,
        `Add \`permissions: { ${subject.permission} }\` to the job.`,
      );
    case 404:
    case 410:
      return failure('notFound', `GitHub does not show ${subject.what}: ${said}.`);
    case 422:
      return /too long/i.test(said)
        ? failure('tooLong', `GitHub refused ${subject.what}: ${said}.`)
        : failure('refused', `GitHub refused the request for ${subject.what}: ${said}.`);
  }
  // Octokit gives 500 to what never had an answer, too.
  if (refusal.status === undefined || refusal.status >= 500 || refusal.status === 408)
    return failure('unavailable', `GitHub did not answer for ${subject.what}: ${said}.`);
  return failure('refused', `GitHub refused the request for ${subject.what}: ${said}.`);
}
