import { setTimeout as sleep } from 'node:timers/promises';
import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import { Failure, reason } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { log, step } from '../../runner/log.ts';
import type { ConcludeOptions } from '../conclude.ts';
import { helmFailures } from '../failures.ts';
import type { Helm } from '../helm.ts';
import { holdRelease, type Predecessor } from '../hold.ts';
import { readManifest } from '../manifest.ts';
import { settlePending } from '../pending.ts';
import { readHistory, type Revision } from '../release.ts';
import type { DeployResult, DeployStatus } from '../result.ts';
import { type DrainingPod, followDrain } from '../rollout/drain.ts';
import type { Followed } from '../rollout/follow.ts';
import { makeRoom } from '../rollout/make-room.ts';
import { isEnding, isReady, isSettled } from '../rollout/observe.ts';
import { countPods, followAll, type RolloutOptions, rolloutFailure } from '../rollout/rollout.ts';
import { joinLives } from '../rollout/timeline.ts';
import { chartOf } from '../status.ts';
import { deploymentsOf, readWorkloadName } from '../workloads.ts';
import { cordon, isCordoned, keepCordoned, uncordon } from './cordon.ts';
import type { NodeMove, PoolRow } from './move.ts';
import { otherPods } from './others.ts';
import { type NodePools, nodePools, POOL_LABEL } from './pools.ts';
import { nextStep } from './render.ts';
import { bringsReplacementFirst, restart, takeBack } from './restart.ts';
import { reviewNodeRights } from './rights.ts';
import { judgeRoom } from './room.ts';
import { readStanding, type Standing } from './standing.ts';

export interface UpgradeNodesOptions extends ConcludeOptions {
  readonly outputs: EnvironmentOutputs;
  readonly pollSeconds?: number;
}

/** The kubelet removes a pod's object within seconds of its end; on a lost node never. */
const GONE_SECONDS = 60;

/** What every step of a move needs. */
interface Work {
  readonly client: Kubernetes;
  readonly options: UpgradeNodesOptions;
  readonly pools: NodePools;
  /** Of the release. */
  readonly deployments: readonly string[];
}

/**
 * Moves a release's pods to the newest generation of node pools (`mode: upgrade-nodes`), without cutting a call: cordons the
 * older nodes, rolls the pods like a deploy, follows the drain. Everything is decided from how the cluster stands, so each
 * run goes on where the last one stopped. Helm's release stays as it is. Throws LK-HELM-008, -120, -121 and -122.
 */
export async function upgradeNodes(
  helm: Helm,
  client: Kubernetes,
  options: UpgradeNodesOptions,
): Promise<DeployResult> {
  const { release, namespace } = options;
  const pools = nodePools(options.outputs);
  if ((await readHistory(helm, release)).latest === undefined) throw noRelease(release, namespace);
  await reviewNodeRights(client, namespace);
  return holdRelease({ ...options, client, who: options.description }, async ({ signal, predecessor }) =>
    upgrade(helm, client, { ...options, signal }, pools, predecessor),
  );
}

const noRelease = (release: string, namespace: string) =>
  helmFailures.failure('noRelease', { what: `There is no release ${release} in the namespace ${namespace}.` });

async function upgrade(
  helm: Helm,
  client: Kubernetes,
  options: UpgradeNodesOptions,
  pools: NodePools,
  predecessor: Predecessor | undefined,
): Promise<DeployResult> {
  const started = performance.now();
  const { release, namespace } = options;
  const { latest } = await settlePending(helm, client, { ...options, predecessor });
  const manifest = await readManifest(helm, release);
  if (latest === undefined || manifest === undefined) throw noRelease(release, namespace);
  const names = await deploymentsOf(manifest);
  const deployments = names.filter((name) => readWorkloadName(name).kind === 'Deployment');
  const work: Work = { client, options, pools, deployments };
  const moved = await move(work);
  return resultOf(work, latest, moved, (performance.now() - started) / 1000);
}

/** How far a move has come. */
interface Moved {
  readonly status: DeployStatus;
  readonly followed: readonly Followed[];
  readonly draining: readonly DrainingPod[];
  readonly changed: boolean;
  readonly failure: Failure | undefined;
}

async function move(work: Work): Promise<Moved> {
  const { client, options, pools, deployments } = work;
  const { namespace, description } = options;
  const standing = await readStanding(client, namespace, pools, deployments);
  if (standing.unmoved.length > 0) await askRoom(work, standing);
  const who = `${namespace}/${options.release}, ${description}`;
  const cordoned = await cordon(client, standing.olderNodes, who);
  const uncordoned = await uncordon(client, standing.currentNodes);
  options.signal.throwIfAborted();
  const toMove = await rollUnmoved(work, standing);
  const assist = keepCordoned(client, pools.older, who);
  const { followed, draining, failure } = await see(work, assist);
  const changed = cordoned.length + uncordoned.length + toMove.length > 0;
  if (failure !== undefined) return fail(work, followed, failure);
  return { status: draining.length > 0 ? 'draining' : 'deployed', followed, draining, changed, failure };
}

/** Throws LK-HELM-121. */
async function askRoom({ client, options, pools, deployments }: Work, standing: Standing): Promise<void> {
  const { refusal, words } = judgeRoom(pools, standing);
  if (refusal !== undefined) throw refusal;
  if (words !== undefined) log.info(words);
  for (const name of deployments) {
    if (await bringsReplacementFirst(client, options.namespace, name)) continue;
    log.warning(
      `The Deployment ${name} tells each pod to end before its replacement starts, and a replacement waits for its node; set \`deploymentStrategy.rollingUpdate.maxSurge\` to 1 to have it first.`,
    );
  }
}

/** Rolls each Deployment that has a pod of its present template on an old node; gives their names. */
async function rollUnmoved({ client, options, pools }: Work, standing: Standing): Promise<string[]> {
  const unmoved = new Set(standing.unmoved.map(({ metadata }) => metadata.uid));
  const toMove = standing.workloads
    .filter(({ newPods }) => newPods.some(({ metadata }) => unmoved.has(metadata.uid)))
    .map(({ deployment }) => deployment.metadata.name);
  for (const name of toMove) {
    const to = `${pools.current.join(', ')} at ${new Date().toISOString()}`;
    await restart(client, options.namespace, name, to);
    log.info(`${name} moves to ${pools.current.join(', ')}: each pod ends when its replacement is ready there`);
  }
  return toMove;
}

/** Follows pods and drain, as often as a drain has made room for pods that waited for it. */
async function see(
  { client, options, deployments }: Work,
  assist: RolloutOptions['assist'],
): Promise<{ followed: Followed[]; draining: DrainingPod[]; failure: Failure | undefined }> {
  const { namespace, release, signal, timeoutSeconds } = options;
  const poll = options.pollSeconds === undefined ? {} : { pollSeconds: options.pollSeconds };
  const rollout: RolloutOptions = { client, namespace, timeoutSeconds, signal, assist, ...poll };
  const seen: Followed[] = [];
  for (;;) {
    const followed = await followAll(rollout, deployments);
    seen.push(...followed);
    const all = joined(followed, seen);
    const failure = await rolloutFailure(rollout, release, followed);
    if (failure !== undefined) return { followed: all, draining: [], failure };
    if (followed.every(({ verdict }) => verdict.state !== 'draining')) {
      return { followed: all, draining: [], failure };
    }
    const draining = await followDrain({
      client,
      namespace,
      deployments,
      mode: options.drain,
      limitSeconds: options.drainSeconds,
      forward: options.forward,
      waitsForIdle: true,
      signal,
      ...poll,
    });
    if (draining.length > 0) {
      log.info(`The drain goes on without this job: ${draining.map(({ name }) => name).join(', ')}.`);
      return { followed: all, draining, failure };
    }
    const isWaiting = followed.some(({ observation }) => observation !== undefined && !isSettled(observation));
    if (!isWaiting) return { followed: await lastLook(rollout, deployments, all), draining, failure };
  }
}

/** What was seen last, with all that became of the pods before. */
function joined(followed: readonly Followed[], seen: readonly Followed[]): Followed[] {
  const lives = joinLives(seen.map(({ lives: each = [] }) => each));
  return followed.map((each, index) => ({ ...each, lives: index === 0 ? lives : [] }));
}

/** The pods as they are when the drain is over. */
async function lastLook(
  rollout: RolloutOptions,
  deployments: readonly string[],
  seen: readonly Followed[],
): Promise<Followed[]> {
  return joined(await followAll(rollout, deployments), [...seen]);
}

/** The pods could not move: they stay where they were, unless the user wants to look. */
async function fail(work: Work, followed: readonly Followed[], failure: Failure): Promise<Moved> {
  const { client, options, pools, deployments } = work;
  const { namespace, signal } = options;
  log.info(`✗ ${failure.code} ${failure.message}`);
  const told = (done: string, status: DeployStatus, seen = followed): Moved => ({
    status,
    followed: joined(seen, [...followed, ...seen]),
    draining: [],
    changed: true,
    failure: withNote(failure, done),
  });
  if (options.onFailure === 'keep') {
    return told('Nodes and pods are kept as they are (`on-failure: keep`).', 'failed');
  }
  const { olderNodes, onOlder } = await readStanding(client, namespace, pools, deployments);
  if (onOlder.every(isEnding)) {
    return told('Every pod on the old pool has been told to end, so there is nothing to go back to.', 'failed');
  }
  try {
    const back = await step(`Take the move back: ${pools.older.join(', ')} takes pods again`, async () => {
      await uncordon(client, olderNodes);
      for (const name of deployments) await takeBack(client, namespace, name);
      const assist = makeRoom(client, namespace);
      return followAll({ client, namespace, timeoutSeconds: options.timeoutSeconds, signal, assist }, deployments);
    });
    const second = await rolloutFailure({ client, namespace, timeoutSeconds: 0, signal }, options.release, back);
    if (second !== undefined) throw second;
    return told(
      'The move was taken back: the pods before it serve, and the old nodes take pods again.',
      'rolled-back',
      back,
    );
  } catch (error) {
    if (signal.aborted) throw error;
    return told(`To take the move back failed, too: ${reason(error)}`, 'failed');
  }
}

/** How all stands when pods whose calls are over, and whose server has ended, are gone from their nodes, too. */
async function seenOff({ client, options, pools, deployments }: Work): Promise<Standing> {
  const until = performance.now() + Math.min(options.drainSeconds, GONE_SECONDS) * 1000;
  for (;;) {
    const standing = await readStanding(client, options.namespace, pools, deployments);
    const { onOlder } = standing;
    const areGoing = onOlder.length > 0 && onOlder.every((pod) => isEnding(pod) && !isReady(pod));
    if (!areGoing || performance.now() > until) return standing;
    await sleep((options.pollSeconds ?? 1) * 1000, undefined, { signal: options.signal });
  }
}

async function resultOf(work: Work, latest: Revision, moved: Moved, durationSeconds: number): Promise<DeployResult> {
  const { client, options, pools, deployments } = work;
  const { release, namespace } = options;
  const standing =
    moved.status === 'deployed' ? await seenOff(work) : await readStanding(client, namespace, pools, deployments);
  const left = standing.onOlder.filter((pod) => !isEnding(pod));
  const stuck =
    moved.status === 'deployed' && left.length > 0
      ? helmFailures.failure('stillThere', {
          what: `Pods of ${release} run on an old pool though they have moved: ${left.map(({ metadata, spec }) => `${metadata.name} on ${spec.nodeName ?? ''}`).join(', ')}.`,
        })
      : undefined;
  const nodes: NodeMove = {
    pools: poolRows(pools, standing),
    isEmpty: standing.onOlder.length === 0 && moved.draining.length === 0,
    others: await otherPods(client, standing),
    changed: moved.changed,
  };
  if (moved.failure === undefined && stuck === undefined) log.info(nextStep(nodes, (name) => name));
  return {
    release,
    namespace,
    chart: chartOf(latest),
    revision: latest.revision,
    // The release stays as it is.
    previousRevision: latest.revision,
    status: stuck === undefined ? moved.status : 'failed',
    ...countPods(moved.followed),
    lives: joinLives(moved.followed.map(({ lives = [] }) => lives)),
    draining: moved.draining,
    nodes,
    durationSeconds,
    failure: moved.failure ?? stuck,
  };
}

function poolRows(pools: NodePools, { currentNodes, olderNodes, workloads }: Standing): PoolRow[] {
  const pods = workloads.flatMap(({ newPods, oldPods }) => [...newPods, ...oldPods]);
  const row = (name: string, age: PoolRow['age']): PoolRow => {
    const nodes = [...olderNodes, ...currentNodes].filter(({ metadata }) => metadata.labels[POOL_LABEL] === name);
    const names = nodes.map(({ metadata }) => metadata.name);
    return {
      name,
      age,
      nodes: nodes.length,
      cordoned: nodes.filter(isCordoned).length,
      pods: pods.filter(({ spec }) => names.includes(spec.nodeName ?? '')).length,
    };
  };
  return [...pools.older.map((name) => row(name, 'older')), ...pools.current.map((name) => row(name, 'current'))];
}

function withNote(failure: Failure, done: string): Failure {
  const { code, message, why, fix, evidence, cause } = failure;
  return new Failure(code, { what: `${message} ${done}`, why, fix, evidence, cause });
}
