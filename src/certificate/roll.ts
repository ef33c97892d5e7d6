import type { Failure } from '../failure/failure.ts';
import { type DrainingPod, type DrainMode, followDrain } from '../helm/rollout/drain.ts';
import type { Followed } from '../helm/rollout/follow.ts';
import { isEnding, isReady, isSettled, observe, type Observation } from '../helm/rollout/observe.ts';
import { followAll, rolloutFailure } from '../helm/rollout/rollout.ts';
import { readWorkloadName, type WorkloadName } from '../helm/workloads.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import type { Forward } from '../livekit/load.ts';
import { log } from '../runner/log.ts';
import { certificateFailures } from './failures.ts';
import { CERTIFICATE_FIELD_MANAGER } from './install.ts';
import { askServed, awaitServed, isForbidden, type Served, tlsPortOf } from './served.ts';

/**
 * On the pods: which certificate they were started for. It belongs to this action's own field manager. Helm neither sets nor
 * removes it, so the next deploy finds nothing to change, and a rollback of Helm's does not take it back.
 */
export const CERTIFICATE_ANNOTATION = 'livekit-gke/turn-certificate';

export interface RollOptions {
  readonly client: Kubernetes;
  readonly namespace: string;
  readonly workload: WorkloadName;
  /** Reaches the pods' ports. */
  readonly forward: Forward;
  /** The name that a client asks for. */
  readonly serverName: string;
  /** Where the pods serve TLS; `undefined` for LiveKit's TURN port, as the pods name it. */
  readonly port: number | undefined;
  readonly timeoutSeconds: number;
  readonly drain: DrainMode;
  readonly drainSeconds: number;
  readonly signal: AbortSignal;
  readonly pollSeconds?: number;
  /** How long a ready pod may take to show its certificate. */
  readonly serveSeconds?: number;
}

/** How the workload's pods stand to a certificate. */
export interface WorkloadLook {
  readonly observation: Observation;
  readonly annotation: string | undefined;
  /** Its pods have a TLS port. */
  readonly servesTls: boolean;
  /** Of each ready pod of the present template; `undefined` when this identity may not ask. */
  readonly served: readonly Served[] | undefined;
}

/** One look; `undefined` when the workload is not there. */
export async function lookAtWorkload(options: RollOptions): Promise<WorkloadLook | undefined> {
  const observation = await observe(options.client, options.namespace, options.workload, new Date());
  if (observation === undefined) return undefined;
  const { template } = observation.deployment.spec;
  return {
    observation,
    annotation: template.metadata?.annotations[CERTIFICATE_ANNOTATION],
    servesTls: tlsPortOf(template, options.port) !== undefined,
    served: await askAll(options, observation),
  };
}

async function askAll(options: RollOptions, observation: Observation): Promise<readonly Served[] | undefined> {
  try {
    return await Promise.all(
      targets(options, observation).map((target) =>
        askServed(options.forward, target, options.serverName, options.signal),
      ),
    );
  } catch (error) {
    if (!isForbidden(error)) throw error;
    log.warning(`Which certificate the pods serve could not be asked: ${error.message}`);
    return undefined;
  }
}

function targets({ namespace, port }: RollOptions, { newPods }: Observation) {
  return newPods
    .filter((pod) => isReady(pod) && !isEnding(pod))
    .flatMap((pod) => {
      const found = tlsPortOf(pod, port);
      return found === undefined ? [] : [{ namespace, name: pod.metadata.name, port: found }];
    });
}

/** What is to be done so that the pods serve the certificate of this digest and serial. Pure. */
export function judgeRoll(
  look: WorkloadLook | undefined,
  digest: string,
  serial: string,
  isNewContent: boolean,
): 'none' | 'no-workload' | 'no-tls' | 'roll' | 'follow' | 'roll-again' {
  if (look === undefined) return 'no-workload';
  if (!look.servesTls) return 'no-tls';
  const isOrdered = isOf(look.annotation, digest);
  if (!isSettled(look.observation))
    return isOrdered ? 'follow' : needsRoll(look, serial, isNewContent) ? 'roll' : 'none';
  if (look.served === undefined) return isOrdered || !isNewContent ? 'none' : 'roll';
  if (look.served.every((pod) => 'serial' in pod && pod.serial === serial)) return 'none';
  return isOrdered ? 'roll-again' : 'roll';
}

/** While another rollout goes on, pods that were started before the Secret changed serve the old certificate. */
function needsRoll({ served }: WorkloadLook, serial: string, isNewContent: boolean): boolean {
  return isNewContent || (served ?? []).some((pod) => 'serial' in pod && pod.serial !== serial);
}

const isOf = (annotation: string | undefined, digest: string) => annotation?.split('.')[0] === digest;

/** Marks the pods, which makes Kubernetes replace them one after another; `undefined` takes the mark away. */
export async function markPods(
  client: Kubernetes,
  namespace: string,
  workload: WorkloadName,
  mark: string | undefined,
): Promise<void> {
  const { kind, name } = readWorkloadName(workload);
  await client.apply(
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace },
      spec: {
        template: { metadata: { annotations: mark === undefined ? {} : { [CERTIFICATE_ANNOTATION]: mark } } },
      },
    },
    CERTIFICATE_FIELD_MANAGER,
  );
}

/** What came of a rollout. */
export interface Rolled {
  readonly followed: readonly Followed[];
  readonly draining: readonly DrainingPod[];
  /** New pods wait for old ones to give up their nodes: what they serve is not seen yet. */
  readonly isWaiting: boolean;
  readonly served: readonly Served[];
  readonly failure: Failure | undefined;
}

/** Follows the rollout as a deploy does, sees what the new pods serve, then follows the drain, and hands over what lasts longer. */
export async function followRoll(options: RollOptions, serial: string): Promise<Rolled> {
  const { client, namespace, workload, timeoutSeconds, signal, pollSeconds } = options;
  const rollout = { client, namespace, timeoutSeconds, signal, ...(pollSeconds === undefined ? {} : { pollSeconds }) };
  const followed = await followAll(rollout, [workload]);
  const nothing = { followed, draining: [], isWaiting: false, served: [] };
  const failed = await rolloutFailure(rollout, readWorkloadName(workload).name, followed);
  if (failed !== undefined) return { ...nothing, failure: failed };
  const observation = followed[0]?.observation;
  if (observation === undefined) return { ...nothing, failure: undefined };
  const served = await seeServed(options, observation, serial);
  const wrong = served.find((pod) => !('serial' in pod) || pod.serial !== serial);
  if (wrong !== undefined) return { ...nothing, served, failure: notServed(wrong, serial) };
  const draining =
    followed[0]?.verdict.state === 'draining'
      ? await followDrain({
          ...{ client, namespace, signal, forward: options.forward },
          deployments: [workload],
          mode: options.drain,
          limitSeconds: options.drainSeconds,
          ...(pollSeconds === undefined ? {} : { pollSeconds }),
        })
      : [];
  // The old pods have given up their nodes: now the new ones get them.
  if (draining.length === 0 && !isSettled(observation)) return followRoll(options, serial);
  return { followed, draining, isWaiting: !isSettled(observation), served, failure: undefined };
}

async function seeServed(options: RollOptions, observation: Observation, serial: string): Promise<readonly Served[]> {
  const limits = { seconds: options.serveSeconds ?? 30, signal: options.signal, pollSeconds: options.pollSeconds ?? 2 };
  try {
    return await Promise.all(
      targets(options, observation).map((target) =>
        awaitServed(options.forward, target, options.serverName, serial, limits),
      ),
    );
  } catch (error) {
    if (!isForbidden(error)) throw error;
    log.warning(`Which certificate the new pods serve could not be seen: ${error.message}`);
    return [];
  }
}

function notServed(served: Served, serial: string): Failure {
  const what =
    'serial' in served
      ? `The new pod ${served.pod} serves the certificate ${served.serial}, not ${serial}.`
      : `The new pod ${served.pod} shows no certificate: ${served.problem}.`;
  return certificateFailures.failure('notServed', { what });
}
