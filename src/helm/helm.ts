import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execFailures } from '../exec/failures.ts';
import { run, type RunResult } from '../exec/run.ts';
import { Failure } from '../failure/failure.ts';
import { log } from '../runner/log.ts';

/** Helm, bound to a cluster and namespace. */
export interface Helm {
  readonly version: string;
  /** A folder of its own, 0700, that ends with the job: charts and values files go here. */
  readonly directory: string;
  /** Runs a helm command to its end, whatever its exit code; a cancel does not reach it, since half a change is worse. */
  command(args: readonly string[], options?: { timeoutSeconds?: number }): Promise<RunResult>;
}

export interface HelmOptions {
  readonly path: string;
  readonly version: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly directory: string;
  /** The child's environment; see `childEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** For how long a control plane that does not answer is asked again. */
  readonly awayPatienceSeconds?: number;
}

/** Helm with folders of its own, so that neither the user's repositories and plug-ins count nor anything is left behind. */
export function openHelm(options: HelmOptions): Helm {
  const home = options.directory;
  const env = {
    ...options.environment,
    KUBECONFIG: options.kubeconfig,
    HELM_NAMESPACE: options.namespace,
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
  };
  const once = (args: readonly string[], timeoutSeconds: number) =>
    run(options.path, args, { env, timeoutSeconds, detached: true }).catch(asResult);
  return {
    version: options.version,
    directory: home,
    async command(args, { timeoutSeconds = 120 } = {}) {
      const patience = options.awayPatienceSeconds ?? AWAY_PATIENCE_SECONDS;
      const began = performance.now();
      for (;;) {
        const result = await once(args, timeoutSeconds);
        const left = patience - (performance.now() - began) / 1000;
        const mayPass = isAway(result.stderr) || isUnread(args, result.stderr);
        if (result.exitCode === 0 || left <= 0 || !mayPass) return result;
        log.info(
          `The cluster does not answer Helm: ${helmWords(result.stderr)}. Asking again, ${Math.ceil(left)} s at most.`,
        );
        await sleep(Math.min(AWAY_PAUSE_SECONDS, left) * 1000);
      }
    },
  };
}

/** A control plane that is started again is back soon; a zonal one that is upgraded takes minutes. */
const AWAY_PATIENCE_SECONDS = 180;
const AWAY_PAUSE_SECONDS = 3;

/** Each command asks first whether the cluster is there (one that has just started may answer `unknown`): with this answer Helm has changed nothing yet, and may be run again. */
function isAway(stderr: string): boolean {
  return (
    /kubernetes cluster unreachable/i.test(stderr) &&
    /connection refused|i\/o timeout|EOF|connection reset|ServiceUnavailable|TLS handshake timeout|unreachable: unknown$/im.test(
      stderr,
    )
  );
}

/** What only reads may be asked again in any case. An API server that has just been started knows no roles for a moment. */
function isUnread(args: readonly string[], stderr: string): boolean {
  return ['history', 'get', 'status'].includes(args[0] ?? '') && /RBAC: .*role\S* "[^"]+" not found/.test(stderr);
}

/** A command that was stopped at its time-out has failed like any other: what it left half done is to be recovered. */
function asResult(error: unknown): RunResult {
  if (!(error instanceof Failure) || error.code !== execFailures.code('timedOut')) throw error;
  return { exitCode: 124, stdout: '', stderr: `Error: ${error.message}`, durationSeconds: 0 };
}

/** Helm's own words on what went wrong, in one line: all that follows the last `Error:`, without whole objects in it. */
export function helmWords(stderr: string): string {
  const words = (/(?:^|\n)Error: (?![\s\S]*\nError: )([\s\S]*)$/.exec(stderr)?.[1] ?? stderr)
    .replace(/Invalid value: "(?:[^"\\]|\\.){200,}"/g, 'invalid value')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  if (words.length <= LONGEST_WORDS) return words === '' ? 'no words' : words;
  // What is wrong stands at the end, where it is wrong at the beginning.
  return `${words.slice(0, LONGEST_WORDS / 2)} … ${words.slice(-LONGEST_WORDS / 2)}`;
}

const LONGEST_WORDS = 800;
