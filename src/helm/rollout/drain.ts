import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import type { Pod } from '../../kubernetes/resources.ts';
import { type Forward, type Load, loadWords, readLoad } from '../../livekit/load.ts';
import { log } from '../../runner/log.ts';
import { isEnding, isReady, type Observation, observe, secondsBeforeEnd } from './observe.ts';
import { LAST_PODS_SECONDS } from './verdict.ts';

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
  /** Whether pods without calls are waited for, too: those whose nodes are to go. */
  readonly waitsForIdle?: boolean;
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
/** LiveKit drains at the first one, and ends at the second. */
const SECOND_SIGTERM = ['kill', '-TERM', '1'];
const POLL_SECONDS = 15;
const LEAVING_POLL_SECONDS = 1;
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
  const told = new Set<string>();
  const followed = new Set<string>();
  let isFirst = true;
  for (;;) {
    options.signal.throwIfAborted();
    const all = await drainingPods(options);
    const seen = await Promise.all(all.map((pod) => describe(pod, options)));
    const { idle, leaving, busy } = sort(seen, followed);
    if (options.waitsForIdle !== true) tellIdle(idle, told);
    if (isFirst && busy.length > 0) {
      isFirst = false;
      log.info(
        options.mode === 'force'
          ? `${count(busy.length)} for calls, which are cut now (\`drain: force\`).`
          : `${count(busy.length)} for calls to end.`,
      );
    }
    for (const { name } of busy) followed.add(name);
    narrator(busy);
    if (options.mode === 'force') {
      const named = new Set(busy.map(({ name }) => name));
      for (const pod of all) {
        const { metadata } = pod;
        if (!named.has(metadata.name) || forced.has(metadata.uid)) continue;
        forced.add(metadata.uid);
        await cut(pod, options);
      }
    }
    const going = options.waitsForIdle === true ? [...leaving, ...idle] : leaving;
    if (busy.length + going.length === 0) return [];
    const left = options.limitSeconds - elapsed();
    if (left <= 0) return [...busy, ...going];
    const isSoon = going.length > 0 || busy.some(({ load }) => hasNoCalls(load));
    const usual = options.pollSeconds ?? (isSoon ? LEAVING_POLL_SECONDS : POLL_SECONDS);
    await sleep(Math.min(usual, left) * 1000, undefined, { signal: options.signal });
  }
}

/**
 * Kubelets before 1.36 heed no shorter grace once a pod ends (kubernetes/kubernetes#83916), so that the server itself is told a
 * second time: then it ends with its calls. The shorter grace is for kubelets that heed it, and for servers that hang.
 */
async function cut(pod: Pod, { client, namespace, forward }: DrainOptions): Promise<void> {
  const { name } = pod.metadata;
  await client.end(namespace, name, FORCED_GRACE_SECONDS);
  const container = pod.spec.containers.find(({ ports }) => ports.some((each) => each.name === 'metrics'))?.name;
  if (forward === undefined || container === undefined) return;
  try {
    await client.exec({ namespace, pod: name, container, command: SECOND_SIGTERM });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log.warning(
      `The calls of ${name} may go on until its first grace is over, though \`drain: force\` is set: ${error.message} ${error.fix ?? ''}`.trim(),
    );
  }
}

/** Pods that have been told to end and hold calls, or do not tell; one look, without a word. */
export async function readDraining(
  pods: readonly Pod[],
  options: Pick<DrainOptions, 'namespace' | 'forward' | 'signal'>,
): Promise<DrainingPod[]> {
  const seen = await Promise.all(pods.filter(holdsPlace).map((pod) => describe(pod, options)));
  return seen.filter(({ load }) => !hasNoCalls(load));
}

/**
 * idle: without calls, and serving on only until the load balancer knows; it ends by itself and is in nobody's way. One
 * whose calls were followed is seen off. leaving: it
 * does not tell, and may be about to go.
 */
function sort(seen: readonly Described[], followed: ReadonlySet<string>) {
  const idle = seen.filter(({ name, load, servesOn }) => hasNoCalls(load) && servesOn && !followed.has(name));
  const leaving = seen.filter(({ load, isLeaving }) => load === undefined && isLeaving);
  return { idle, leaving, busy: seen.filter((pod) => !idle.includes(pod) && !leaving.includes(pod)) };
}

const hasNoCalls = (load: Load | undefined) => load?.participants === 0;

/** Once for each pod. */
function tellIdle(idle: readonly Described[], told: Set<string>): void {
  const fresh = idle.map(({ name }) => name).filter((name) => !told.has(name));
  if (fresh.length === 0) return;
  for (const name of fresh) told.add(name);
  log.info(
    `Without calls, so not waited for: ${fresh.join(', ')} ${fresh.length === 1 ? 'ends' : 'end'} when the load balancer sends no more joins.`,
  );
}

async function drainingPods({ client, namespace, deployments, onLook }: DrainOptions): Promise<Pod[]> {
  const now = new Date();
  const looks = await Promise.all(deployments.map((name) => observe(client, namespace, name, now)));
  onLook?.(looks);
  return looks.flatMap((look) => look?.oldPods.filter(holdsPlace) ?? []);
}

/** An ending pod that is not ready holds no calls, or its node is lost: nothing to wait for. */
const holdsPlace = (pod: Pod) => isEnding(pod) && isReady(pod);

interface Described extends DrainingPod {
  /** It has not been told yet that it takes no more rooms. */
  readonly servesOn: boolean;
  readonly isLeaving: boolean;
}

async function describe(
  pod: Pod,
  { namespace, forward, signal }: Pick<DrainOptions, 'namespace' | 'forward' | 'signal'>,
): Promise<Described> {
  const { name, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const graceSeconds = deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  // Kubernetes writes the time at which the grace is over.
  const toldAt = Date.parse(deletionTimestamp ?? '') - graceSeconds * 1000;
  const port = pod.spec.containers.flatMap(({ ports }) => ports).find((each) => each.name === 'metrics')?.containerPort;
  const before = secondsBeforeEnd(pod);
  const drainingSeconds = Math.max(0, (Date.now() - toldAt) / 1000);
  return {
    name,
    node: pod.spec.nodeName ?? '',
    drainingSeconds,
    graceSeconds,
    servesOn: drainingSeconds < before,
    isLeaving: drainingSeconds < before + LAST_PODS_SECONDS,
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
