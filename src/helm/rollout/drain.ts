import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubernetes } from '../../kubernetes/client.ts';
import type { Pod } from '../../kubernetes/resources.ts';
import { type Forward, type Load, loadWords, readLoad } from '../../livekit/load.ts';
import { log } from '../../runner/log.ts';
import { isEnding, isReady, type Observation, observe } from './observe.ts';

/** wait: until the calls are over, or the limit; force: the calls that are left are cut. */
export type DrainMode = 'wait' | 'force';

export interface DrainOptions {
  readonly client: Kubernetes;
  readonly namespace: string;
  readonly deployments: readonly string[];
  readonly mode: DrainMode;
  /** How long this step follows the drain; what is left then is handed over to the next run. */
  readonly limitSeconds: number;
  /** Reaches the pods' metrics; `undefined` for a chart that is not LiveKit's. */
  readonly forward: Forward | undefined;
  readonly signal: AbortSignal;
  readonly pollSeconds?: number;
  /** Hears of each look, one for each Deployment; `undefined` for one that is not there. */
  readonly onLook?: (looks: readonly (Observation | undefined)[]) => void;
}

/** A pod that was told to end and still holds calls. */
export interface DrainingPod {
  readonly name: string;
  readonly node: string;
  /** Since its SIGTERM. */
  readonly drainingSeconds: number;
  /** After which Kubernetes ends it, calls or not. */
  readonly graceSeconds: number;
  /** `undefined` when it does not tell. */
  readonly load: Load | undefined;
}

/** Enough for a server to close its sockets; then the pod's calls are over. */
const FORCED_GRACE_SECONDS = 30;
const POLL_SECONDS = 15;
/** A line for each pod at least so often, though nothing changed: whoever looks sees that it goes on. */
const QUIET_SECONDS = 300;

/**
 * Follows old pods until their calls are over. Only SIGTERM makes a LiveKit server take no more rooms, so the rollout has
 * begun before; waiting is all that is left. Gives the pods that still drain when the limit is reached.
 */
export async function followDrain(options: DrainOptions): Promise<DrainingPod[]> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const narrator = narrate(elapsed);
  const forced = new Set<string>();
  let isFirst = true;
  for (;;) {
    options.signal.throwIfAborted();
    const pods = await drainingPods(options);
    if (isFirst && pods.length > 0) {
      log.info(
        options.mode === 'force'
          ? `${count(pods.length)} for calls, which are cut now (\`drain: force\`).`
          : `${count(pods.length)} for calls to end.`,
      );
    }
    isFirst = false;
    const seen = await Promise.all(pods.map((pod) => describe(pod, options)));
    narrator(seen);
    if (options.mode === 'force') {
      for (const { metadata } of pods) {
        if (forced.has(metadata.uid)) continue;
        forced.add(metadata.uid);
        await options.client.end(options.namespace, metadata.name, FORCED_GRACE_SECONDS);
      }
    }
    if (seen.length === 0) return [];
    const left = options.limitSeconds - elapsed();
    if (left <= 0) return seen;
    const pause = Math.min(options.pollSeconds ?? POLL_SECONDS, left) * 1000;
    await sleep(pause, undefined, { signal: options.signal });
  }
}

async function drainingPods({ client, namespace, deployments, onLook }: DrainOptions): Promise<Pod[]> {
  const now = new Date();
  const looks = await Promise.all(deployments.map((name) => observe(client, namespace, name, now)));
  onLook?.(looks);
  // An ending pod that is not ready holds no calls, or its node is lost: nothing to wait for.
  return looks.flatMap((look) => look?.oldPods.filter((pod) => isEnding(pod) && isReady(pod)) ?? []);
}

async function describe(pod: Pod, { namespace, forward, signal }: DrainOptions): Promise<DrainingPod> {
  const { name, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const graceSeconds = deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  // Kubernetes writes the time at which the grace is over.
  const toldAt = Date.parse(deletionTimestamp ?? '') - graceSeconds * 1000;
  const port = pod.spec.containers.flatMap(({ ports }) => ports).find((each) => each.name === 'metrics')?.containerPort;
  return {
    name,
    node: pod.spec.nodeName ?? '',
    drainingSeconds: Math.max(0, (Date.now() - toldAt) / 1000),
    graceSeconds,
    load:
      forward === undefined || port === undefined
        ? undefined
        : await readLoad(forward, { namespace, name, port }, signal),
  };
}

/** A line for a pod when its load has changed, and now and then when it has not. */
function narrate(elapsed: () => number): (pods: readonly DrainingPod[]) => void {
  const said = new Map<string, { words: string; at: number }>();
  return (pods) => {
    for (const pod of pods) {
      const words = pod.load === undefined ? 'its load is not known' : loadWords(pod.load);
      const before = said.get(pod.name);
      if (before?.words === words && elapsed() - before.at < QUIET_SECONDS) continue;
      said.set(pod.name, { words, at: elapsed() });
      log.info(`${elapsed().toFixed(0).padStart(4)} s  ${pod.name} drains: ${words}, ${drainWords(pod)}`);
    }
    for (const name of said.keys()) {
      if (pods.some((pod) => pod.name === name)) continue;
      said.delete(name);
      log.info(`${elapsed().toFixed(0).padStart(4)} s  ${name} has ended`);
    }
  };
}

/** `12 min of 5 h` */
export function drainWords({ drainingSeconds, graceSeconds }: DrainingPod): string {
  return `${span(drainingSeconds)} of ${span(graceSeconds)}`;
}

function span(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const count = (number: number) => (number === 1 ? '1 old pod waits' : `${number} old pods wait`);
